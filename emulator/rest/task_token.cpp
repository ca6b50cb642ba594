// base64(payload) "." base64(HMAC-SHA256(payload)); the payload is lines, since no id holds a line break.
#include "emulator/rest/task_token.h"

#include "base/text.h"
#include "emulator/rest/documents.h"
#include "wire/shared_key.h"

#include <charconv>

namespace emulator::rest {
namespace {

constexpr std::string_view kFormat = "batch-emulator-task-token-1";
constexpr std::size_t kLines = 6;

/// Not the account's key itself: what is signed with it can never pass for a signed request.
std::string signing_key(std::string_view account_key) {
  return base::hmac_sha256(account_key, kFormat);
}

std::string signature_of(std::string_view account_key, std::string_view payload) {
  return base::hmac_sha256(signing_key(account_key), payload);
}

template <class Number>
bool read_number(std::string_view text, Number& number) {
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failure == std::errc{} && end == text.data() + text.size();
}

base::Error malformed() {
  return wire::shared_key::malformed("The bearer token is not one that tasks are given");
}

base::Error refused() {
  return wire::shared_key::refused("The bearer token is not one that was given to a task of this account");
}

}  // namespace

std::string print_task_token(std::string_view account, std::string_view key, const TaskToken& token) {
  std::string payload{kFormat};
  for (const auto& line :
       {base::lower_case(account), token.task.job.text(), token.task.task.text(), std::to_string(token.attempt),
        std::to_string(token.job_created.time_since_epoch().count())}) {
    payload += '\n';
    payload += line;
  }
  return base::base64_encode(payload) + "." + base::base64_encode(signature_of(key, payload));
}

base::Result<TaskToken> parse_task_token(std::string_view account, const std::vector<std::string>& keys,
                                         std::string_view text) {
  const auto dot = text.find('.');
  if (dot == std::string_view::npos) return malformed();
  const auto payload = base::base64_decode(text.substr(0, dot));
  const auto signature = base::base64_decode(text.substr(dot + 1));
  if (payload.has_error() || signature.has_error() || !payload->starts_with(kFormat)) return malformed();
  bool is_signed = false;
  for (const auto& key : keys) {
    // Every key is tried, so that the time does not tell which one fits.
    is_signed = base::equal_in_constant_time(*signature, signature_of(key, *payload)) || is_signed;
  }
  const auto lines = base::split(*payload, '\n');
  if (!is_signed || lines.size() != kLines || lines[0] != kFormat || lines[1] != base::lower_case(account)) {
    return refused();
  }
  TaskToken token{.task = {core::JobId{std::string{lines[2]}}, core::TaskId{std::string{lines[3]}}}};
  core::Ticks::rep created = 0;
  if (!read_number(lines[4], token.attempt) || !read_number(lines[5], created)) return refused();
  token.job_created = core::Timestamp{core::Ticks{created}};
  return token;
}

bool asks_for_token(const core::TaskRecord& task) {
  constexpr std::string_view kSettings = "authenticationTokenSettings";
  // Most tasks do not, and documents may be large.
  if (task.document == nullptr || task.document->find(kSettings) == std::string::npos) return false;
  const auto document = parse_document(task.document);
  for (const auto& scope : array_member(document, {kSettings, "access"})) {
    if (scope.is_string() && base::equal_ignoring_case(scope.get_ref<const std::string&>(), "job")) return true;
  }
  return false;
}

}  // namespace emulator::rest
