// Where rows of containers, blobs and blocks live. Two kinds: SQLite on disk, and maps in memory.
//
// A change is a function over the catalog; it runs alone, and what it wrote is kept or lost as a whole. Contract for
// every change: it checks first and writes then, so that a refusal of the service (an error of wire::blob) has written
// nothing.
#pragma once

#include "base/async.h"
#include "base/result.h"
#include "blobstore/engine/catalog.h"

#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <vector>

namespace blobstore::store {

class MetadataStore {
 public:
  using Change = std::function<base::Result<void>(engine::Catalog&)>;
  using Look = std::function<base::Result<void>(const engine::CatalogView&)>;

  virtual ~MetadataStore() = default;
  /// Returns when the change is durable, or with the error of the change, or with why it could not be kept. After a
  /// commit has failed no further change is taken (unavailable): what the disk holds is only known after a restart.
  /// ServerBusy when too many are waiting.
  virtual base::Async<base::Result<void>> update(Change change) = 0;
  /// Sees only what is durable.
  virtual base::Async<base::Result<void>> read(Look look) = 0;

  /// For start-up; blocks. Every extent that a row names, in no order, with repeats.
  virtual base::Result<std::vector<engine::ExtentId>> extents_in_use() = 0;
  /// For start-up; blocks. What is kept for every account.
  virtual base::Result<std::vector<engine::Service>> services() = 0;

  /// Takes no further change and returns when those under way are done.
  virtual base::Async<void> stop() = 0;
};

namespace detail {
template <class F, class View>
using Shared = std::shared_ptr<std::optional<std::invoke_result_t<F&, View>>>;

/// `work` with its result put aside, as a copyable function.
template <class F, class View>
auto keeping_result(F work, Shared<F, View> outcome) {
  auto shared = std::make_shared<F>(std::move(work));
  return [shared, outcome](View view) -> base::Result<void> {
    outcome->emplace((*shared)(view));
    if ((*outcome)->has_error()) return (*outcome)->error();
    return {};
  };
}
}  // namespace detail

/// `work(catalog)` as a change; its Result<T> is the result.
template <class F>
base::Async<std::invoke_result_t<F&, engine::Catalog&>> update(MetadataStore& store, F work) {
  detail::Shared<F, engine::Catalog&> outcome =
      std::make_shared<std::optional<std::invoke_result_t<F&, engine::Catalog&>>>();
  MetadataStore::Change change = detail::keeping_result<F, engine::Catalog&>(std::move(work), outcome);
  auto done = co_await store.update(std::move(change));
  if (done.has_error()) co_return std::move(done).error();
  co_return std::move(**outcome);
}

/// `work(view)` as a look; its Result<T> is the result.
template <class F>
base::Async<std::invoke_result_t<F&, const engine::CatalogView&>> read(MetadataStore& store, F work) {
  detail::Shared<F, const engine::CatalogView&> outcome =
      std::make_shared<std::optional<std::invoke_result_t<F&, const engine::CatalogView&>>>();
  MetadataStore::Look look = detail::keeping_result<F, const engine::CatalogView&>(std::move(work), outcome);
  auto done = co_await store.read(std::move(look));
  if (done.has_error()) co_return std::move(done).error();
  co_return std::move(**outcome);
}

}  // namespace blobstore::store
