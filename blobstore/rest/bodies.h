// Bytes between socket and extents: never a whole body in memory, unless it is small.
#pragma once

#include "base/async.h"
#include "base/result.h"
#include "blobstore/rest/request_fields.h"
#include "http/message.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace blobstore::rest {

/// Bodies up to this size are read, written and answered in one step each.
inline constexpr std::size_t kSmallBody = 64 * 1024;
/// Bytes moved at once for larger ones.
inline constexpr std::size_t kPiece = 256 * 1024;

/// A body that lies in a sealed extent (none when it was empty) and that no row names yet.
struct Received {
  std::uint64_t size = 0;
  engine::ExtentId extent{};
  std::string md5;    ///< raw; empty unless asked for
  std::string crc64;  ///< eight bytes
};

/// Reads the request's body of `length` bytes into an extent. Md5Mismatch or Crc64Mismatch when it is not what was
/// announced; then, as after any failure, nothing is left.
base::Async<base::Result<Received>> receive_body(Backend& backend, Call& call, std::uint64_t length, Checksums expected,
                                                 bool with_md5);
/// The same from another source, which must live until the coroutine has ended.
base::Async<base::Result<Received>> receive_from(Backend& backend, http::BodySource& body, std::uint64_t length,
                                                 Checksums expected, bool with_md5);
/// The extent of a change that was refused goes; after another failure it is unknown whether a row names it, and the
/// next start decides.
void discard(Backend& backend, const Received& received, const base::Error& why);
/// What was received becomes a staged block of the call's blob; the block of this id that it replaces goes.
base::Async<base::Result<void>> stage_received(Backend& backend, const Call& call, std::string id, Received received);

/// Reads at most `limit` bytes and checks them; for block lists and policies.
base::Async<base::Result<std::string>> receive_text(Call& call, std::size_t limit);

/// A part of a blob: the blocks that hold it, as rows tell.
struct BlobPart {
  std::vector<engine::Block> blocks;
  engine::ByteRange range;
};
/// Blocks on the calling thread: the part's bytes in one string.
base::Result<std::string> read_part(store::ExtentStore& extents, const BlobPart& part);
/// The part as a body; `reading` keeps its extents from being removed.
std::unique_ptr<http::BodySource> stream_part(Backend& backend, BlobPart part, store::Collector::Reading reading);

}  // namespace blobstore::rest
