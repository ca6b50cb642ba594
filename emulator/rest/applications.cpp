// Applications as programs of the Batch service see them: only what nodes can use (contract 4.6). They are managed by
// the management operations (emulator/management).
#include "emulator/rest/entities.h"
#include "emulator/rest/handlers.h"
#include "emulator/rest/paging.h"
#include "emulator/rest/projection.h"
#include "emulator/rest/responses.h"
#include "wire/batch/errors.h"

#include <algorithm>

namespace emulator::rest {
namespace {

using wire::batch::EntityType;
using wire::batch::ErrorCode;

/// "This operation returns only applications and versions that are available for use on compute nodes".
bool is_usable(const core::ApplicationRecord& application) {
  return std::ranges::any_of(application.packages,
                             [](const auto& package) { return package.state == core::PackageState::active; });
}

}  // namespace

Answer get_application(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto projection, Projection::of(call, EntityType::application));
  const core::ApplicationId id{call.path.get("applicationId")};
  auto look = [id](const core::Batch& batch) -> base::Result<core::ApplicationRecord> {
    const auto* found = batch.find_application(id);
    if (found == nullptr || !is_usable(*found)) return wire::batch::make_error(ErrorCode::ApplicationNotFound);
    return *found;
  };
  CO_ASSIGN_OR_RETURN(const auto application, co_await call.service().read(std::move(look)));
  co_return json_response(call, "getapplicationsummaryresponse/@Element",
                          projection.show(application_entity(application)));
}

Answer list_applications(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto projection, Projection::of(call, EntityType::application));
  CO_ASSIGN_OR_RETURN(const auto after, key_after(call.parameters));
  auto look = [&](const core::Batch& batch) {
    Page<core::ApplicationRecord> page;
    std::optional<core::ApplicationId> from;
    if (after) from = core::ApplicationId{*after};
    batch.visit_applications(from, [&](const core::ApplicationRecord& application) {
      if (!page.take(call.parameters, application.id.text())) return false;
      if (is_usable(application)) page.add(application, nullptr);
      return true;
    });
    return page;
  };
  CO_ASSIGN_OR_RETURN(const auto page, co_await call.service().read(std::move(look)));
  auto values = nlohmann::ordered_json::array();
  for (const auto& application : page.entries) values.push_back(projection.show(application_entity(application)));
  co_return json_response(call, "listapplicationsummariesresponses",
                          list_body(call, std::move(values), page.more, page.last_key));
}

}  // namespace emulator::rest
