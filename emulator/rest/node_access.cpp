// Access to nodes: endpoints, remote login settings, RDP file, extensions, logs (contract 4.2).
#include "emulator/rest/node_access.h"

#include "base/text.h"
#include "emulator/rest/documents.h"
#include "emulator/rest/handlers.h"
#include "emulator/rest/paging.h"
#include "emulator/rest/projection.h"
#include "emulator/rest/responses.h"
#include "emulator/rest/views.h"
#include "wire/batch/errors.h"
#include "wire/batch/schema.h"
#include "wire/batch/supported_images.h"
#include "wire/time_text.h"

#include <algorithm>

namespace emulator::rest {
namespace {

using nlohmann::json;
using wire::batch::EntityType;
using wire::batch::ErrorCode;
using wire::batch::make_error;
using wire::batch::RequestType;

constexpr std::int32_t kFirstLoginPort = 50'000;  ///< as recorded from the live service
constexpr std::int32_t kLoginPorts = 5'000;
constexpr std::int32_t kSshPort = 22;
constexpr std::int32_t kRdpPort = 3'389;
constexpr const char* kPublicAddress = "127.0.0.1";

json endpoint(const core::NodeRecord& node, const std::string& name, const std::string& protocol, std::int32_t first,
              std::int32_t count, std::int32_t backend) {
  const auto index = static_cast<std::int32_t>(node.number % static_cast<std::uint64_t>(count));
  return {{"name", name + "." + std::to_string(node.number)},
          {"protocol", protocol},
          {"publicIPAddress", kPublicAddress},
          {"publicFQDN", base::lower_case(node.key.pool.text()) + ".nodes.batch.localhost"},
          {"frontendPort", first + index},
          {"backendPort", backend}};
}

/// How the portal of a provisioned extension sees it.
json extension_entity(const json& extension, const core::NodeRecord& node) {
  const bool there = node.last_boot.has_value() && node.state != wire::batch::NodeState::creating;
  json entity{{"provisioningState", there ? "Succeeded" : "Creating"}, {"vmExtension", extension}};
  if (there) {
    const json status{{"code", "ProvisioningState/succeeded"},
                      {"level", "Info"},
                      {"displayStatus", "Provisioning succeeded"},
                      {"message", "The extension is accepted by the emulator, which runs no extensions"},
                      {"time", wire::print_timestamp(*node.last_boot)}};
    entity["instanceView"] = {{"name", text_member(extension, {"name"})}, {"statuses", json::array({status})}};
  }
  return entity;
}

const json& extensions_of(const json& pool) {
  return array_member(pool, {"virtualMachineConfiguration", "extensions"});
}

base::Error refused_on(std::string_view kind) {
  return make_error(ErrorCode::OperationNotValidOnNode,
                    {{"Reason", "The operation is only for nodes of pools with a " + std::string(kind)}});
}

}  // namespace

bool runs_windows(const json& pool) {
  if (member(pool, {"cloudServiceConfiguration"}) != nullptr) return true;
  const auto sku = text_member(pool, {"virtualMachineConfiguration", "nodeAgentSKUId"});
  return wire::batch::os_of_node_agent_sku(sku) == wire::batch::OsType::windows;
}

json inbound_endpoints(const core::NodeRecord& node, const json& pool) {
  auto endpoints = json::array();
  const auto provision = text_member(pool, {"networkConfiguration", "publicIPAddressConfiguration", "provision"});
  if (base::equal_ignoring_case(provision, "nopublicipaddresses")) return endpoints;
  const bool windows = runs_windows(pool);
  // The service calls it so on Windows too (seen on the live service).
  endpoints.push_back(endpoint(node, "SSHRule", "tcp", kFirstLoginPort, kLoginPorts, windows ? kRdpPort : kSshPort));
  for (const auto& nat : array_member(pool, {"networkConfiguration", "endpointConfiguration", "inboundNATPools"})) {
    const auto first = integer_member(nat, {"frontendPortRangeStart"}).value_or(1);
    const auto last = integer_member(nat, {"frontendPortRangeEnd"}).value_or(first);
    endpoints.push_back(endpoint(node, text_member(nat, {"name"}), text_member(nat, {"protocol"}), first,
                                 std::max(last - first + 1, 1), integer_member(nat, {"backendPort"}).value_or(0)));
  }
  return endpoints;
}

// No published rule says which version "latest" is; one per sku, in the form that publishers use.
json exact_image(const json& image) {
  auto exact = image;
  if (member(image, {"publisher"}) == nullptr) return exact;
  const auto version = text_member(image, {"version"});
  if (!version.empty() && !base::equal_ignoring_case(version, "latest")) {
    exact["exactVersion"] = version;
    return exact;
  }
  std::string numbers;
  for (const char c : text_member(image, {"sku"})) {
    if (c >= '0' && c <= '9') {
      numbers += c;
    } else if (!numbers.empty() && numbers.back() != '.') {
      numbers += '.';
    }
  }
  if (!numbers.empty() && numbers.back() != '.') numbers += '.';
  exact["exactVersion"] = (numbers.empty() ? "1.0." : numbers) + "202401010";
  return exact;
}

Answer get_remote_login_settings(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto projection, Projection::of(call, EntityType::remote_login_settings));
  CO_ASSIGN_OR_RETURN(const auto node, co_await find_node(call));
  CO_ASSIGN_OR_RETURN(const auto pool, co_await find_pool(call));
  const auto document = parse_document(pool.record.document);
  if (member(document, {"virtualMachineConfiguration"}) == nullptr) {
    co_return refused_on("virtualMachineConfiguration");
  }
  const auto endpoints = inbound_endpoints(node.record, document);
  if (endpoints.empty()) {
    co_return make_error(ErrorCode::OperationNotValidOnNode, {{"Reason", "The node has no public address"}});
  }
  const json settings{{"remoteLoginIPAddress", endpoints[0]["publicIPAddress"]},
                      {"remoteLoginPort", endpoints[0]["frontendPort"]}};
  co_return json_response(call, "remoteloginsettings/@Element", projection.show(settings));
}

