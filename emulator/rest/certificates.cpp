// Certificates: add, list, get, delete, cancel the deletion (contract 4.6, 1.10). Until 20.0.
//
// Choice: what is uploaded is opened and must be what its thumbprint says, since publicData has to come from somewhere.
// Data and password are kept in the state file alone (mode 0600 in a directory of mode 0700), are shown by nothing, and
// leave only towards nodes that the pool puts the certificate on.
#include "emulator/rest/certificate_data.h"
#include "emulator/rest/commands_from_json.h"
#include "emulator/rest/documents.h"
#include "emulator/rest/entities.h"
#include "emulator/rest/execute.h"
#include "emulator/rest/filters.h"
#include "emulator/rest/handlers.h"
#include "emulator/rest/paging.h"
#include "emulator/rest/projection.h"
#include "emulator/rest/responses.h"
#include "wire/batch/errors.h"
#include "wire/batch/limits.h"

#include <algorithm>
#include <cctype>

namespace emulator::rest {
namespace {

using nlohmann::json;
using wire::batch::EntityType;
using wire::batch::ErrorCode;
using wire::batch::invalid_property;
using wire::batch::make_error;
using wire::batch::missing_property;
using wire::batch::RequestType;

constexpr std::size_t kThumbprintDigits = 40;

bool is_thumbprint(const std::string& text) {
  return text.size() == kThumbprintDigits &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isxdigit(c) != 0; });
}

std::string unquoted(std::string_view text) {
  if (text.size() > 1 && text.front() == '\'' && text.back() == '\'') text = text.substr(1, text.size() - 2);
  return std::string(text);
}

/// "(thumbprintAlgorithm=sha1,thumbprint=0123...)", in either order; quotes are as good as none.
base::Result<core::CertificateId> addressed_certificate(const Call& call) {
  std::string_view key = call.path.get("certificate");
  if (!key.starts_with('(') || !key.ends_with(')')) return make_error(ErrorCode::InvalidUri);
  key = key.substr(1, key.size() - 2);
  std::string algorithm;
  std::string thumbprint;
  while (!key.empty()) {
    const auto end = std::min(key.find(','), key.size());
    const auto part = base::trim(key.substr(0, end));
    key.remove_prefix(std::min(end + 1, key.size()));
    const auto equals = part.find('=');
    if (equals == std::string_view::npos) return make_error(ErrorCode::InvalidUri);
    const auto name = part.substr(0, equals);
    if (name == "thumbprintAlgorithm") {
      algorithm = unquoted(part.substr(equals + 1));
    } else if (name == "thumbprint") {
      thumbprint = unquoted(part.substr(equals + 1));
    } else {
      return make_error(ErrorCode::InvalidUri);
    }
  }
  if (algorithm.empty() || thumbprint.empty()) return make_error(ErrorCode::InvalidUri);
  return certificate_id(algorithm, thumbprint);
}

/// The certificate in DER, out of what was sent; errors name the property that is wrong, never its value.
base::Result<std::string> opened_certificate(const json& certificate) {
  const auto data = text_member(certificate, {"data"});
  const auto bytes = base::base64_decode(data);
  if (!bytes) return invalid_property("data", "", "The data is not base64");
  if (bytes->size() > wire::batch::kMaxCertificateBytes) return invalid_property("data", "", "The data is above 10 KB");
  const bool has_password = certificate.contains("password");
  using wire::batch::CertificateFormat;
  // "The default is pfx" (description of certificateFormat).
  const auto format =
      enum_member<CertificateFormat>(certificate, {"certificateFormat"}).value_or(CertificateFormat::pfx);
  if (format == CertificateFormat::cer) {
    if (has_password) return invalid_property("password", "", "A certificate of format cer has no password");
    auto opened = certificate_in_cer(*bytes);
    if (!opened) return invalid_property("data", "", opened.error().message);
    return opened;
  }
  auto opened = certificate_in_pfx(*bytes, text_member(certificate, {"password"}));
  if (!opened) return invalid_property("data", "", opened.error().message);
  return opened;
}

