// Where the contract leaves a combination open, the stricter reading is taken: an opposite pair of conditions is
// refused instead of one of them being ignored.
#include "emulator/rest/request_head.h"

#include "wire/batch/errors.h"
#include "wire/batch/limits.h"
#include "wire/time_text.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace emulator::rest {
namespace {

using wire::batch::ErrorCode;
using wire::batch::make_error;

base::Error query_error(ErrorCode code, std::string_view name, std::string_view value) {
  return make_error(code, {{"QueryParameterName", std::string{name}}, {"QueryParameterValue", std::string{value}}});
}

base::Error header_error(ErrorCode code, std::string_view name, std::string_view value) {
  return make_error(code, {{"HeaderName", std::string{name}}, {"HeaderValue", std::string{value}}});
}

base::Result<std::int64_t> integer_of(std::string_view name, std::string_view text) {
  std::int64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure == std::errc::result_out_of_range) {
    return query_error(ErrorCode::OutOfRangeQueryParameterValue, name, text);
  }
  if (failure != std::errc{} || end != text.data() + text.size()) {
    return wire::batch::invalid_query_parameter(name, text, "The value is not an integer");
  }
  return value;
}

base::Result<bool> boolean_of(std::string_view name, std::string_view text) {
  if (base::equal_ignoring_case(text, "true")) return true;
  if (base::equal_ignoring_case(text, "false")) return false;
  return wire::batch::invalid_query_parameter(name, text, "The value is neither true nor false");
}

base::Result<base::Timestamp> time_of(std::string_view name, std::string_view text) {
  auto time = wire::parse_timestamp(text);
  if (!time) return wire::batch::invalid_query_parameter(name, text, "The value is not a time");
  return *time;
}

/// The lower-case names of the parameters and the bit an operation must have for them.
struct KnownParameter {
  std::string_view name;
  unsigned bit;
};
constexpr KnownParameter kKnownParameters[] = {
    {"$filter", kFilter},  {"$select", kSelect},       {"$expand", kExpand},
    {"maxresults", kPage}, {"$skiptoken", kPage},      {"recursive", kRecursive},
    {"force", kForce},     {"starttime", kUsageTimes}, {"endtime", kUsageTimes},
};

bool is_taken(const Operation& operation, wire::batch::Version version, std::string_view name) {
  if (name == "api-version" || name == "timeout") return true;
  if (name == "force" && version < wire::batch::Version::v20_0) return false;
  if (name == "$select" && (operation.query & kOldSelect) != 0) return version == wire::batch::Version::v2_2;
  for (const auto& known : kKnownParameters) {
    if (known.name == name) return (operation.query & known.bit) != 0;
  }
  return false;
}

base::Result<void> read_parameter(const Operation& operation, std::string_view name, const std::string& value,
                                  Parameters& parameters) {
  if (name == "$filter") parameters.filter = value;
  if (name == "$select") parameters.select = value;
  if (name == "$expand") parameters.expand = value;
  if (name == "$skiptoken") parameters.skip_token = value;
  if (name == "timeout") {
    ASSIGN_OR_RETURN(const auto seconds, integer_of(name, value));
    if (seconds < 0) return query_error(ErrorCode::OutOfRangeQueryParameterValue, name, value);
    if (seconds > 0 && seconds < parameters.timeout.count()) parameters.timeout = std::chrono::seconds{seconds};
  }
  if (name == "maxresults") {
    ASSIGN_OR_RETURN(const auto count, integer_of(name, value));
    if (count < 1 || count > operation.max_page) {
      return query_error(ErrorCode::OutOfRangeQueryParameterValue, name, value);
    }
    parameters.max_results = static_cast<std::int32_t>(count);
  }
  if (name == "recursive") {
    ASSIGN_OR_RETURN(parameters.recursive, boolean_of(name, value));
  }
  if (name == "force") {
    ASSIGN_OR_RETURN(parameters.force, boolean_of(name, value));
  }
  if (name == "starttime") {
    ASSIGN_OR_RETURN(parameters.usage_times.first, time_of(name, value));
  }
  if (name == "endtime") {
    ASSIGN_OR_RETURN(parameters.usage_times.second, time_of(name, value));
  }
  return {};
}

/// 30 seconds, and 120 for adding a collection since 19.0.
std::chrono::seconds default_timeout(const Operation& operation, wire::batch::Version version) {
  const bool is_longer = operation.name == "Task_AddCollection" && version >= wire::batch::Version::v19_0;
  return is_longer ? wire::batch::kAddCollectionTimeout : wire::batch::kDefaultTimeout;
}

