#include "client/api/download.h"

#include "base/durable_file.h"
#include "base/random.h"
#include "base/text.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>
#include <cerrno>
#include <memory>
#include <vector>

namespace client::api {
namespace {

using base::Async;
using base::Errc;
using base::Error;
using base::Result;

constexpr std::size_t kBufferBytes = 256 * 1024;

struct FreeDigest {
  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};

/// A file being filled, with the MD5 of what went into it. Its temporary name goes when it was not kept.
class PartialFile {
 public:
  explicit PartialFile(std::filesystem::path target)
      : target_(std::move(target)),
        temporary_(target_.parent_path() /
                   ("." + target_.filename().string() + "." + base::hex_encode(base::random_bytes(6)))),
        digest_(EVP_MD_CTX_new()) {
    EVP_DigestInit_ex(digest_.get(), EVP_md5(), nullptr);
  }
  ~PartialFile() {
    if (file_.is_open() || !kept_) ::unlink(temporary_.c_str());
  }
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;

  Result<void> write(std::string_view bytes) {
    if (!file_.is_open()) {
      auto opened = base::open_file(temporary_, O_WRONLY | O_CREAT | O_EXCL, 0600);
      if (opened.has_error()) return refused_by_disk(std::move(opened).error());
      file_ = std::move(*opened);
    }
    auto written = base::write_all(file_.get(), bytes, target_);
    if (written.has_error()) return refused_by_disk(std::move(written).error());
    EVP_DigestUpdate(digest_.get(), bytes.data(), bytes.size());
    size_ += bytes.size();
    return {};
  }

  Result<void> keep(std::optional<std::uint64_t> expected_size, std::string_view expected_md5) {
    RETURN_IF_ERROR(write({}));  // an empty body makes an empty file
    if (expected_size && *expected_size != size_) {
      return Error(Errc::io, "downloading " + target_.string() + ": " + std::to_string(size_) +
                                 " bytes came instead of " + std::to_string(*expected_size));
    }
    unsigned char md5[EVP_MAX_MD_SIZE];
    unsigned int md5_size = 0;
    EVP_DigestFinal_ex(digest_.get(), md5, &md5_size);
    const std::string text = base::base64_encode(std::string_view(reinterpret_cast<const char*>(md5), md5_size));
    if (!expected_md5.empty() && expected_md5 != text) {
      return Error(Errc::io,
                   "downloading " + target_.string() + ": the bytes do not have the MD5 that the service announced");
    }
    auto closed = file_.close();
    if (closed.has_error()) return refused_by_disk(std::move(closed).error());
    if (::rename(temporary_.c_str(), target_.c_str()) != 0) {
      return refused_by_disk(base::errno_error("writing " + target_.string(), errno));
    }
    kept_ = true;
    return {};
  }

 private:
  /// Errc::io is kept for broken transfers, which are worth another try.
  static Error refused_by_disk(Error error) {
    if (error.code != Errc::no_space) error.code = Errc::invalid_argument;
    return error;
  }

  std::filesystem::path target_;
  std::filesystem::path temporary_;
  base::FileDescriptor file_;
  std::unique_ptr<EVP_MD_CTX, FreeDigest> digest_;
  std::uint64_t size_ = 0;
  bool kept_ = false;
};

}  // namespace

Async<Result<void>> save_body(base::Workers& workers, http::ClientResponse response, std::filesystem::path target) {
  auto file = std::make_shared<PartialFile>(std::move(target));
  std::vector<char> buffer(kBufferBytes);
  while (true) {
    auto got = co_await response.body->read_some(buffer);
    if (got.has_error()) {
      auto error = std::move(got).error();
      if (error.code != Errc::deadline_exceeded) error.code = Errc::io;
      co_return error;
    }
    if (*got == 0) break;
    auto write = [file, bytes = std::string_view(buffer.data(), *got)] { return file->write(bytes); };
    CO_RETURN_IF_ERROR(co_await base::on_worker(workers, std::move(write)));
  }
  auto keep = [file, size = response.content_length, md5 = std::string(response.headers.get("Content-MD5"))] {
    return file->keep(size, md5);
  };
  co_return co_await base::on_worker(workers, std::move(keep));
}

}  // namespace client::api
