// The codec: text to and from the descriptions of every message (messages.h).
#include "wire/node/protocol.h"

#include "wire/node/fields.h"
#include "wire/node/messages.h"

namespace wire::node {
namespace {

using Json = nlohmann::json;

template <class Message>
std::string to_text(const Message& message) {
  return FieldWriter::write(message).dump(-1, ' ', false, Json::error_handler_t::replace);
}

template <class Message>
base::Result<Message> from_text(std::string_view text, const char* name) {
  if (text.size() > kLargestMessage) {
    return base::Error(base::Errc::too_large, std::string("reading ") + name + ": the message is too long");
  }
  const auto json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) {
    return base::Error(base::Errc::invalid_argument, std::string("reading ") + name + ": not JSON");
  }
  Message message;
  FieldReader reader(json, "");
  members(reader, message);
  if (auto done = reader.finish(); done.has_error()) return std::move(done).error().in(std::string("reading ") + name);
  return message;
}

template <class Item>
base::Result<void> check_count(const std::vector<Item>& items, const char* name) {
  if (items.size() <= kMostPerMessage) return {};
  return base::Error(base::Errc::too_large, std::string("reading ") + name + ": more items than a message may have");
}

}  // namespace

std::string encode(const Handover& message) {
  return to_text(message);
}
std::string encode(const Endpoint& message) {
  return to_text(message);
}
std::string encode(const Registration& message) {
  return to_text(message);
}
std::string encode(const NodeSettings& message) {
  return to_text(message);
}
std::string encode(const Fetch& message) {
  return to_text(message);
}
std::string encode(const Orders& message) {
  return to_text(message);
}
std::string encode(const Order& order) {
  return to_text(order);
}
std::string encode(const Reports& message) {
  return to_text(message);
}
std::string encode(const Acknowledged& message) {
  return to_text(message);
}

std::string join_orders(std::span<const std::string> encoded_orders) {
  std::string text = R"({"orders":[)";
  for (const auto& order : encoded_orders) {
    if (&order != encoded_orders.data()) text += ',';
    text += order;
  }
  return text += "]}";
}

std::optional<int> protocol_of(std::string_view text) {
  if (text.size() > kLargestMessage) return std::nullopt;
  const auto json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  const auto version = json.find("protocol");
  if (version == json.end() || !version->is_number_integer()) return std::nullopt;
  return version->get<int>();
}

base::Result<Handover> decode_handover(std::string_view text) {
  return from_text<Handover>(text, "a handover");
}
base::Result<Endpoint> decode_endpoint(std::string_view text) {
  return from_text<Endpoint>(text, "an endpoint file");
}
base::Result<Registration> decode_registration(std::string_view text) {
  return from_text<Registration>(text, "a registration");
}
base::Result<NodeSettings> decode_node_settings(std::string_view text) {
  return from_text<NodeSettings>(text, "node settings");
}
base::Result<Fetch> decode_fetch(std::string_view text) {
  return from_text<Fetch>(text, "a fetch");
}
base::Result<Orders> decode_orders(std::string_view text) {
  ASSIGN_OR_RETURN(auto message, from_text<Orders>(text, "orders"));
  RETURN_IF_ERROR(check_count(message.orders, "orders"));
  return message;
}
base::Result<Reports> decode_reports(std::string_view text) {
  ASSIGN_OR_RETURN(auto message, from_text<Reports>(text, "reports"));
  RETURN_IF_ERROR(check_count(message.reports, "reports"));
  return message;
}
base::Result<Acknowledged> decode_acknowledged(std::string_view text) {
  return from_text<Acknowledged>(text, "an acknowledgement");
}

}  // namespace wire::node
