// A blob service on a port, for trying clients by hand and for the HTTP tests of other programs:
// serve-blob PORT DIRECTORY|:memory: ACCOUNT BASE64-KEY. Prints the port; ends when its standard input does.
#include "base/text.h"
#include "blobstore/blob_service.h"
#include "http/server.h"

#include <unistd.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/streambuf.hpp>
#include <cstdio>
#include <cstdlib>

namespace {

base::Async<void> end_with_input(boost::asio::io_context& io, http::Server& server, blobstore::BlobService& service) {
  boost::asio::posix::stream_descriptor input(io, ::dup(STDIN_FILENO));
  boost::asio::streambuf ignored;
  // Ends with end-of-file, which is what is waited for.
  [[maybe_unused]] const auto read =
      co_await boost::asio::async_read(input, ignored, boost::asio::as_tuple(boost::asio::use_awaitable));
  co_await server.stop(std::chrono::seconds(2));
  co_await service.stop();
  io.stop();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: serve-blob PORT DIRECTORY|:memory: ACCOUNT BASE64-KEY\n");
    return 2;
  }
  const std::string directory = argv[2];
  auto key = base::base64_decode(argv[4]);
  if (key.has_error()) return 2;
  boost::asio::io_context io;
  base::Workers workers(4);
  const base::SystemClock clock;
  blobstore::BlobServiceOptions options{.directory = directory, .in_memory = directory == ":memory:"};
  options.accounts =
      std::make_shared<blobstore::FixedAccounts>(std::vector<blobstore::Account>{{.name = argv[3], .keys = {*key}}});
  auto service = blobstore::BlobService::open(io.get_executor(), workers, clock, options);
  if (service.has_error()) {
    std::fprintf(stderr, "%s\n", service.error().message.c_str());
    return 1;
  }
  http::ServerOptions server_options{.port = static_cast<std::uint16_t>(std::atoi(argv[1]))};
  server_options.allowed_hosts = {"localhost", "127.0.0.1", "[::1]", "*.blob.localhost", "*.blob.core.windows.net"};
  auto server = http::Server::listen(io.get_executor(), server_options);
  if (server.has_error()) {
    std::fprintf(stderr, "%s\n", server.error().message.c_str());
    return 1;
  }
  auto& blob_service = **service;
  (*server)->start([&blob_service](http::Request& request) { return blob_service.handle(request); },
                   [&blob_service](http::Refusal refusal, const http::Request& request, std::string_view explanation) {
                     return blob_service.refuse(refusal, request, explanation);
                   });
  std::printf("%u\n", (*server)->port());
  std::fflush(stdout);
  boost::asio::co_spawn(io, end_with_input(io, **server, blob_service), [](std::exception_ptr) {});
  io.run();
  return 0;
}
