#include "wire/blob/xml_nodes.h"

#include "base/text.h"
#include "wire/blob/errors.h"

namespace wire::blob {

base::Error bad_document(std::string reason) {
  return error(ErrorCode::InvalidXmlDocument, {{"Reason", std::move(reason)}});
}
base::Error bad_value(std::string_view node, std::string_view value) {
  return error(ErrorCode::InvalidXmlNodeValue,
               {{"XmlNodeName", std::string(node)}, {"XmlNodeValue", std::string(value)}});
}

base::Result<pugi::xml_node> parse_root(pugi::xml_document& document, std::string_view xml, std::size_t limit,
                                        const char* root_name) {
  if (xml.size() > limit) return error(ErrorCode::RequestBodyTooLarge);
  if (xml.find("<!DOCTYPE") != std::string_view::npos) return bad_document("a document type is not accepted");
  if (xml.find('\0') != std::string_view::npos) return bad_document("a NUL byte");
  // A BOM or declaration may announce UTF-8 only; pugixml would convert others.
  const auto parsed = document.load_buffer(xml.data(), xml.size(), pugi::parse_default | pugi::parse_ws_pcdata_single,
                                           pugi::encoding_utf8);
  if (!parsed) return bad_document(parsed.description());
  const auto root = document.document_element();
  if (std::string_view(root.name()) != root_name || root.next_sibling()) {
    return bad_document(std::string("the root must be ") + root_name);
  }
  return root;
}

std::optional<std::string> text_of(const pugi::xml_node& node) {
  for (const auto& child : node.children()) {
    if (child.type() != pugi::node_pcdata && child.type() != pugi::node_cdata) return std::nullopt;
  }
  return std::string(node.child_value());
}

bool is_blank(const pugi::xml_node& node) {
  return node.type() == pugi::node_pcdata && base::trim(node.value()).empty();
}

}  // namespace wire::blob
