// Writes XML as the service does: no indentation, `<Empty />` for empty elements, a BOM in front.
#pragma once

#include <string>
#include <string_view>

namespace wire::blob {

class XmlWriter {
 public:
  XmlWriter();
  /// `attributes` is written as it stands: " Name=\"value\"".
  XmlWriter& open(std::string_view name, std::string_view attributes = {});
  XmlWriter& close(std::string_view name);
  /// Text is escaped; characters that XML 1.0 cannot carry become '?'.
  XmlWriter& element(std::string_view name, std::string_view text);
  /// A name that may hold what XML cannot: then percent-encoded and marked Encoded="true" ("List Blobs", 2021-02-12).
  XmlWriter& name_element(std::string_view name, std::string_view text);
  /// The document, with declaration and BOM.
  [[nodiscard]] std::string take() &&;

 private:
  std::string text_;
};

/// Whether `text` is UTF-8 that XML 1.0 can carry.
bool is_xml_text(std::string_view text);
/// Escaped for use in text and in double-quoted attributes.
std::string xml_escape(std::string_view text);

}  // namespace wire::blob
