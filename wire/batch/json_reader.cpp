// Two SAX passes of the same parser: one that only counts and checks, one that builds.
#include "wire/batch/json_reader.h"

#include "wire/batch/errors.h"

#include <nlohmann/json.hpp>
#include <string>
#include <unordered_set>
#include <vector>

namespace wire::batch {
namespace {

using nlohmann::json;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// Counts depth and values, and notes names that one object has twice. Stops at the first trouble.
class Counter final : public json::json_sax_t {
 public:
  explicit Counter(const JsonLimits& limits) : limits_(limits) {}

  [[nodiscard]] const std::string& trouble() const { return trouble_; }

  bool null() override { return count(); }
  bool boolean(bool) override { return count(); }
  bool number_integer(number_integer_t) override { return count(); }
  bool number_unsigned(number_unsigned_t) override { return count(); }
  bool number_float(number_float_t, const string_t&) override { return count(); }
  bool string(string_t&) override { return count(); }
  bool binary(binary_t&) override { return count(); }

  bool start_object(std::size_t) override {
    if (!enter()) return false;
    names_.emplace_back();
    return true;
  }
  bool key(string_t& name) override {
    if (!names_.back().insert(name).second) return stop("A member is given twice");
    return count();
  }
  bool end_object() override {
    names_.pop_back();
    --depth_;
    return true;
  }
  bool start_array(std::size_t) override { return enter(); }
  bool end_array() override {
    --depth_;
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    return stop("The text is not JSON at byte " + std::to_string(position));
  }

 private:
  bool count() { return ++values_ <= limits_.values || stop("The body has too many values"); }
  bool enter() {
    if (++depth_ > limits_.depth) return stop("The body is nested too deeply");
    return count();
  }
  bool stop(std::string why) {
    if (trouble_.empty()) trouble_ = std::move(why);
    return false;
  }

  const JsonLimits& limits_;
  std::size_t depth_ = 0;
  std::size_t values_ = 0;
  std::vector<std::unordered_set<std::string>> names_;
  std::string trouble_;
};

base::Error invalid_body(std::string reason) {
  return make_error(ErrorCode::InvalidRequestBody, {{"Reason", std::move(reason)}});
}

}  // namespace

base::Result<json> parse_request_json(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.bytes) return make_error(ErrorCode::RequestBodyTooLarge);
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  Counter counter(limits);
  if (!json::sax_parse(text, &counter)) return invalid_body(counter.trouble());
  json document = json::parse(text, nullptr, false);
  if (!document.is_object()) return invalid_body("The body is not a JSON object");
  return document;
}

}  // namespace wire::batch
