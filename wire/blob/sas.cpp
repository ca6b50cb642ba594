// The table of parameters is the center: reading, writing and signing all walk it.
#include "wire/blob/sas.h"

#include "base/text.h"
#include "wire/blob/errors.h"
#include "wire/blob/sas_address.h"
#include "wire/blob/vocabulary.h"
#include "wire/time_text.h"

#include <algorithm>
#include <array>

namespace wire::blob {
namespace {

struct Parameter {
  std::string_view name;
  std::string Sas::*field;
};
constexpr auto kParameters = std::to_array<Parameter>({
    {"sv", &Sas::version},
    {"ss", &Sas::services},
    {"srt", &Sas::resource_types},
    {"st", &Sas::start},
    {"se", &Sas::expiry},
    {"sr", &Sas::resource},
    {"sp", &Sas::permissions},
    {"sip", &Sas::address},
    {"spr", &Sas::protocol},
    {"ses", &Sas::encryption_scope},
    {"si", &Sas::identifier},
    {"rscc", &Sas::cache_control},
    {"rscd", &Sas::content_disposition},
    {"rsce", &Sas::content_encoding},
    {"rscl", &Sas::content_language},
    {"rsct", &Sas::content_type},
    {"skoid", &Sas::key_object_id},
    {"sktid", &Sas::key_tenant},
    {"skt", &Sas::key_start},
    {"ske", &Sas::key_expiry},
    {"sks", &Sas::key_service},
    {"skv", &Sas::key_version},
    {"saoid", &Sas::authorized_object},
    {"suoid", &Sas::unauthorized_object},
    {"scid", &Sas::correlation_id},
    {"sig", &Sas::signature},
});

/// Known, and not offered: what they belong to.
struct Refused {
  std::string_view name;
  std::string_view what;
};
constexpr auto kRefused = std::to_array<Refused>({
    {"sduoid", "a SAS bound to a user (sduoid)"},
    {"skdutid", "a SAS bound to a user's tenant (skdutid)"},
    {"srh", "a SAS bound to request headers (srh)"},
    {"srq", "a SAS bound to query parameters (srq)"},
    {"sdd", "directory SAS (sdd)"},
});

/// Versions that only a SAS may name: older than every x-ms-version offered.
constexpr auto kOldSasVersions = std::to_array<std::string_view>({"2012-02-12", "2013-08-15", "2014-02-14"});
constexpr std::string_view kWithHeaders = "2013-08-15";
constexpr std::string_view kWithService = "2015-02-21";
constexpr std::string_view kWithAddress = "2015-04-05";
constexpr std::string_view kWithResource = "2018-11-09";
constexpr std::string_view kWithAuthorizedObject = "2020-02-10";
constexpr std::string_view kWithScope = "2020-12-06";
constexpr std::string_view kWithDelegatedUser = "2025-07-05";
constexpr std::string_view kWithBoundRequest = "2026-04-06";

bool is_sas_version(std::string_view version) {
  return is_service_version(version) || std::ranges::find(kOldSasVersions, version) != kOldSasVersions.end();
}

base::Error not_offered(std::string_view what) {
  return error(ErrorCode::NotImplemented, std::string(what) + " is not offered");
}

/// All or none of the fields of a user delegation key.
base::Result<void> check_delegation(const Sas& sas) {
  const auto parts = {&Sas::key_object_id, &Sas::key_tenant,  &Sas::key_start,
                      &Sas::key_expiry,    &Sas::key_service, &Sas::key_version};
  const auto given = std::ranges::count_if(parts, [&](auto part) { return !(sas.*part).empty(); });
  if (given == 0) {
    if (sas.authorized_object.empty() && sas.unauthorized_object.empty() && sas.correlation_id.empty()) return {};
    return authentication_failed("saoid, suoid and scid can only be used with a user delegation SAS");
  }
  if (given != std::ssize(parts)) {
    return authentication_failed("skoid, sktid, skt, ske, sks and skv are mandatory in a user delegation SAS");
  }
  if (sas.is_account_sas() || !sas.identifier.empty()) {
    return authentication_failed("ss, srt and si cannot be used with a user delegation SAS");
  }
  if (sas.version < kWithResource) return authentication_failed("a user delegation SAS needs sv 2018-11-09 or later");
  if (sas.key_service != "b") return authentication_failed("sks must be b");
  if (!sas.authorized_object.empty() && !sas.unauthorized_object.empty()) {
    return authentication_failed("saoid and suoid cannot be used together");
  }
  return {};
}

base::Result<void> check_form(const Sas& sas) {
  if (sas.version.empty()) return authentication_failed("sv is mandatory. Cannot be empty");
  if (!is_sas_version(sas.version)) return authentication_failed("sv " + sas.version + " is not a known version");
  if (sas.signature.empty()) return authentication_failed("sig is mandatory. Cannot be empty");
  if (!sas.encryption_scope.empty()) return not_offered("encryption scope (ses)");
  RETURN_IF_ERROR(check_delegation(sas));
  if (sas.is_account_sas()) {
    if (!sas.resource.empty() || !sas.identifier.empty()) {
      return authentication_failed("sr and si cannot be used with an account SAS");
    }
    if (sas.version < kWithAddress) return authentication_failed("an account SAS needs sv 2015-04-05 or later");
    for (const auto& [name, value] : {std::pair<std::string_view, const std::string&>{"ss", sas.services},
                                      {"srt", sas.resource_types},
                                      {"sp", sas.permissions},
                                      {"se", sas.expiry}}) {
      if (value.empty()) return authentication_failed(std::string(name) + " is mandatory. Cannot be empty");
    }
    return {};
  }
  if (sas.resource == "b" || sas.resource == "c") return {};
  if (sas.resource == "bs" || sas.resource == "bv" || sas.resource == "d") {
    return not_offered("a SAS for sr=" + sas.resource);
  }
  return authentication_failed("sr is mandatory. Cannot be empty");
}

/// "/blob/account/container[/blob]"; the service's name stands in front since 2015-02-21.
std::string canonical_resource(const Sas& sas, std::string_view account, std::string_view container,
                               std::string_view blob) {
  std::string resource = sas.version >= kWithService ? "/blob/" : "/";
  resource.append(account).append("/").append(container);
  if (sas.resource == "b") resource.append("/").append(blob);
  return resource;
}

/// A time of a SAS or policy, with the service's word for a malformed one.
base::Result<base::Timestamp> parse_time(std::string_view name, const std::string& text) {
  auto time = parse_timestamp(text);
  if (time.has_error()) return authentication_failed(std::string(name) + " is not a valid time: " + text);
  return time;
}

base::Result<void> check_times(const Sas& sas, base::Timestamp now) {
  if (sas.expiry.empty())
    return authentication_failed("Signed expiry must be specified in signature or SAS identifier");
  ASSIGN_OR_RETURN(const auto expiry, parse_time("se", sas.expiry));
  base::Timestamp start = base::Timestamp::min();
  if (!sas.start.empty()) {
    ASSIGN_OR_RETURN(start, parse_time("st", sas.start));
    if (start >= expiry) {
      return authentication_failed("Signed expiry time [" + print_http_date(expiry) +
                                   "] must be after signed start time [" + print_http_date(start) + "]");
    }
  }
  if (now >= start && now < expiry) return {};
  return authentication_failed("Signature not valid in the specified time frame: Start [" +
                               (sas.start.empty() ? std::string() : print_http_date(start)) + "] - Expiry [" +
                               print_http_date(expiry) + "] - Current [" + print_http_date(now) + "]");
}

}  // namespace

bool carries_sas(QueryFields query) {
  return std::ranges::any_of(query, [](const auto& field) { return field.first == "sig"; });
}

base::Result<Sas> parse_sas(QueryFields query) {
  Sas sas;
  for (const auto& [name, value] : query) {
    const auto refused = std::ranges::find(kRefused, name, &Refused::name);
    if (refused != kRefused.end()) return not_offered(refused->what);
    const auto known = std::ranges::find(kParameters, name, &Parameter::name);
    if (known == kParameters.end()) continue;
    if (!(sas.*known->field).empty()) return authentication_failed(name + " is given more than once");
    // A line break would let two different SAS share one string-to-sign.
    if (value.find('\n') != std::string::npos) return authentication_failed(name + " holds a line break");
    sas.*known->field = value;
  }
  RETURN_IF_ERROR(check_form(sas));
  return sas;
}

std::string sas_string_to_sign(const Sas& sas, std::string_view account, std::string_view container,
                               std::string_view blob) {
  std::string text;
  const auto line = [&](std::string_view value) { text.append(value).append("\n"); };
  if (sas.is_account_sas()) {
    line(account);
    for (const auto* field : {&sas.permissions, &sas.services, &sas.resource_types, &sas.start, &sas.expiry,
                              &sas.address, &sas.protocol, &sas.version}) {
      line(*field);
    }
    if (sas.version >= kWithScope) line(sas.encryption_scope);
    return text;
  }
  line(sas.permissions);
  line(sas.start);
  line(sas.expiry);
  line(canonical_resource(sas, account, container, blob));
  if (sas.is_user_delegation()) {
    for (const auto part : {&Sas::key_object_id, &Sas::key_tenant, &Sas::key_start, &Sas::key_expiry, &Sas::key_service,
                            &Sas::key_version}) {
      line(sas.*part);
    }
    if (sas.version >= kWithAuthorizedObject) {
      line(sas.authorized_object);
      line(sas.unauthorized_object);
      line(sas.correlation_id);
    }
    // Tenant and user that it is bound to.
    for (int i = 0; i < 2 && sas.version >= kWithDelegatedUser; ++i) line({});
  } else {
    line(sas.identifier);
  }
  if (sas.version >= kWithAddress) {
    line(sas.address);
    line(sas.protocol);
  }
  line(sas.version);
  if (sas.version >= kWithResource) {
    line(sas.resource);
    line({});  // the snapshot's time
  }
  if (sas.version >= kWithScope) line(sas.encryption_scope);
  // Headers and parameters that it is bound to.
  for (int i = 0; i < 2 && sas.is_user_delegation() && sas.version >= kWithBoundRequest; ++i) line({});
  if (sas.version >= kWithHeaders) {
    for (const auto* field :
         {&sas.cache_control, &sas.content_disposition, &sas.content_encoding, &sas.content_language}) {
      line(*field);
    }
    line(sas.content_type);
  }
  text.pop_back();  // the last line has no end
  return text;
}

base::Result<void> check_sas_signature(const Sas& sas, std::string_view account, std::string_view key,
                                       std::string_view container, std::string_view blob) {
  const std::string text = sas_string_to_sign(sas, account, container, blob);
  const auto given = base::base64_decode(sas.signature);
  if (given && base::equal_in_constant_time(*given, base::hmac_sha256(key, text))) return {};
  return authentication_failed("Signature did not match. String to sign used was " + text);
}

base::Result<Sas> merge_policy(Sas sas, const AccessPolicy& policy) {
  const auto fill = [](std::string& field, const std::string& stored) {
    if (!field.empty() && !stored.empty()) return false;
    if (field.empty()) field = stored;
    return true;
  };
  if (!fill(sas.start, policy.start) || !fill(sas.expiry, policy.expiry) ||
      !fill(sas.permissions, policy.permissions)) {
    return authentication_failed(
        "Access policy fields can be associated with signature or SAS identifier but not both");
  }
  return sas;
}

base::Result<void> check_sas_circumstances(const Sas& sas, base::Timestamp now, std::string_view peer_address,
                                           bool secure) {
  RETURN_IF_ERROR(check_times(sas, now));
  if (!sas.protocol.empty()) {
    if (sas.protocol == "https") {
      if (!secure) return error(ErrorCode::AuthorizationProtocolMismatch);
    } else if (sas.protocol != "https,http" && sas.protocol != "http,https") {
      return authentication_failed("spr must be https or https,http, not " + sas.protocol);
    }
  }
  if (!sas.address.empty()) {
    const auto range = parse_address_range(sas.address);
    if (!range) return authentication_failed("sip is not an IP address or range: " + sas.address);
    if (!range->contains(peer_address)) {
      return error(ErrorCode::AuthorizationSourceIPMismatch,
                   "This request is not authorized to perform this operation using this source IP " +
                       std::string(peer_address) + ".",
                   {{"SourceIP", std::string(peer_address)}});
    }
  }
  return {};
}

std::string sign_sas(Sas sas, std::string_view account, std::string_view key, std::string_view container,
                     std::string_view blob) {
  sas.signature = base::base64_encode(base::hmac_sha256(key, sas_string_to_sign(sas, account, container, blob)));
  std::string query;
  for (const auto& parameter : kParameters) {
    const std::string& value = sas.*parameter.field;
    if (value.empty()) continue;
    if (!query.empty()) query += '&';
    query.append(parameter.name).append("=").append(base::percent_encode(value));
  }
  return query;
}

namespace {
/// Expiries are signed as text, to the second like all clients do.
std::string expiry_text(base::Timestamp expiry) {
  return print_timestamp(std::chrono::floor<std::chrono::seconds>(expiry));
}
}  // namespace

std::string sign_container_sas(std::string_view account, std::string_view key, std::string_view container,
                               std::string_view permissions, base::Timestamp expiry, std::string_view version) {
  Sas sas{.version = std::string(version), .permissions = std::string(permissions), .expiry = expiry_text(expiry)};
  sas.resource = "c";
  return sign_sas(std::move(sas), account, key, container);
}

std::string sign_blob_sas(std::string_view account, std::string_view key, std::string_view container,
                          std::string_view blob, std::string_view permissions, base::Timestamp expiry,
                          std::string_view version) {
  Sas sas{.version = std::string(version), .permissions = std::string(permissions), .expiry = expiry_text(expiry)};
  sas.resource = "b";
  return sign_sas(std::move(sas), account, key, container, blob);
}

std::string sign_account_sas(std::string_view account, std::string_view key, std::string_view resource_types,
                             std::string_view permissions, base::Timestamp expiry, std::string_view version) {
  Sas sas{.version = std::string(version), .permissions = std::string(permissions), .expiry = expiry_text(expiry)};
  sas.services = "b";
  sas.resource_types = resource_types;
  return sign_sas(std::move(sas), account, key);
}

}  // namespace wire::blob
