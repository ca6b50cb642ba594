// Fields: one description of a message's members serves its writer and its reader.
//
// A message has a function `template <class V> void members(V& visit, Message& m)` that calls visit("name", m.member)
// for each member. FieldWriter turns that into JSON; FieldReader checks and fills. Every member must be present (an
// optional may be absent), none may be unknown, and every list and text has a limit. Private to this folder.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "wire/node/protocol.h"

#include <chrono>
#include <concepts>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace wire::node {

/// Enumerations give their words through `words(E)`: an array of (value, text).
template <class E>
concept Worded = std::is_enum_v<E> && requires(E value) {
  words(value);
};
/// Variants give the word of each alternative through `kind_words(V)`, in the order of the alternatives.
template <class V>
concept Kinded = requires {
  std::variant_size<V>::value;
};

/// Everything else that is a class is a message.
template <class M>
concept Described = std::is_class_v<M> && !Kinded<M>;

class FieldWriter {
 public:
  template <class T>
  void operator()(const char* name, const std::optional<T>& value) {
    if (value) object_[name] = write(*value);
  }
  template <class T>
  void operator()(const char* name, const T& value) {
    object_[name] = write(value);
  }
  [[nodiscard]] nlohmann::json take() { return std::move(object_); }

  static nlohmann::json write(const std::string& value) { return value; }
  static nlohmann::json write(bool value) { return value; }
  template <std::integral T>
  static nlohmann::json write(T value) {
    return value;
  }
  static nlohmann::json write(std::chrono::milliseconds value) { return value.count(); }
  static nlohmann::json write(base::Timestamp value) { return value.time_since_epoch().count(); }
  static nlohmann::json write(const std::pair<std::string, std::string>& value) {
    return nlohmann::json::array({value.first, value.second});
  }
  template <class T>
  static nlohmann::json write(const std::vector<T>& values) {
    auto array = nlohmann::json::array();
    for (const auto& value : values) array.push_back(write(value));
    return array;
  }
  template <Worded E>
  static nlohmann::json write(E value) {
    for (const auto& [candidate, word] : words(value)) {
      if (candidate == value) return word;
    }
    return nullptr;
  }
  template <Kinded V>
  static nlohmann::json write(const V& value) {
    auto object = std::visit([](const auto& body) { return write(body); }, value);
    object["kind"] = kind_words(value)[value.index()];
    return object;
  }
  template <Described Message>
  static nlohmann::json write(const Message& message) {
    FieldWriter writer;
    members(writer, const_cast<Message&>(message));  // the description is shared with the reader; nothing is changed
    return writer.take();
  }

 private:
  nlohmann::json object_ = nlohmann::json::object();
};

/// Reads the members of one JSON object. The first problem is kept; reading goes on without effect.
class FieldReader {
 public:
  FieldReader(const nlohmann::json& object, std::string place) : object_(object), place_(std::move(place)) {
    if (!object_.is_object()) fail(place_, "is not an object");
  }

  template <class T>
  void operator()(const char* name, std::optional<T>& value) {
    if (problem_ || !object_.contains(name)) return;
    T held{};
    (*this)(name, held);
    value = std::move(held);
  }
  template <class T>
  void operator()(const char* name, T& value) {
    if (problem_) return;
    const auto found = object_.find(name);
    const auto where = place_.empty() ? std::string(name) : place_ + "." + name;
    if (found == object_.end()) return fail(where, "is missing");
    ++seen_;
    read(*found, where, value);
  }
  /// Success when all members were there and none besides `more` others.
  base::Result<void> finish(std::size_t more = 0) {
    if (!problem_ && object_.size() != seen_ + more)
      fail(place_.empty() ? "the message" : place_, "has unknown members");
    if (problem_) return *std::move(problem_);
    return {};
  }

 private:
  using json = nlohmann::json;

