// Taking documents of strangers apart: pugixml keeps no recursion and expands no entities of its own; what is left is
// to refuse document types, which it would skip, and to look at every node we were not told about. Seen by wire/blob
// alone.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <optional>
#include <pugixml.hpp>
#include <string>
#include <string_view>

namespace wire::blob {

/// InvalidXmlDocument with its Reason.
base::Error bad_document(std::string reason);
/// InvalidXmlNodeValue with XmlNodeName and XmlNodeValue.
base::Error bad_value(std::string_view node, std::string_view value);

/// Parses and hands out the root, which must have this name. RequestBodyTooLarge past `limit` bytes.
base::Result<pugi::xml_node> parse_root(pugi::xml_document& document, std::string_view xml, std::size_t limit,
                                        const char* root_name);
/// The text of a node that holds nothing but text.
std::optional<std::string> text_of(const pugi::xml_node& node);
/// White space between elements.
bool is_blank(const pugi::xml_node& node);

}  // namespace wire::blob
