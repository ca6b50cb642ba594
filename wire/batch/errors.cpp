// The table stands in error_table.inc; a code's place in it is its value.
#include "wire/batch/errors.h"

#include "base/text.h"
#include "wire/shared_key.h"
#include "wire/time_text.h"

#include <array>
#include <cstddef>
#include <nlohmann/json.hpp>

namespace wire::batch {
namespace {

struct Row {
  ErrorCode code;
  std::string_view name;
  int status;
  std::string_view message;
};

constexpr Row kRows[] = {
#include "wire/batch/error_table.inc"
};

constexpr bool rows_stand_in_order() {
  for (std::size_t i = 0; i < std::size(kRows); ++i) {
    if (static_cast<std::size_t>(kRows[i].code) != i + 1) return false;
  }
  return true;
}
static_assert(rows_stand_in_order());

constexpr std::string_view kMetadataPath =
    "/$metadata#Microsoft.Azure.Batch.Protocol.Entities.Container.errors/@Element";
constexpr std::size_t kMaxShownValue = 256;

const Row& row_of(ErrorCode code) {
  return kRows[static_cast<std::size_t>(code) - 1];
}

class BatchCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "batch"; }
  std::string message(int value) const override { return std::string(row_of(static_cast<ErrorCode>(value)).name); }
};

std::string shown(std::string_view value) {
  return std::string(value.substr(0, kMaxShownValue));
}

/// The text a client sees. An error of another kind may speak of files and keys; only its code's text goes out.
std::string visible_message(const base::Error& error) {
  bool own = error.code.category() == batch_category() && !error.message.empty();
  return own ? error.message : std::string(message_of(code_of(error)));
}

}  // namespace

const std::error_category& batch_category() noexcept {
  static const BatchCategory category;
  return category;
}

std::error_code make_error_code(ErrorCode code) noexcept {
  return {static_cast<int>(code), batch_category()};
}

std::string_view name_of(ErrorCode code) {
  return row_of(code).name;
}

int http_status(ErrorCode code, bool is_read) {
  constexpr int kNotModified = 304;
  return code == ErrorCode::ConditionNotMet && is_read ? kNotModified : row_of(code).status;
}

std::string_view message_of(ErrorCode code) {
  return row_of(code).message;
}

base::Error make_error(ErrorCode code, std::vector<base::ErrorDetail> details) {
  return {code, std::string(message_of(code)), std::move(details)};
}

base::Error invalid_property(std::string_view name, std::string_view value, std::string reason) {
  std::vector<base::ErrorDetail> details = {{"PropertyName", std::string(name)}};
  if (!value.empty()) details.push_back({"PropertyValue", shown(value)});
  details.push_back({"Reason", std::move(reason)});
  return make_error(ErrorCode::InvalidPropertyValue, std::move(details));
}

base::Error missing_property(std::string_view name) {
  return make_error(ErrorCode::MissingRequiredProperty, {{"PropertyName", std::string(name)}});
}

base::Error unsupported_property(std::string_view name, std::string reason) {
  return make_error(ErrorCode::UnsupportedProperty, {{"PropertyName", shown(name)}, {"Reason", std::move(reason)}});
}

base::Error invalid_query_parameter(std::string_view name, std::string_view value, std::string reason) {
  return make_error(ErrorCode::InvalidQueryParameterValue, {{"QueryParameterName", std::string(name)},
                                                            {"QueryParameterValue", shown(value)},
                                                            {"Reason", std::move(reason)}});
}

base::Error not_implemented(std::string_view operation) {
  std::string name(operation);
  return {ErrorCode::NotImplemented,
          "The operation " + name + " is not implemented by this emulator.",
          {{"Operation", name}}};
}

ErrorCode code_of(const base::Error& error) {
  if (error.code.category() == batch_category()) return static_cast<ErrorCode>(error.code.value());
  if (error.code == SharedKeyErrc::malformed) return ErrorCode::InvalidAuthenticationInfo;
  if (error.code == SharedKeyErrc::refused) return ErrorCode::AuthenticationFailed;
  if (error.code == base::Errc::deadline_exceeded) return ErrorCode::OperationTimedOut;
  if (error.code == base::Errc::unavailable || error.code == base::Errc::no_space) return ErrorCode::ServerBusy;
  return ErrorCode::InternalError;
}

nlohmann::ordered_json error_object(const base::Error& error, const ErrorContext& context) {
  nlohmann::ordered_json object;
  object["code"] = name_of(code_of(error));
  object["message"]["lang"] = "en-US";
  object["message"]["value"] =
      visible_message(error) + "\nRequestId:" + context.request_id + "\nTime:" + print_long_timestamp(context.time);
  bool trusted = error.code.category() == batch_category() || error.code == SharedKeyErrc::malformed ||
                 error.code == SharedKeyErrc::refused;
  if (!trusted) return object;
  for (const auto& detail : error.details) {
    object["values"].push_back(nlohmann::ordered_json{{"key", detail.key}, {"value", detail.value}});
  }
  return object;
}

std::string error_document(const base::Error& error, const ErrorContext& context) {
  nlohmann::ordered_json document;
  document["odata.metadata"] = context.base_url + std::string(kMetadataPath);
  document.update(error_object(error, context));
  // Values quote what clients sent; bytes that are not UTF-8 are replaced, not thrown about.
  return document.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string reason_phrase(const base::Error& error) {
  std::string message = visible_message(error);
  std::string line = message.substr(0, message.find('\n'));
  std::erase_if(line, [](char c) { return c < ' ' || c > '~'; });
  return line;
}

}  // namespace wire::batch
