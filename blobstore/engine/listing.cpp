// One loop over names in order, fed in batches. A delimiter's prefix is emitted once and then jumped over, so that a
// directory of a million blobs costs one step.
#include "blobstore/engine/listing.h"

#include "blobstore/engine/catalog.h"

#include <algorithm>
#include <deque>

namespace blobstore::engine {
namespace {

/// Rows fetched at once.
constexpr std::size_t kBatch = 256;

/// Blobs and names with staged blocks as one ordered stream.
class NamesInOrder {
 public:
  NamesInOrder(const CatalogView& catalog, std::int64_t container, bool with_uncommitted, std::string start,
               std::size_t expected)
      : catalog_(catalog),
        container_(container),
        batch_(std::min(expected + 1, kBatch)),
        blobs_from_(start),
        staged_from_(std::move(start)),
        no_more_staged_(!with_uncommitted) {}

  /// The next entry, or null at the end. Valid until advance() or skip_to().
  base::Result<const ListedBlob*> peek() {
    if (current_) return &*current_;
    RETURN_IF_ERROR(fill());
    if (blobs_.empty() && staged_.empty()) return nullptr;
    current_.emplace();
    if (staged_.empty() || (!blobs_.empty() && blobs_.front().name <= staged_.front())) {
      if (!staged_.empty() && blobs_.front().name == staged_.front()) staged_.pop_front();
      current_->blob = std::move(blobs_.front());
      blobs_.pop_front();
    } else {
      current_->kind = ListedBlob::Kind::uncommitted;
      current_->blob.name = std::move(staged_.front());
      staged_.pop_front();
    }
    return &*current_;
  }
  ListedBlob take() {
    auto taken = std::move(*current_);
    current_.reset();
    return taken;
  }
  /// Goes on at the first name that is not less than `name`.
  void skip_to(const std::string& name) {
    current_.reset();
    std::erase_if(blobs_, [&](const Blob& blob) { return blob.name < name; });
    std::erase_if(staged_, [&](const std::string& staged) { return staged < name; });
    blobs_from_ = std::max(blobs_from_, name);
    staged_from_ = std::max(staged_from_, name);
  }

 private:
  base::Result<void> fill() {
    if (blobs_.empty() && !no_more_blobs_) {
      ASSIGN_OR_RETURN(auto rows, catalog_.blobs_from(container_, blobs_from_, batch_));
      no_more_blobs_ = rows.size() < batch_;
      if (!rows.empty()) blobs_from_ = rows.back().name + '\0';
      std::ranges::move(rows, std::back_inserter(blobs_));
    }
    if (staged_.empty() && !no_more_staged_) {
      ASSIGN_OR_RETURN(auto names, catalog_.staged_names_from(container_, staged_from_, batch_));
      no_more_staged_ = names.size() < batch_;
      if (!names.empty()) staged_from_ = names.back() + '\0';
      std::ranges::move(names, std::back_inserter(staged_));
    }
    return {};
  }

  const CatalogView& catalog_;
  std::int64_t container_;
  std::size_t batch_;
  std::string blobs_from_;
  std::string staged_from_;
  std::deque<Blob> blobs_;
  std::deque<std::string> staged_;
  bool no_more_blobs_ = false;
  bool no_more_staged_;
  std::optional<ListedBlob> current_;
};

/// "dir/" of "dir/name" under the query's prefix, or nothing when the name has no delimiter after it.
std::optional<std::string> prefix_of(const std::string& name, const ListQuery& query) {
  if (query.delimiter.empty()) return std::nullopt;
  const auto found = name.find(query.delimiter, query.prefix.size());
  if (found == std::string::npos) return std::nullopt;
  return name.substr(0, found + query.delimiter.size());
}

}  // namespace

std::string after_prefix(std::string prefix) {
  while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xFF) prefix.pop_back();
  if (!prefix.empty()) prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
  return prefix;
}

base::Result<BlobPage> list_blobs(const CatalogView& catalog, std::int64_t container, const ListQuery& query) {
  NamesInOrder names(catalog, container, query.with_uncommitted, std::max(query.start, query.prefix), query.limit);
  BlobPage page;
  while (true) {
    ASSIGN_OR_RETURN(const ListedBlob* next, names.peek());
    if (!next || !next->blob.name.starts_with(query.prefix)) return page;
    if (page.blobs.size() == query.limit) {
      page.next = next->blob.name;
      return page;
    }
    if (auto prefix = prefix_of(next->blob.name, query)) {
      const std::string after = after_prefix(*prefix);
      page.blobs.push_back({.kind = ListedBlob::Kind::prefix});
      page.blobs.back().blob.name = std::move(*prefix);
      if (after.empty()) return page;
      names.skip_to(after);
    } else {
      page.blobs.push_back(names.take());
    }
  }
}

base::Result<ContainerPage> list_containers(const CatalogView& catalog, std::string_view account,
                                            const ListQuery& query) {
  ContainerPage page;
  ASSIGN_OR_RETURN(page.containers,
                   catalog.containers_from(account, std::max(query.start, query.prefix), query.limit + 1));
  const auto end = std::ranges::find_if_not(
      page.containers, [&](const Container& container) { return container.name.starts_with(query.prefix); });
  page.containers.erase(end, page.containers.end());
  if (page.containers.size() > query.limit) {
    page.next = page.containers.back().name;
    page.containers.pop_back();
  }
  return page;
}

}  // namespace blobstore::engine
