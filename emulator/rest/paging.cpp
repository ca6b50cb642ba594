// A token is "1:" and the key in hexadecimal: it survives a restart and needs no table.
#include "emulator/rest/paging.h"

#include "wire/batch/errors.h"

#include <nlohmann/json.hpp>

namespace emulator::rest {
namespace {

constexpr std::string_view kTokenPrefix = "1:";
constexpr std::size_t kMaxTokenLength = 16 * 1024;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

bool is_skip_token(std::string_view field) {
  const auto name = field.substr(0, field.find('='));
  const auto decoded = base::percent_decode(name);
  return decoded && base::equal_ignoring_case(*decoded, "$skiptoken");
}

}  // namespace

std::string skip_token_after(std::string_view key) {
  return std::string{kTokenPrefix} + base::hex_encode(key);
}

base::Result<std::optional<std::string>> key_after(const Parameters& parameters) {
  if (!parameters.skip_token) return std::optional<std::string>{};
  std::string_view text = *parameters.skip_token;
  const auto refuse = [&] {
    return wire::batch::invalid_query_parameter("$skiptoken", *parameters.skip_token,
                                                "The token was not made by this service");
  };
  if (text.size() > kMaxTokenLength || !text.starts_with(kTokenPrefix) || text.size() % 2 != 0) return refuse();
  std::string key;
  for (text.remove_prefix(kTokenPrefix.size()); !text.empty(); text.remove_prefix(2)) {
    const int high = hex_digit(text[0]);
    const int low = hex_digit(text[1]);
    if (high < 0 || low < 0) return refuse();
    key.push_back(static_cast<char>(high * 16 + low));
  }
  if (key.empty()) return refuse();
  return std::optional<std::string>{std::move(key)};
}

std::string next_link(const Call& call, std::string_view last_key) {
  std::string link = call.base_url + call.request->path + "?";
  for (const auto& field : base::split(call.request->query, '&')) {
    if (!field.empty() && !is_skip_token(field)) link += field + "&";
  }
  return link + "$skiptoken=" + skip_token_after(last_key);
}

nlohmann::ordered_json list_body(const Call& call, nlohmann::ordered_json values, bool more,
                                 std::string_view last_key) {
  nlohmann::ordered_json body;
  body["value"] = std::move(values);
  if (more) body["odata.nextLink"] = next_link(call, last_key);
  return body;
}

}  // namespace emulator::rest
