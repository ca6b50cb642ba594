// What is done with nodes: reboot, reimage, deallocate, start, scheduling (contract 4.2, 5.3, 6.6).
#include "emulator/rest/documents.h"
#include "emulator/rest/execute.h"
#include "emulator/rest/handlers.h"
#include "emulator/rest/responses.h"
#include "emulator/rest/views.h"
#include "wire/batch/errors.h"
#include "wire/batch/schema.h"

namespace emulator::rest {
namespace {

using nlohmann::json;
using wire::batch::DeallocationOption;
using wire::batch::ErrorCode;
using wire::batch::make_error;
using wire::batch::RequestType;

/// The option in the body, which may be absent.
base::Result<DeallocationOption> option_of(const Call& call, RequestType type, std::string_view name) {
  const auto sent = call.body.is_null() ? json::object() : call.body;
  ASSIGN_OR_RETURN(const auto body, wire::batch::validate(call.version, type, sent));
  return enum_member<DeallocationOption>(body, {name}).value_or(DeallocationOption::requeue);
}

Answer act(Call& call, core::NodeAction action, RequestType type, std::string_view name) {
  CO_ASSIGN_OR_RETURN(const auto option, option_of(call, type, name));
  core::ActOnNode command{.node = call.node_key(), .action = action, .option = option};
  CO_RETURN_IF_ERROR(co_await execute(call, std::move(command)));
  co_return accepted_response(call);
}

}  // namespace

Answer reboot_node(Call& call) {
  return act(call, core::NodeAction::reboot, RequestType::node_reboot, "nodeRebootOption");
}

// Until 19.0 described for cloud service pools alone, and recorded so. From 20.0 there are no such pools any more: the
// operation would be void if it did not concern virtual-machine pools, so it does (inferred).
Answer reimage_node(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto node, co_await find_node(call));
  CO_ASSIGN_OR_RETURN(const auto pool, co_await find_pool(call));
  const bool on_machines = member(parse_document(pool.record.document), {"virtualMachineConfiguration"}) != nullptr;
  if (on_machines && call.version <= wire::batch::Version::v19_0) {
    co_return make_error(ErrorCode::OperationNotValidOnNode,
                         {{"Reason", "Reimage is only for nodes of pools with a cloudServiceConfiguration"}});
  }
  co_return co_await act(call, core::NodeAction::reimage, RequestType::node_reimage, "nodeReimageOption");
}

Answer deallocate_node(Call& call) {
  return act(call, core::NodeAction::deallocate, RequestType::node_deallocate, "nodeDeallocateOption");
}

Answer start_node(Call& call) {
  core::StartNode command{.node = call.node_key()};
  CO_RETURN_IF_ERROR(co_await execute(call, std::move(command)));
  co_return accepted_response(call);
}

Answer disable_node_scheduling(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto option,
                      option_of(call, RequestType::node_disable_scheduling, "nodeDisableSchedulingOption"));
  core::DisableNodeScheduling command{.node = call.node_key(), .option = option};
  CO_RETURN_IF_ERROR(co_await execute(call, std::move(command)));
  co_return accepted_response(call);
}

Answer enable_node_scheduling(Call& call) {
  core::EnableNodeScheduling command{.node = call.node_key()};
  CO_RETURN_IF_ERROR(co_await execute(call, std::move(command)));
  co_return accepted_response(call);
}

}  // namespace emulator::rest