Answer get_remote_desktop(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto node, co_await find_node(call));
  CO_ASSIGN_OR_RETURN(const auto pool, co_await find_pool(call));
  const auto document = parse_document(pool.record.document);
  if (member(document, {"cloudServiceConfiguration"}) == nullptr) co_return refused_on("cloudServiceConfiguration");
  const auto endpoints = inbound_endpoints(node.record, document);
  auto response = empty_response(call);
  response.headers.set("Content-Type", "application/octet-stream");
  response.text = "full address:s:" + std::string(kPublicAddress);
  if (!endpoints.empty()) response.text += ":" + std::to_string(endpoints[0]["frontendPort"].get<std::int32_t>());
  response.text += "\r\nprompt for credentials:i:1\r\n";
  co_return response;
}

Answer list_node_extensions(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto projection, Projection::of(call, EntityType::node_extension));
  CO_ASSIGN_OR_RETURN(const auto after, key_after(call.parameters));
  CO_ASSIGN_OR_RETURN(const auto node, co_await find_node(call));
  CO_ASSIGN_OR_RETURN(const auto pool, co_await find_pool(call));
  const auto document = parse_document(pool.record.document);
  Page<json> page;
  bool begun = !after;
  for (const auto& extension : extensions_of(document)) {
    const auto name = text_member(extension, {"name"});
    if (!begun) {
      begun = base::equal_ignoring_case(name, *after);
      continue;
    }
    if (!page.take(call.parameters, name)) break;
    page.entries.push_back(extension_entity(extension, node.record));
  }
  auto values = nlohmann::ordered_json::array();
  for (const auto& entity : page.entries) values.push_back(projection.show(entity));
  co_return json_response(call, "extensions", list_body(call, std::move(values), page.more, page.last_key));
}

Answer get_node_extension(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto projection, Projection::of(call, EntityType::node_extension));
  CO_ASSIGN_OR_RETURN(const auto node, co_await find_node(call));
  CO_ASSIGN_OR_RETURN(const auto pool, co_await find_pool(call));
  const auto document = parse_document(pool.record.document);
  for (const auto& extension : extensions_of(document)) {
    if (!base::equal_ignoring_case(text_member(extension, {"name"}), call.path.get("extensionName"))) continue;
    co_return json_response(call, "extensions/@Element", projection.show(extension_entity(extension, node.record)));
  }
  co_return make_error(ErrorCode::ResourceNotFound);
}

// The call answers when the files are there, so that a container that refuses them is an error of the call (the live
// service answers before).
Answer upload_batch_service_logs(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto projection, Projection::of(call, EntityType::upload_logs_result));
  CO_ASSIGN_OR_RETURN(const auto body, wire::batch::validate(call.version, RequestType::node_upload_logs, call.body));
  if (member(body, {"identityReference"}) != nullptr) {
    co_return make_error(ErrorCode::NotImplemented, {{"PropertyName", "identityReference"},
                                                     {"Reason", "There is no identity provider on this machine"}});
  }
  LogUpload upload;
  upload.container_url = text_member(body, {"containerUrl"});
  CO_ASSIGN_OR_RETURN(upload.start, wire::parse_timestamp(text_member(body, {"startTime"})));
  const auto end = text_member(body, {"endTime"});
  upload.end = call.now();
  if (!end.empty()) {
    CO_ASSIGN_OR_RETURN(upload.end, wire::parse_timestamp(end));
  }
  if (upload.end < upload.start) {
    co_return wire::batch::invalid_property("endTime", end, "The end lies before the start");
  }
  CO_ASSIGN_OR_RETURN(const auto node, co_await find_node(call));
  if (!call.account->upload_logs || !core::has_agent(node.record.state)) {
    co_return core::refused_in(node.record.state);
  }
  upload.node = node.record.key;
  CO_ASSIGN_OR_RETURN(const auto uploaded, co_await call.account->upload_logs(std::move(upload)));
  if (!uploaded.failure.empty()) {
    // The URL is a secret; so is what it signs.
    co_return wire::batch::invalid_property("containerUrl", "", uploaded.failure);
  }
  const json result{{"virtualDirectoryName", uploaded.directory}, {"numberOfFilesUploaded", uploaded.files}};
  co_return json_response(call, "uploadBatchServiceLogsResult/@Element", projection.show(result));
}

}  // namespace emulator::rest
