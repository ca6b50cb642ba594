#include "emulator/store/record_codec.h"

#include "emulator/store/record_fields.h"
#include "wire/batch/vocabulary.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>

namespace emulator::store {
namespace {

using core::Document;
using core::Ticks;
using core::Timestamp;
using nlohmann::json;

/// Writes the members of one object. Empty optionals, lists, texts and pointers are left out: they read as empty.
class Writer {
 public:
  Writer() { text_.reserve(512); }
  std::string take() && { return std::move(text_); }

  template <class T>
  void operator()(std::string_view name, const T& value) {
    if (is_absent(value)) return;
    if (!first_) text_ += ',';
    first_ = false;
    text_ += '"';
    text_ += name;
    text_ += "\":";
    write(value);
  }

  template <class T>
  void object(const T& record) {
    const bool outer_first = std::exchange(first_, true);
    text_ += '{';
    fields(*this, record);
    text_ += '}';
    first_ = outer_first;
  }

 private:
  template <class T>
  static bool is_absent(const T&) {
    return false;
  }
  static bool is_absent(const std::string& value) { return value.empty(); }
  /// Most rows have used nothing yet.
  static bool is_absent(const core::Usage& value) { return value == core::Usage{}; }
  static bool is_absent(const core::WorkStatistics& value) { return value == core::WorkStatistics{}; }
  static bool is_absent(const core::PoolUsage& value) { return value == core::PoolUsage{}; }
  template <class T>
  static bool is_absent(const std::optional<T>& value) {
    return !value.has_value();
  }
  template <class T>
  static bool is_absent(const std::vector<T>& value) {
    return value.empty();
  }
  template <class T>
  static bool is_absent(const std::shared_ptr<T>& value) {
    return value == nullptr;
  }

  void write(bool value) { text_ += value ? "true" : "false"; }
  template <std::integral T>
  void write(T value) {
    std::array<char, 24> digits{};
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
    text_.append(digits.data(), end);
  }
  void write(Ticks value) { write(value.count()); }
  void write(Timestamp value) { write(value.time_since_epoch().count()); }
  void write(const std::string& value) {
    if (std::ranges::all_of(value, [](unsigned char c) { return c >= ' ' && c < 0x7F && c != '"' && c != '\\'; })) {
      text_ += '"';
      text_ += value;
      text_ += '"';
    } else {
      text_ += json(value).dump(-1, ' ', false, json::error_handler_t::replace);
    }
  }
  template <class Tag>
  void write(const base::CaselessId<Tag>& value) {
    write(value.text());
  }
  template <wire::batch::NamedEnum E>
  void write(E value) {
    text_ += '"';
    text_ += wire::batch::name_of(value);
    text_ += '"';
  }
  template <class T>
  void write(const std::optional<T>& value) {
    write(*value);
  }
  template <class T>
  void write(const std::shared_ptr<T>& value) {
    write(*value);
  }
  template <class A, class B>
  void write(const std::pair<A, B>& value) {
    text_ += '[';
    write(value.first);
    text_ += ',';
    write(value.second);
    text_ += ']';
  }
  template <class T>
  void write(const std::vector<T>& values) {
    text_ += '[';
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0) text_ += ',';
      write(values[i]);
    }
    text_ += ']';
  }
  template <class T>
  requires(std::is_class_v<T>) void write(const T& record) { object(record); }

  std::string text_;
  bool first_ = true;
};

/// Reads what a Writer wrote. The first member that is not of its type is remembered; what follows no longer matters.
class Reader {
 public:
  explicit Reader(const json& object) : object_(object) {}

  template <class T>
  void operator()(const char* name, T& value) {
    const auto member = object_.find(name);
    if (member != object_.end() && !read(*member, value) && bad_member_.empty()) bad_member_ = name;
  }
  [[nodiscard]] const std::string& bad_member() const { return bad_member_; }