base::Result<core::AddCertificate> add_certificate_command(const Call& call) {
  ASSIGN_OR_RETURN(auto certificate, wire::batch::validate(call.version, RequestType::certificate_add, call.body));
  const auto algorithm = text_member(certificate, {"thumbprintAlgorithm"});
  if (!base::equal_ignoring_case(algorithm, "sha1")) {
    return invalid_property("thumbprintAlgorithm", algorithm, "The algorithm has to be sha1");
  }
  const auto thumbprint = certificate_id(algorithm, text_member(certificate, {"thumbprint"}));
  if (!is_thumbprint(thumbprint.text())) {
    return invalid_property("thumbprint", thumbprint.text(), "A thumbprint has 40 hexadecimal digits");
  }
  ASSIGN_OR_RETURN(const auto der, opened_certificate(certificate));
  if (thumbprint_of(der) != thumbprint.text()) {
    return invalid_property("thumbprint", thumbprint.text(), "The data is another certificate");
  }
  certificate.erase("thumbprint");
  certificate["thumbprintAlgorithm"] = "sha1";
  certificate["publicData"] = base::base64_encode(der);
  core::AddCertificate command;
  command.certificate.thumbprint = thumbprint;
  command.certificate.document = make_document(certificate);
  return command;
}

base::Async<base::Result<core::CertificateRecord>> find_certificate(const Call& call) {
  CO_ASSIGN_OR_RETURN(const auto thumbprint, addressed_certificate(call));
  auto look = [thumbprint](const core::Batch& batch) -> base::Result<core::CertificateRecord> {
    const auto* found = batch.find_certificate(thumbprint);
    if (found == nullptr) return make_error(ErrorCode::CertificateNotFound);
    return *found;
  };
  co_return co_await call.service().read(std::move(look));
}

}  // namespace

Answer add_certificate(Call& call) {
  CO_ASSIGN_OR_RETURN(auto command, add_certificate_command(call));
  CO_ASSIGN_OR_RETURN(const auto version, co_await execute(call, std::move(command)));
  co_return written_response(call, version);
}

Answer get_certificate(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto projection, Projection::of(call, EntityType::certificate));
  CO_ASSIGN_OR_RETURN(const auto certificate, co_await find_certificate(call));
  auto response =
      json_response(call, "certificates/@Element", projection.show(certificate_entity(call.base_url, certificate)));
  set_version(response, certificate.version);
  co_return response;
}

Answer list_certificates(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto projection, Projection::of(call, EntityType::certificate));
  CO_ASSIGN_OR_RETURN(const auto filter, filter_of(call, wire::batch::ListKind::certificates));
  CO_ASSIGN_OR_RETURN(const auto after, key_after(call.parameters));
  auto look = [&](const core::Batch& batch) {
    Page<core::CertificateRecord> page;
    std::optional<core::CertificateId> from;
    if (after) from = core::CertificateId{*after};
    batch.visit_certificates(from, [&](const core::CertificateRecord& certificate) {
      if (!page.take(call.parameters, certificate.thumbprint.text())) return false;
      if (matches(filter, certificate)) page.add(certificate, certificate.document);
      return true;
    });
    return page;
  };
  CO_ASSIGN_OR_RETURN(const auto page, co_await call.service().read(std::move(look)));
  auto values = nlohmann::ordered_json::array();
  for (const auto& entry : page.entries) values.push_back(projection.show(certificate_entity(call.base_url, entry)));
  co_return json_response(call, "certificates", list_body(call, std::move(values), page.more, page.last_key));
}

Answer delete_certificate(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto thumbprint, addressed_certificate(call));
  core::DeleteCertificate command{.thumbprint = thumbprint};
  CO_RETURN_IF_ERROR(co_await execute(call, std::move(command)));
  co_return empty_response(call);
}

Answer cancel_certificate_deletion(Call& call) {
  CO_ASSIGN_OR_RETURN(const auto thumbprint, addressed_certificate(call));
  core::CancelCertificateDeletion command{.thumbprint = thumbprint};
  CO_ASSIGN_OR_RETURN(const auto version, co_await execute(call, std::move(command)));
  co_return written_response(call, version);
}

}  // namespace emulator::rest
