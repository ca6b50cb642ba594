// Certificates: list, create, get, delete, cancel the deletion; by the Batch service's own checks and commands.
#include "base/text.h"
#include "emulator/management/body.h"
#include "emulator/management/handlers.h"
#include "emulator/management/list_query.h"
#include "emulator/management/places.h"
#include "emulator/management/pool_document.h"
#include "emulator/management/pool_resource.h"
#include "emulator/management/responses.h"
#include "emulator/rest/commands_from_json.h"
#include "emulator/rest/documents.h"
#include "emulator/rest/paging.h"
#include "wire/batch/errors.h"
#include "wire/batch/vocabulary.h"
#include "wire/time_text.h"

#include <array>

namespace emulator::management {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using wire::batch::CertificateState;
using wire::management::ErrorCode;
using wire::management::make_error;

constexpr std::string_view kType = "Microsoft.Batch/batchAccounts/certificates";
constexpr std::string_view kDeletion = "delete-";
constexpr std::string_view kAlgorithm = "sha1-";
constexpr int kNothingToDelete = 204;

constexpr auto kMembers = std::to_array<Member>({
    {"properties", MemberKind::object},
    {"properties/thumbprintAlgorithm", MemberKind::text},
    {"properties/thumbprint", MemberKind::text},
    {"properties/format", MemberKind::choice, "Pfx|Cer"},
    {"properties/data", MemberKind::text},
    {"properties/password", MemberKind::text},
    {"id", MemberKind::ignored},
    {"name", MemberKind::ignored},
    {"type", MemberKind::ignored},
    {"etag", MemberKind::ignored},
});

constexpr auto kFilterProperties = std::to_array<wire::odata::FilterProperty>({
    {"name", wire::odata::ValueType::text, wire::odata::kOrderingAndPrefix},
    {"properties/provisioningState", wire::odata::ValueType::text, wire::odata::kEquality},
    {"properties/provisioningStateTransitionTime", wire::odata::ValueType::time, wire::odata::kOrdering},
});

std::string_view provisioning_name(CertificateState state) {
  switch (state) {
    case CertificateState::active: return "Succeeded";
    case CertificateState::deleting: return "Deleting";
    case CertificateState::deletefailed: return "Failed";
  }
  return "Succeeded";
}

std::string name_of(const core::CertificateRecord& certificate) {
  return std::string(kAlgorithm) + certificate.thumbprint.text();
}

ordered_json certificate_resource(const Call& call, const core::CertificateRecord& certificate) {
  const auto document = rest::parse_document(certificate.document);
  const bool is_cer = base::equal_ignoring_case(rest::text_member(document, {"certificateFormat"}), "cer");
  ordered_json properties{{"thumbprint", certificate.thumbprint.text()},
                          {"thumbprintAlgorithm", "sha1"},
                          {"format", is_cer ? "Cer" : "Pfx"},
                          {"provisioningState", provisioning_name(certificate.state)},
                          {"provisioningStateTransitionTime", wire::print_timestamp(certificate.state_since)}};
  if (certificate.previous_state && certificate.previous_state_since) {
    properties["previousProvisioningState"] = provisioning_name(*certificate.previous_state);
    properties["previousProvisioningStateTransitionTime"] = wire::print_timestamp(*certificate.previous_state_since);
  }
  properties["publicData"] = rest::text_member(document, {"publicData"});
  if (certificate.delete_error) {
    properties["deleteCertificateError"] = {{"code", certificate.delete_error->code},
                                            {"message", certificate.delete_error->message}};
  }
  return {{"id", account_id(call) + "/certificates/" + name_of(certificate)},
          {"name", name_of(certificate)},
          {"type", kType},
          {"etag", weak_etag(certificate.version)},
          {"properties", std::move(properties)}};
}

/// "sha1-0123...", as the name of a certificate is.
base::Result<core::CertificateId> certificate_of_path(const Call& call) {
  const auto& name = call.path.get("certificateName");
  if (!base::starts_with_ignoring_case(name, kAlgorithm)) {
    return make_error(ErrorCode::InvalidResourceName, {{"Target", "certificateName"}});
  }
  return rest::certificate_id("sha1", thumbprint_of_id(name));
}

base::Async<base::Result<core::CertificateRecord>> find_certificate(const Call& call) {
  CO_ASSIGN_OR_RETURN(const auto id, certificate_of_path(call));
  auto look = [id](const core::Batch& batch) -> base::Result<core::CertificateRecord> {
    const auto* found = batch.find_certificate(id);
    if (found == nullptr) return wire::batch::make_error(wire::batch::ErrorCode::CertificateNotFound);
    return *found;
  };
  co_return co_await call.service().read(std::move(look));
}

base::Async<base::Result<http::Response>> show_certificate(const Call& call) {
  CO_ASSIGN_OR_RETURN(const auto certificate, co_await find_certificate(call));
  auto response = resource_response(certificate_resource(call, certificate));
  response.headers.set("Last-Modified", wire::print_http_date(certificate.version.last_modified));
  co_return response;
}

/// The body as Certificate_Add takes it.
base::Result<json> batch_certificate(Call& call) {
  ASSIGN_OR_RETURN(const auto id, certificate_of_path(call));
  RETURN_IF_ERROR(check_members(call.body, kMembers));
  const auto given = call.body.is_null() ? json::object() : call.body.value("properties", json::object());
  const auto thumbprint = given.value("thumbprint", id.text());
  const auto algorithm = given.value("thumbprintAlgorithm", "sha1");
  if (rest::certificate_id(algorithm, thumbprint) != id) {
    return make_error(ErrorCode::InvalidPropertyValue, {{"Target", "properties.thumbprint"}});
  }
  json body{{"thumbprint", id.text()}, {"thumbprintAlgorithm", "sha1"}};
  if (given.contains("data")) body["data"] = given["data"];
  if (given.contains("password")) body["password"] = given["password"];
  if (given.contains("format")) body["certificateFormat"] = base::lower_case(given["format"].get<std::string>());
  return body;
}

std::string deletion_path(const Call& call) {
  return account_id(call) + "/certificateOperationResults/" + std::string(kDeletion) + call.path.get("certificateName");
}

rest::Call certificate_call(const Call& call, std::string_view operation, const core::CertificateId& id) {
  auto made = batch_call(call, operation, nullptr);
  made.path.add("certificate", "(thumbprintAlgorithm=sha1,thumbprint=" + id.text() + ")");
  return made;
}

}  // namespace

