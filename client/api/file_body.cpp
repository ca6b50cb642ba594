// A file's bytes on their way into a request.
#include "base/durable_file.h"
#include "client/api/blob_client.h"

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>

namespace client::api {
namespace {

using base::Async;
using base::Result;

class FileBody final : public http::BodySource {
 public:
  FileBody(base::Workers& workers, std::filesystem::path file, std::uint64_t offset, std::uint64_t size)
      : workers_(workers), path_(std::move(file)), offset_(offset), left_(size) {}

  Async<Result<std::size_t>> read_some(std::span<char> into) override {
    if (left_ == 0) co_return std::size_t{0};
    auto read = [this, into] { return read_blocking(into); };
    co_return co_await base::on_worker(workers_, std::move(read));
  }

 private:
  Result<std::size_t> read_blocking(std::span<char> into) {
    if (!file_.is_open()) {
      ASSIGN_OR_RETURN(file_, base::open_file(path_, O_RDONLY));
    }
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left_, into.size()));
    ssize_t got = -1;
    do {
      got = ::pread(file_.get(), into.data(), wanted, static_cast<off_t>(offset_));
    } while (got < 0 && errno == EINTR);
    if (got < 0) return base::errno_error("reading " + path_.string(), errno);
    if (got == 0) return base::Error(base::Errc::io, "reading " + path_.string() + ": the file became shorter");
    offset_ += static_cast<std::uint64_t>(got);
    left_ -= static_cast<std::uint64_t>(got);
    return static_cast<std::size_t>(got);
  }

  base::Workers& workers_;
  std::filesystem::path path_;
  std::uint64_t offset_;
  std::uint64_t left_;
  base::FileDescriptor file_;
};

}  // namespace

std::unique_ptr<http::BodySource> body_from_file(base::Workers& workers, std::filesystem::path file,
                                                 std::uint64_t offset, std::uint64_t size) {
  return std::make_unique<FileBody>(workers, std::move(file), offset, size);
}

}  // namespace client::api
