// Header fields, bodies in memory, and the few things a request can say about itself.
#include "http/message.h"

#include "base/text.h"

#include <algorithm>
#include <array>

namespace http {
namespace {

constexpr std::size_t kReadPiece = 16 * 1024;

class TextBody final : public BodySource {
 public:
  explicit TextBody(std::string text) : text_(std::move(text)) {}
  base::Async<base::Result<std::size_t>> read_some(std::span<char> into) override {
    const std::size_t size = text_.copy(into.data(), into.size(), sent_);
    sent_ += size;
    co_return size;
  }

 private:
  std::string text_;
  std::size_t sent_ = 0;
};

}  // namespace

std::optional<std::string_view> Headers::find(std::string_view name) const {
  for (const auto& [field, value] : fields_) {
    if (base::equal_ignoring_case(field, name)) return value;
  }
  return std::nullopt;
}

std::string_view Headers::get(std::string_view name) const {
  return find(name).value_or(std::string_view{});
}

std::size_t Headers::count(std::string_view name) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      fields_, [name](const Field& field) { return base::equal_ignoring_case(field.first, name); }));
}

void Headers::add(std::string name, std::string value) {
  fields_.emplace_back(std::move(name), std::move(value));
}

void Headers::set(std::string name, std::string value) {
  remove(name);
  add(std::move(name), std::move(value));
}

void Headers::remove(std::string_view name) {
  std::erase_if(fields_, [name](const Field& field) { return base::equal_ignoring_case(field.first, name); });
}

std::unique_ptr<BodySource> body_from_text(std::string text) {
  return std::make_unique<TextBody>(std::move(text));
}

base::Async<base::Result<std::string>> read_all(BodySource& source, std::size_t limit) {
  std::string text;
  std::size_t filled = 0;
  while (true) {
    // One byte past the limit is asked for, so that a body of exactly `limit` bytes is told from a longer one.
    const std::size_t room = limit - filled < kReadPiece ? limit - filled + 1 : kReadPiece;
    if (text.size() < filled + room) text.resize(std::max(filled + room, std::min(text.size() * 2, limit + 1)));
    const std::span<char> piece(text.data() + filled, text.size() - filled);
    CO_ASSIGN_OR_RETURN(const std::size_t got, co_await source.read_some(piece));
    if (got == 0) break;
    filled += got;
    if (filled > limit) {
      co_return base::Error(base::Errc::too_large,
                            "reading a body: it has more than the " + std::to_string(limit) + " bytes allowed here");
    }
  }
  text.resize(filled);
  co_return text;
}

std::string Request::base_url() const {
  std::string url(secure ? "https://" : "http://");
  return url.append(headers.get("Host"));
}

}  // namespace http