/// Eight, four, four, four and twelve hexadecimal digits.
bool is_guid(std::string_view text) {
  constexpr std::string_view kForm = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  return text.size() == kForm.size() && std::equal(text.begin(), text.end(), kForm.begin(), [](char c, char form) {
           return form == '-' ? c == '-' : std::isxdigit(static_cast<unsigned char>(c)) != 0;
         });
}

base::Result<core::Conditions::Match> etags_of(std::string_view name, std::string_view text) {
  core::Conditions::Match match;
  if (base::trim(text) == "*") {
    match.any = true;
    return match;
  }
  for (const auto& part : base::split(text, ',')) {
    const auto etag = wire::parse_etag(base::trim(part));
    if (!etag) return header_error(ErrorCode::InvalidHeaderValue, name, text);
    match.etags.push_back(*etag);
  }
  return match;
}

base::Result<core::Timestamp> date_of(std::string_view name, std::string_view text) {
  const auto date = wire::parse_http_date(base::trim(text));
  if (!date) return header_error(ErrorCode::InvalidHeaderValue, name, text);
  return *date;
}

constexpr std::string_view kConditionHeaders[] = {"If-Match", "If-None-Match", "If-Modified-Since",
                                                  "If-Unmodified-Since"};

/// Getting a job took no conditions before 3.1 (contract 1.2).
ConditionHeaders conditions_of(const Operation& operation, wire::batch::Version version) {
  const bool is_old = operation.name == "Job_Get" && version < wire::batch::Version::v3_1;
  return is_old ? ConditionHeaders::none : operation.conditions;
}

}  // namespace

base::Result<wire::batch::Version> read_version(const http::Query& query) {
  const auto text = query.find("api-version");
  if (!text || text->empty()) {
    return make_error(ErrorCode::MissingRequiredQueryParameter, {{"QueryParameterName", "api-version"}});
  }
  return wire::batch::parse_version(*text);
}

base::Result<Parameters> read_parameters(const Operation& operation, wire::batch::Version version,
                                         const http::Query& query) {
  Parameters parameters;
  parameters.max_results = operation.max_page;
  parameters.timeout = default_timeout(operation, version);
  std::vector<std::string> seen;
  for (const auto& [name, value] : query.fields()) {
    const auto lower = base::lower_case(name);
    if (!is_taken(operation, version, lower)) return query_error(ErrorCode::UnsupportedQueryParameter, name, value);
    for (const auto& earlier : seen) {
      if (earlier == lower) return wire::batch::invalid_query_parameter(name, value, "The parameter is given twice");
    }
    seen.push_back(lower);
    RETURN_IF_ERROR(read_parameter(operation, lower, value, parameters));
  }
  return parameters;
}

base::Result<void> check_client_request_id(const http::Headers& headers) {
  const auto id = headers.find("client-request-id");
  if (id && !is_guid(base::trim(*id))) return header_error(ErrorCode::InvalidHeaderValue, "client-request-id", *id);
  const auto wanted = headers.find("return-client-request-id");
  if (!wanted) return {};
  const auto text = base::trim(*wanted);
  if (base::equal_ignoring_case(text, "true") || base::equal_ignoring_case(text, "false")) return {};
  return header_error(ErrorCode::InvalidHeaderValue, "return-client-request-id", *wanted);
}

base::Result<core::Conditions> read_conditions(const Operation& operation, wire::batch::Version version,
                                               const http::Headers& headers) {
  const auto taken = conditions_of(operation, version);
  core::Conditions conditions;
  for (const auto name : kConditionHeaders) {
    const auto value = headers.find(name);
    if (!value) continue;
    const bool is_time = name.ends_with("-Since");
    if (taken == ConditionHeaders::none || (taken == ConditionHeaders::times && !is_time)) {
      return header_error(ErrorCode::UnsupportedHeader, name, *value);
    }
    if (headers.count(name) > 1) return make_error(ErrorCode::MultipleConditionHeadersNotSupported);
    if (name == "If-Match") {
      ASSIGN_OR_RETURN(conditions.if_match, etags_of(name, *value));
    } else if (name == "If-None-Match") {
      ASSIGN_OR_RETURN(conditions.if_none_match, etags_of(name, *value));
    } else if (name == "If-Modified-Since") {
      ASSIGN_OR_RETURN(conditions.if_modified_since, date_of(name, *value));
    } else {
      ASSIGN_OR_RETURN(conditions.if_unmodified_since, date_of(name, *value));
    }
  }
  if ((conditions.if_match && conditions.if_none_match) ||
      (conditions.if_modified_since && conditions.if_unmodified_since)) {
    return make_error(ErrorCode::MultipleConditionHeadersNotSupported);
  }
  return conditions;
}

}  // namespace emulator::rest
