// Pages of lists: the continuation token, the link to the next page, and how far a filtered walk goes (contract 1.7).
#pragma once

#include "emulator/rest/call.h"

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace emulator::rest {

/// A filter that matches little must not make one request walk everything: after so many entries the page ends, maybe
/// empty, with a link to go on.
inline constexpr std::size_t kMostVisitedPerPage = 20'000;

/// Tasks may be large. A page also ends once the documents in it are this long together.
inline constexpr std::size_t kMostDocumentBytesPerPage = 4 * 1024 * 1024;

/// An opaque token that says "after this key"; URL-safe characters only.
std::string skip_token_after(std::string_view key);
/// The key, or nothing on the first page. InvalidQueryParameterValue for a token that none of ours is.
base::Result<std::optional<std::string>> key_after(const Parameters& parameters);
/// The first page's URL with the token: scheme, host and every query parameter as the client sent them.
std::string next_link(const Call& call, std::string_view last_key);

/// The entries of one page, in order.
template <class Entry>
struct Page {
  std::vector<Entry> entries;
  std::string last_key;  ///< of the last entry that was looked at
  bool more = false;
  std::size_t visited = 0;
  std::size_t document_bytes = 0;

  /// Whether the walk goes on to look at one more entry with this key.
  bool take(const Parameters& parameters, const std::string& key) {
    if (entries.size() >= static_cast<std::size_t>(parameters.max_results) || visited >= kMostVisitedPerPage ||
        document_bytes >= kMostDocumentBytesPerPage) {
      more = true;
      return false;
    }
    ++visited;
    last_key = key;
    return true;
  }
  /// Adds an entry that shows this document.
  void add(Entry entry, const core::Document& document) {
    entries.push_back(std::move(entry));
    if (document != nullptr) document_bytes += document->size();
  }
};

/// {"value": [...], "odata.nextLink": ...}
nlohmann::ordered_json list_body(const Call& call, nlohmann::ordered_json values, bool more, std::string_view last_key);

}  // namespace emulator::rest