Answer list_certificates(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto query, ListQuery::of(call, kFilterProperties));
  CO_ASSIGN_OR_RETURN(const auto after, rest::key_after(call.parameters));
  auto look = [&](const core::Batch& batch) {
    rest::Page<ordered_json> page;
    std::optional<core::CertificateId> from;
    if (after) from = core::CertificateId{*after};
    batch.visit_certificates(from, [&](const core::CertificateRecord& certificate) {
      if (!page.take(call.parameters, certificate.thumbprint.text())) return false;
      auto resource = certificate_resource(call, certificate);
      if (query.matches(resource)) page.add(query.show(std::move(resource)), certificate.document);
      return true;
    });
    return page;
  };
  CO_ASSIGN_OR_RETURN(auto page, co_await call.service().read(std::move(look)));
  co_return list_response(call, ordered_json(std::move(page.entries)), page.more, page.last_key);
}

// A certificate is its thumbprint: one that is there has this data already.
Answer create_certificate(Call& call) {
  CO_ASSIGN_OR_RETURN(auto body, batch_certificate(call));
  auto inner = batch_call(call, "Certificate_Add", std::move(body));
  const auto added = co_await rest::add_certificate(inner);
  if (added.has_error()) {
    const bool exists = added.error().code == wire::batch::ErrorCode::CertificateExists;
    if (!exists) co_return added.error();
    if (call.request->headers.get("If-None-Match") == "*") co_return make_error(ErrorCode::ConditionNotMet);
  }
  co_return co_await show_certificate(call);
}

Answer get_certificate(Call& call) {
  co_return co_await show_certificate(call);
}

Answer delete_certificate(Call& call) {
  const auto certificate = co_await find_certificate(call);
  if (!certificate) {
    if (certificate.error().code != wire::batch::ErrorCode::CertificateNotFound) co_return certificate.error();
    co_return empty_response(kNothingToDelete);
  }
  if (certificate->state != CertificateState::deleting) {
    auto inner = certificate_call(call, "Certificate_Delete", certificate->thumbprint);
    CO_RETURN_IF_ERROR(co_await rest::delete_certificate(inner));
  }
  co_return accepted_response(call, deletion_path(call));
}

Answer cancel_certificate_deletion(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto id, certificate_of_path(call));
  auto inner = certificate_call(call, "Certificate_CancelDeletion", id);
  CO_RETURN_IF_ERROR(co_await rest::cancel_certificate_deletion(inner));
  co_return co_await show_certificate(call);
}

Answer get_certificate_operation_result(Call& call) {
  const auto id = call.path.get("operationId");
  if (!id.starts_with(kDeletion)) co_return make_error(ErrorCode::NotFound);
  call.path.add("certificateName", id.substr(kDeletion.size()));
  const auto certificate = co_await find_certificate(call);
  if (certificate && certificate->state == CertificateState::deleting) {
    co_return accepted_response(call, deletion_path(call));
  }
  if (certificate) co_return co_await show_certificate(call);
  co_return empty_response(200);
}

}  // namespace emulator::management
