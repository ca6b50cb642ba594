// Uploads: read a piece, hand it to a worker that writes it and adds it to the checksums, and so on; sync last.
#include "base/text.h"
#include "blobstore/rest/bodies.h"
#include "wire/blob/digest.h"
#include "wire/blob/errors.h"

#include <algorithm>

namespace blobstore::rest {
namespace {

using wire::blob::ErrorCode;

/// An extent in the making with its checksums; used on workers, one at a time.
class Intake {
 public:
  Intake(std::shared_ptr<store::ExtentStore> extents, bool with_md5)
      : extents_(std::move(extents)), with_md5_(with_md5) {}

  base::Result<void> add(std::string_view bytes) {
    if (bytes.empty()) return {};
    if (!writer_) {
      ASSIGN_OR_RETURN(writer_, extents_->create());
    }
    crc64_.add(bytes);
    if (with_md5_) md5_.add(bytes);
    size_ += bytes.size();
    return writer_->append(bytes);
  }

  /// Compares, then makes the extent durable.
  base::Result<Received> finish(const Checksums& expected) {
    Received received{.size = size_, .crc64 = crc64_.bytes()};
    if (with_md5_) received.md5 = md5_.finish();
    if (!expected.md5.empty() && expected.md5 != received.md5) {
      return wire::blob::error(ErrorCode::Md5Mismatch, {{"UserSpecifiedMd5", base::base64_encode(expected.md5)},
                                                        {"ServerCalculatedMd5", base::base64_encode(received.md5)}});
    }
    if (!expected.crc64.empty() && expected.crc64 != received.crc64) {
      return wire::blob::error(ErrorCode::Crc64Mismatch,
                               {{"UserSpecifiedCrc64", base::base64_encode(expected.crc64)},
                                {"ServerCalculatedCrc64", base::base64_encode(received.crc64)}});
    }
    if (writer_) {
      RETURN_IF_ERROR(writer_->seal());
      received.extent = writer_->id();
    }
    return received;
  }

 private:
  std::shared_ptr<store::ExtentStore> extents_;  ///< outlives the writer
  const bool with_md5_;
  std::unique_ptr<store::ExtentWriter> writer_;
  wire::blob::Crc64 crc64_;
  wire::blob::Md5 md5_;
  std::uint64_t size_ = 0;
};

/// An intake whose end, which may remove a file, happens on a worker even when the request is cancelled.
std::shared_ptr<Intake> make_intake(Backend& backend, bool with_md5) {
  auto owned = std::make_shared<Intake>(backend.extents, with_md5);
  auto* intake = owned.get();
  return {intake, [owned = std::move(owned), &workers = backend.workers](Intake*) mutable {
            boost::asio::post(workers.pool(), [owned = std::move(owned)]() mutable { owned.reset(); });
          }};
}

/// Fills `buffer` as far as `wanted`; a body that ends before is the client's failure.
base::Async<base::Result<void>> fill(http::BodySource& body, std::span<char> wanted) {
  while (!wanted.empty()) {
    CO_ASSIGN_OR_RETURN(const std::size_t got, co_await body.read_some(wanted));
    if (got == 0) co_return wire::blob::error(ErrorCode::InvalidInput, "The request body ended early.");
    wanted = wanted.subspan(got);
  }
  co_return base::Result<void>();
}

}  // namespace

base::Async<base::Result<Received>> receive_body(Backend& backend, Call& call, std::uint64_t length, Checksums expected,
                                                 bool with_md5) {
  co_return co_await receive_from(backend, *call.request.body, length, std::move(expected), with_md5);
}

base::Async<base::Result<Received>> receive_from(Backend& backend, http::BodySource& body, std::uint64_t length,
                                                 Checksums expected, bool with_md5) {
  auto intake = make_intake(backend, with_md5 || !expected.md5.empty());
  const std::size_t piece = length <= kSmallBody ? kSmallBody : kPiece;
  auto buffer = std::make_shared<std::string>();
  std::uint64_t left = length;
  while (left > piece) {
    buffer->resize(piece);
    CO_RETURN_IF_ERROR(co_await fill(body, *buffer));
    auto write = [intake, buffer] { return intake->add(*buffer); };
    CO_RETURN_IF_ERROR(co_await base::on_worker(backend.workers, std::move(write)));
    left -= piece;
  }
  buffer->resize(static_cast<std::size_t>(left));
  CO_RETURN_IF_ERROR(co_await fill(body, *buffer));
  auto finish = [intake, buffer, expected = std::move(expected)]() -> base::Result<Received> {
    RETURN_IF_ERROR(intake->add(*buffer));
    return intake->finish(expected);
  };
  co_return co_await base::on_worker(backend.workers, std::move(finish));
}

void discard(Backend& backend, const Received& received, const base::Error& why) {
  if (received.size == 0 || why.code.category() != wire::blob::error_category()) return;
  backend.collector->retire({received.extent});
}

base::Async<base::Result<void>> stage_received(Backend& backend, const Call& call, std::string id, Received received) {
  engine::StagedBlock block{.id = std::move(id), .size = received.size, .extent = received.extent, .staged = call.now};
  auto change = [target = call.blob_target(), block = std::move(block)](engine::Catalog& catalog) {
    return engine::stage_block(catalog, target, block);
  };
  auto staged = co_await store::update(*backend.metadata, std::move(change));
  if (staged.has_error()) {
    discard(backend, received, staged.error());
    co_return std::move(staged).error();
  }
  backend.collector->retire(std::move(*staged));
  co_return base::Result<void>();
}

base::Async<base::Result<std::string>> receive_text(Call& call, std::size_t limit) {
  if (call.request.content_length && *call.request.content_length > limit) {
    co_return wire::blob::error(ErrorCode::RequestBodyTooLarge, {{"MaxLimit", std::to_string(limit)}});
  }
  CO_ASSIGN_OR_RETURN(const auto expected, read_checksums(call));
  CO_ASSIGN_OR_RETURN(auto text, co_await http::read_all(*call.request.body, limit));
  if (!expected.md5.empty() && base::md5(text) != expected.md5) co_return wire::blob::error(ErrorCode::Md5Mismatch);
  wire::blob::Crc64 crc64;
  crc64.add(text);
  if (!expected.crc64.empty() && crc64.bytes() != expected.crc64) {
    co_return wire::blob::error(ErrorCode::Crc64Mismatch);
  }
  co_return text;
}

}  // namespace blobstore::rest
