// Escaping and the shapes of elements; the documents themselves are in xml.cpp.
#include "wire/blob/xml_writer.h"

#include "base/text.h"
#include "wire/blob/utf8.h"

namespace wire::blob {
namespace {

constexpr std::string_view kProlog = "\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"utf-8\"?>";

/// XML 1.0, production 2: what a document may hold.
bool is_xml_character(char32_t c) {
  return c == 0x9 || c == 0xA || c == 0xD || (c >= 0x20 && c <= 0xD7FF) || (c >= 0xE000 && c <= 0xFFFD) ||
         (c >= 0x10000 && c <= 0x10FFFF);
}

}  // namespace

XmlWriter::XmlWriter() : text_(kProlog) {}

XmlWriter& XmlWriter::open(std::string_view name, std::string_view attributes) {
  text_.append("<").append(name).append(attributes).append(">");
  return *this;
}

XmlWriter& XmlWriter::close(std::string_view name) {
  text_.append("</").append(name).append(">");
  return *this;
}

XmlWriter& XmlWriter::element(std::string_view name, std::string_view text) {
  if (text.empty()) {
    text_.append("<").append(name).append(" />");
    return *this;
  }
  text_.append("<").append(name).append(">").append(xml_escape(text));
  return close(name);
}

XmlWriter& XmlWriter::name_element(std::string_view name, std::string_view text) {
  if (is_xml_text(text)) return element(name, text);
  open(name, " Encoded=\"true\"");
  text_.append(base::percent_encode(text));
  return close(name);
}

std::string XmlWriter::take() && {
  return std::move(text_);
}

bool is_xml_text(std::string_view text) {
  while (!text.empty()) {
    const auto c = next_character(text);
    if (!c || !is_xml_character(*c)) return false;
  }
  return true;
}

std::string xml_escape(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  while (!text.empty()) {
    const std::string_view before = text;
    const auto c = next_character(text);
    if (!c || !is_xml_character(*c)) {
      escaped += '?';
      if (!c) text.remove_prefix(1);
      continue;
    }
    switch (*c) {
      case '&': escaped += "&amp;"; break;
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      case '"': escaped += "&quot;"; break;
      case '\r': escaped += "&#xD;"; break;
      default: escaped.append(before.substr(0, before.size() - text.size()));
    }
  }
  return escaped;
}

}  // namespace wire::blob
