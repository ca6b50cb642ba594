// Header fields and bodies in memory.
#include "http/message.h"

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

namespace http {
namespace {

TEST(HeadersTest, NamesCompareWithoutCaseAndKeepTheirs) {
  Headers headers{{"ETag", "1"}, {"X", "a"}, {"x", "b"}};
  EXPECT_EQ(headers.get("etag"), "1");
  EXPECT_EQ(headers.count("X"), 2U);
  EXPECT_EQ(headers.get("none"), "");
  EXPECT_EQ(headers.find("none"), std::nullopt);
  headers.set("X", "c");
  EXPECT_EQ(headers.count("x"), 1U);
  EXPECT_EQ(headers.get("x"), "c");
  headers.remove("ETAG");
  EXPECT_EQ(headers.fields().size(), 1U);
}

base::Async<void> read_into(std::optional<base::Result<std::string>>& out, std::size_t size, std::size_t limit) {
  const auto source = body_from_text(std::string(size, 'x'));
  out.emplace(co_await read_all(*source, limit));
}

base::Result<std::string> read_with_limit(std::size_t size, std::size_t limit) {
  boost::asio::io_context context;
  std::optional<base::Result<std::string>> out;
  auto reading = read_into(out, size, limit);
  boost::asio::co_spawn(context, std::move(reading), [](std::exception_ptr thrown) { EXPECT_FALSE(thrown); });
  context.run();
  return std::move(*out);
}

TEST(BodyTest, BodyOfExactlyTheLimitIsRead) {
  for (const std::size_t size : {0U, 1U, 16'384U, 16'385U, 100'000U}) {
    EXPECT_EQ(read_with_limit(size, size)->size(), size);
    EXPECT_EQ(read_with_limit(size, size + 1)->size(), size);
  }
}

TEST(BodyTest, LongerBodyIsTooLarge) {
  for (const std::size_t size : {1U, 16'384U, 16'385U, 100'000U}) {
    EXPECT_EQ(read_with_limit(size, size - 1).error().code, base::Errc::too_large);
  }
}

TEST(RequestTest, BaseUrlRepeatsTheHost) {
  Request request;
  request.headers.add("host", "localhost:10100");
  EXPECT_EQ(request.base_url(), "http://localhost:10100");
  request.secure = true;
  EXPECT_EQ(request.base_url(), "https://localhost:10100");
}

}  // namespace
}  // namespace http