  void fail(const std::string& where, std::string_view what, base::Errc code = base::Errc::invalid_argument) {
    if (!problem_) problem_ = base::Error(code, where + " " + std::string(what));
  }
  void read(const json& from, const std::string& where, std::string& value) {
    if (!from.is_string()) return fail(where, "is not a text");
    value = from.get_ref<const std::string&>();
    if (value.size() > kLongestText) fail(where, "is too long", base::Errc::too_large);
  }
  void read(const json& from, const std::string& where, bool& value) {
    if (!from.is_boolean()) return fail(where, "is neither true nor false");
    value = from.get<bool>();
  }
  template <std::integral T>
  void read(const json& from, const std::string& where, T& value) {
    if (!from.is_number_integer()) return fail(where, "is not a whole number");
    const bool fits = from.is_number_unsigned() ? std::in_range<T>(from.get<std::uint64_t>())
                                                : std::in_range<T>(from.get<std::int64_t>());
    if (!fits) return fail(where, "is out of range");
    value = from.is_number_unsigned() ? static_cast<T>(from.get<std::uint64_t>())
                                      : static_cast<T>(from.get<std::int64_t>());
  }
  void read(const json& from, const std::string& where, std::chrono::milliseconds& value) {
    // Far above every wait, and far below where a conversion to nanoseconds overflows.
    constexpr std::int64_t kLongest = std::int64_t{1000} * 86'400 * 365 * 100;
    std::int64_t count = 0;
    read(from, where, count);
    if (count < 0 || count > kLongest) return fail(where, "is out of range");
    value = std::chrono::milliseconds(count);
  }
  void read(const json& from, const std::string& where, base::Timestamp& value) {
    std::int64_t count = 0;
    read(from, where, count);
    value = base::Timestamp(base::Ticks(count));
  }
  void read(const json& from, const std::string& where, std::pair<std::string, std::string>& value) {
    if (!from.is_array() || from.size() != 2) return fail(where, "is not a pair of texts");
    read(from[0], where, value.first);
    read(from[1], where, value.second);
  }
  template <class T>
  void read(const json& from, const std::string& where, std::vector<T>& values) {
    if (!from.is_array()) return fail(where, "is not a list");
    if (from.size() > kMostListItems) return fail(where, "has too many items", base::Errc::too_large);
    values.reserve(from.size());
    for (const auto& item : from) {
      if (problem_) return;
      read(item, where + "[" + std::to_string(values.size()) + "]", values.emplace_back());
    }
  }
  template <Worded E>
  void read(const json& from, const std::string& where, E& value) {
    if (!from.is_string()) return fail(where, "is not a text");
    for (const auto& [candidate, word] : words(value)) {
      if (from.get_ref<const std::string&>() == word) {
        value = candidate;
        return;
      }
    }
    fail(where, "has an unknown value");
  }
  template <Kinded V>
  void read(const json& from, const std::string& where, V& value) {
    if (!from.is_object()) return fail(where, "is not an object");
    const auto kind = from.find("kind");
    if (kind == from.end() || !kind->is_string()) return fail(where, "has no kind");
    read_alternative(from, where, value, kind->template get_ref<const std::string&>(),
                     std::make_index_sequence<std::variant_size_v<V>>{});
  }
  template <class V, std::size_t... I>
  void read_alternative(const json& from, const std::string& where, V& value, const std::string& kind,
                        std::index_sequence<I...>) {
    bool known = false;
    const auto attempt = [&]<std::size_t At>() {
      if (known || kind != kind_words(value)[At]) return;
      known = true;
      read_message(from, where, value.template emplace<At>(), 1);
    };
    (attempt.template operator()<I>(), ...);
    if (!known) fail(where, "is of an unknown kind");
  }
  template <Described Message>
  void read(const json& from, const std::string& where, Message& message) {
    read_message(from, where, message, 0);
  }
  template <class Message>
  void read_message(const json& from, const std::string& where, Message& message, std::size_t more) {
    FieldReader reader(from, where);
    members(reader, message);
    if (auto done = reader.finish(more); done.has_error() && !problem_) problem_ = std::move(done).error();
  }

  const json& object_;
  std::string place_;
  std::size_t seen_ = 0;
  std::optional<base::Error> problem_;
};

}  // namespace wire::node