 private:
  static bool read(const json& from, bool& to) {
    if (!from.is_boolean()) return false;
    to = from.get<bool>();
    return true;
  }
  template <std::integral T>
  static bool read(const json& from, T& to) {
    if (!from.is_number_integer()) return false;
    if constexpr (std::is_unsigned_v<T>) {
      if (!from.is_number_unsigned()) return false;
      to = from.get<T>();
      return true;
    } else {
      if (from.is_number_unsigned() && from.get<std::uint64_t>() > std::uint64_t{std::numeric_limits<T>::max()}) {
        return false;
      }
      const auto number = from.get<std::int64_t>();
      if (number < std::numeric_limits<T>::min() || number > std::numeric_limits<T>::max()) return false;
      to = static_cast<T>(number);
      return true;
    }
  }
  static bool read(const json& from, Ticks& to) {
    Ticks::rep count = 0;
    if (!read(from, count)) return false;
    to = Ticks{count};
    return true;
  }
  static bool read(const json& from, Timestamp& to) {
    Ticks since{};
    if (!read(from, since)) return false;
    to = Timestamp{since};
    return true;
  }
  static bool read(const json& from, std::string& to) {
    if (!from.is_string()) return false;
    to = from.get_ref<const std::string&>();
    return true;
  }
  template <class Tag>
  static bool read(const json& from, base::CaselessId<Tag>& to) {
    if (!from.is_string()) return false;
    to = base::CaselessId<Tag>{from.get_ref<const std::string&>()};
    return true;
  }
  template <wire::batch::NamedEnum E>
  static bool read(const json& from, E& to) {
    if (!from.is_string()) return false;
    const auto value = wire::batch::parse<E>(from.get_ref<const std::string&>());
    if (!value) return false;
    to = *value;
    return true;
  }
  template <class T>
  static bool read(const json& from, std::optional<T>& to) {
    return read(from, to.emplace());
  }
  template <class T>
  static bool read(const json& from, std::shared_ptr<const T>& to) {
    auto value = std::make_shared<T>();
    if (!read(from, *value)) return false;
    to = std::move(value);
    return true;
  }
  template <class A, class B>
  static bool read(const json& from, std::pair<A, B>& to) {
    return from.is_array() && from.size() == 2 && read(from[0], to.first) && read(from[1], to.second);
  }
  template <class T>
  static bool read(const json& from, std::vector<T>& to) {
    if (!from.is_array()) return false;
    to.clear();
    for (const auto& item : from) {
      if (!read(item, to.emplace_back())) return false;
    }
    return true;
  }
  template <class T>
  requires(std::is_class_v<T>) static bool read(const json& from, T& to) {
    if (!from.is_object()) return false;
    Reader reader(from);
    fields(reader, to);
    return reader.bad_member().empty();
  }

  const json& object_;
  std::string bad_member_;
};

template <class Record>
std::string encode(const Record& record) {
  Writer writer;
  writer.object(record);
  return std::move(writer).take();
}

template <class Record>
base::Result<Record> decode(std::string_view text) {
  const json object = json::parse(text, nullptr, false);
  if (!object.is_object()) return base::Error(base::Errc::corrupt, "a stored record is not a JSON object");
  Record record;
  Reader reader(object);
  fields(reader, record);
  if (!reader.bad_member().empty()) {
    return base::Error(base::Errc::corrupt, "member " + reader.bad_member() + " of a stored record is not of its type");
  }
  return record;
}

}  // namespace

std::string encode_state(const core::PoolRecord& record) {
  return encode(record);
}
std::string encode_state(const core::NodeRecord& record) {
  return encode(record);
}
std::string encode_state(const core::JobRecord& record) {
  return encode(record);
}
std::string encode_state(const core::TaskRecord& record) {
  return encode(record);
}
std::string encode_state(const core::SampleRecord& record) {
  return encode(record);
}
std::string encode_state(const core::JobScheduleRecord& record) {
  return encode(record);
}
std::string encode_state(const core::UsageRecord& record) {
  return encode(record);
}
std::string encode_state(const core::TotalsRecord& record) {
  return encode(record);
}
std::string encode_state(const core::JobNodeRecord& record) {
  return encode(record);
}

std::string encode_state(const core::ApplicationRecord& record) {
  return encode(record);
}
std::string encode_state(const core::CertificateRecord& record) {
  return encode(record);
}

base::Result<core::ApplicationRecord> decode_application_state(std::string_view text) {
  return decode<core::ApplicationRecord>(text);
}
base::Result<core::CertificateRecord> decode_certificate_state(std::string_view text) {
  return decode<core::CertificateRecord>(text);
}
base::Result<core::PoolRecord> decode_pool_state(std::string_view text) {
  return decode<core::PoolRecord>(text);
}
base::Result<core::NodeRecord> decode_node_state(std::string_view text) {
  return decode<core::NodeRecord>(text);
}
base::Result<core::JobRecord> decode_job_state(std::string_view text) {
  return decode<core::JobRecord>(text);
}
base::Result<core::TaskRecord> decode_task_state(std::string_view text) {
  return decode<core::TaskRecord>(text);
}
base::Result<core::SampleRecord> decode_sample_state(std::string_view text) {
  return decode<core::SampleRecord>(text);
}
base::Result<core::JobScheduleRecord> decode_job_schedule_state(std::string_view text) {
  ASSIGN_OR_RETURN(auto record, decode<core::JobScheduleRecord>(text));
  if (record.specification == nullptr) {
    return base::Error(base::Errc::corrupt, "a stored job schedule has no specification");
  }
  return record;
}
base::Result<core::UsageRecord> decode_usage_state(std::string_view text) {
  return decode<core::UsageRecord>(text);
}
base::Result<core::TotalsRecord> decode_totals_state(std::string_view text) {
  return decode<core::TotalsRecord>(text);
}
base::Result<core::JobNodeRecord> decode_job_node_state(std::string_view text) {
  return decode<core::JobNodeRecord>(text);
}

}  // namespace emulator::store
