// What changes how many nodes a pool has: resize, stop resize, remove nodes, and the three calls about formulas
// (contract 4.1.4, 5.2, 8.7, 8.9).
#include "emulator/autoscale/formula.h"
#include "emulator/rest/documents.h"
#include "emulator/rest/entities.h"
#include "emulator/rest/execute.h"
#include "emulator/rest/formulas.h"
#include "emulator/rest/handlers.h"
#include "emulator/rest/responses.h"
#include "wire/batch/checks.h"
#include "wire/batch/errors.h"
#include "wire/batch/schema.h"

namespace emulator::rest {
namespace {

using wire::batch::RequestType;

wire::batch::DeallocationOption deallocation_option(const nlohmann::json& body) {
  return enum_member<wire::batch::DeallocationOption>(body, {"nodeDeallocationOption"})
      .value_or(wire::batch::DeallocationOption::requeue);
}

base::Result<core::ResizePool> resize_command(const Call& call) {
  ASSIGN_OR_RETURN(const auto body, wire::batch::validate(call.version, RequestType::pool_resize, call.body));
  RETURN_IF_ERROR(wire::batch::check_pool_resize(body));
  return core::ResizePool{.id = call.pool_id(),
                          .conditions = call.conditions,
                          .target_dedicated = integer_member(body, {"targetDedicatedNodes"}),
                          .target_low_priority = integer_member(body, {"targetLowPriorityNodes"}),
                          .timeout = duration_member(body, {"resizeTimeout"}),
                          .deallocation = deallocation_option(body)};
}

base::Result<core::RemoveNodes> remove_nodes_command(const Call& call) {
  ASSIGN_OR_RETURN(const auto body, wire::batch::validate(call.version, RequestType::pool_remove_nodes, call.body));
  RETURN_IF_ERROR(wire::batch::check_pool_remove_nodes(body));
  core::RemoveNodes command{.id = call.pool_id(),
                            .conditions = call.conditions,
                            .nodes = {},
                            .timeout = duration_member(body, {"resizeTimeout"}),
                            .deallocation = deallocation_option(body)};
  for (const auto& node : array_member(body, {"nodeList"})) command.nodes.emplace_back(node.get<std::string>());
  return command;
}

base::Result<core::EnableAutoScale> enable_command(const Call& call) {
  ASSIGN_OR_RETURN(const auto body,
                   wire::batch::validate(call.version, RequestType::pool_enable_auto_scale, call.body));
  RETURN_IF_ERROR(wire::batch::check_pool_enable_auto_scale(body));
  RETURN_IF_ERROR(check_formula_syntax(body));
  core::EnableAutoScale command{.id = call.pool_id(),
                                .conditions = call.conditions,
                                .formula = {},
                                .interval = duration_member(body, {"autoScaleEvaluationInterval"})};
  if (body.contains("autoScaleFormula")) command.formula = text_member(body, {"autoScaleFormula"});
  return command;
}

base::Result<core::EvaluateAutoScale> evaluate_command(const Call& call) {
  ASSIGN_OR_RETURN(const auto body,
                   wire::batch::validate(call.version, RequestType::pool_evaluate_auto_scale, call.body));
  RETURN_IF_ERROR(wire::batch::check_pool_evaluate_auto_scale(body));
  // Text that is no formula is refused here as when it is given to a pool; only what fails while it runs is told inside
  // a 200 (contract 8.9).
  RETURN_IF_ERROR(check_formula_syntax(body));
  return core::EvaluateAutoScale{.id = call.pool_id(), .formula = text_member(body, {"autoScaleFormula"})};
}

}  // namespace

base::Result<void> check_formula_syntax(const nlohmann::json& settings) {
  const auto* formula = member(settings, {"autoScaleFormula"});
  if (formula == nullptr) return {};
  RETURN_IF_ERROR(autoscale::Formula::parse(formula->get_ref<const std::string&>()));
  return {};
}

Answer resize_pool(Call& call) {
  CO_ASSIGN_OR_RETURN(auto command, resize_command(call));
  CO_ASSIGN_OR_RETURN(const auto version, co_await execute(call, std::move(command)));
  co_return written_response(call, version);
}

Answer stop_pool_resize(Call& call) {
  core::StopPoolResize command{.id = call.pool_id(), .conditions = call.conditions};
  CO_ASSIGN_OR_RETURN(const auto version, co_await execute(call, std::move(command)));
  co_return written_response(call, version);
}

Answer remove_pool_nodes(Call& call) {
  CO_ASSIGN_OR_RETURN(auto command, remove_nodes_command(call));
  CO_ASSIGN_OR_RETURN(const auto version, co_await execute(call, std::move(command)));
  co_return written_response(call, version);
}

Answer enable_pool_auto_scale(Call& call) {
  CO_ASSIGN_OR_RETURN(auto command, enable_command(call));
  CO_ASSIGN_OR_RETURN(const auto version, co_await execute(call, std::move(command)));
  co_return written_response(call, version);
}

Answer disable_pool_auto_scale(Call& call) {
  core::DisableAutoScale command{.id = call.pool_id()};
  CO_ASSIGN_OR_RETURN(const auto version, co_await execute(call, std::move(command)));
  co_return written_response(call, version);
}

Answer evaluate_pool_auto_scale(Call& call) {
  CO_ASSIGN_OR_RETURN(auto command, evaluate_command(call));
  core::Command any = std::move(command);
  auto reply = co_await call.service().execute(std::move(any));
  if (!reply) co_return std::move(reply).error();
  const auto run = auto_scale_run_entity(reply->evaluated.value_or(core::AutoScaleRun{}));
  auto shown = wire::batch::project(call.version, wire::batch::EntityType::auto_scale_run, run);
  auto response = json_response(call, "Microsoft.Azure.Batch.Protocol.Entities.AutoScaleRun", std::move(shown));
  response.headers.set("DataServiceId", call.base_url + call.request->path);
  co_return response;
}

}  // namespace emulator::rest
