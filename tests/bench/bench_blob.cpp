// Blob put and get through the whole service: small blobs a second, and the rate of a large one, beside plain writes
// with fsync and plain reads of the same sizes in the same directory's file system.
#include "running_emulator.h"

#include "base/run_to_end.h"

#include "client/api/blob_client.h"

#include <fcntl.h>
#include <unistd.h>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace {

using base::Async;
using base::Result;
using Clock = std::chrono::steady_clock;

constexpr int kSmall = 300;
constexpr std::size_t kSmallBytes = 4096;
constexpr std::size_t kLargeBytes = 256u << 20;
constexpr double kMebibyte = 1 << 20;
constexpr mode_t kMode = 0600;

double seconds_since(Clock::time_point began) {
  return std::chrono::duration<double>(Clock::now() - began).count();
}

void write_file(const std::filesystem::path& path, std::size_t size, bool sync) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kMode);
  const std::string block(1 << 20, 'x');
  for (std::size_t left = size; left > 0;) {
    const auto wrote = ::write(file, block.data(), std::min(left, block.size()));
    if (wrote <= 0) bench::give_up("cannot write " + path.string());
    left -= static_cast<std::size_t>(wrote);
  }
  if (sync && ::fsync(file) != 0) bench::give_up("cannot sync " + path.string());
  ::close(file);
}

struct Figures {
  double small_put = 0, small_get = 0, large_put = 0, large_get = 0;
};

Async<Result<Figures>> run(client::api::BlobClient& blob, client::api::ContainerAddress container,
                           std::filesystem::path home) {
  Figures figures;
  CO_RETURN_IF_ERROR(co_await blob.create_container(container));
  const auto small = home / "small";
  const auto large = home / "large";
  const auto back = home / "back";
  write_file(small, kSmallBytes, false);
  write_file(large, kLargeBytes, false);
  auto began = Clock::now();
  for (int i = 0; i < kSmall; ++i) {
    client::api::BlobHeaders headers;
    CO_RETURN_IF_ERROR(co_await blob.put_file(container, "s" + std::to_string(i), small, std::move(headers)));
  }
  figures.small_put = seconds_since(began);
  began = Clock::now();
  for (int i = 0; i < kSmall; ++i) {
    CO_RETURN_IF_ERROR(co_await blob.get_file(container, "s" + std::to_string(i), back, kMode));
  }
  figures.small_get = seconds_since(began);
  began = Clock::now();
  client::api::BlobHeaders headers;
  CO_RETURN_IF_ERROR(co_await blob.put_file(container, "large", large, std::move(headers)));
  figures.large_put = seconds_since(began);
  began = Clock::now();
  CO_RETURN_IF_ERROR(co_await blob.get_file(container, "large", back, kMode));
  figures.large_get = seconds_since(began);
  co_return figures;
}

}  // namespace

int main() {
  const bench::RunningEmulator emulator;
  boost::asio::io_context context(1);
  base::Workers workers(2);
  const base::SystemClock clock;
  http::Client http(context.get_executor());
  client::api::BlobClient blob(http, workers, clock, emulator.storage());
  char name[] = "/tmp/batch-emulator-bench-XXXXXX";
  if (!::mkdtemp(name)) bench::give_up("cannot make a temporary directory");
  const std::filesystem::path home = name;
  client::api::ContainerAddress container{.url = emulator.storage().container_url("bench"), .sas = {}};
  const auto ended = base::run_to_end(context, run(blob, std::move(container), home));
  if (ended.has_error()) bench::give_up(ended.error().message);
  const Figures figures = *ended;

  auto began = Clock::now();
  for (int i = 0; i < kSmall; ++i) write_file(home / ("p" + std::to_string(i)), kSmallBytes, true);
  const double plain_small = seconds_since(began);
  began = Clock::now();
  write_file(home / "plain", kLargeBytes, true);
  const double plain_large = seconds_since(began);
  std::filesystem::remove_all(home);
  const double large = kLargeBytes / kMebibyte;
  std::printf("put 4 KiB, one after another  %8.0f /s    (plain file with fsync: %8.0f /s)\n",
              kSmall / figures.small_put, kSmall / plain_small);
  std::printf("get 4 KiB, one after another  %8.0f /s\n", kSmall / figures.small_get);
  std::printf("put 256 MiB                   %8.0f MiB/s (plain file with fsync: %8.0f MiB/s)\n",
              large / figures.large_put, large / plain_large);
  std::printf("get 256 MiB to a file         %8.0f MiB/s\n", large / figures.large_get);
}
