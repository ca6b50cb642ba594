// A plain socket: no need for TLS or keep-alive.
#include "emulator/control_client.h"

#include "base/durable_file.h"
#include "base/text.h"
#include "http/client.h"
#include "wire/shared_key.h"
#include "wire/time_text.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <cerrno>
#include <charconv>

namespace emulator {
namespace {

constexpr timeval kStepDeadline{.tv_sec = 5, .tv_usec = 0};
constexpr std::size_t kLargestAnswer = 1024 * 1024;
constexpr std::string_view kStatusLine = "HTTP/1.1 ";

base::Result<base::FileDescriptor> connect_to(const http::Url& url) {
  base::FileDescriptor connection{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (!connection.is_open()) return base::errno_error("opening a socket", errno);
  ::setsockopt(connection.get(), SOL_SOCKET, SO_RCVTIMEO, &kStepDeadline, sizeof kStepDeadline);
  ::setsockopt(connection.get(), SOL_SOCKET, SO_SNDTIMEO, &kStepDeadline, sizeof kStepDeadline);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(url.port);
  ::inet_pton(AF_INET, url.host.c_str(), &address.sin_addr);
  if (::connect(connection.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return base::Error{base::Errc::unavailable, "connecting to " + url.host_header() + ": nobody answers"};
  }
  return connection;
}

struct Question {
  std::string_view method;
  std::string_view path;
  std::string_view body;
};

std::string signed_request(const RunningEmulator& running, const http::Url& url, const std::string& key,
                           const Question& question) {
  std::vector<std::pair<std::string, std::string>> headers{
      {"Host", url.host_header()},
      {"ocp-date", wire::print_http_date(base::SystemClock{}.now())},
      {"Connection", "close"}};
  if (!question.body.empty()) {
    headers.emplace_back("Content-Type", "application/json");
    headers.emplace_back("Content-Length", std::to_string(question.body.size()));
  }
  const wire::SignedRequest request{.method = question.method, .path = question.path, .query = "", .headers = headers};
  auto signature = wire::sign_batch(request, running.batch.account, key);
  headers.emplace_back("Authorization", std::move(signature));
  std::string text = std::string{question.method} + " " + std::string{question.path} + " HTTP/1.1\r\n";
  for (const auto& [name, value] : headers) text += name + ": " + value + "\r\n";
  return text + "\r\n" + std::string{question.body};
}

base::Result<void> send_all(int connection, std::string_view text) {
  while (!text.empty()) {
    const auto count = ::send(connection, text.data(), text.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return base::errno_error("asking the emulator", errno);
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

base::Result<std::string> receive_all(int connection) {
  std::string answer;
  char buffer[4096];
  while (answer.size() < kLargestAnswer) {
    const auto count = ::recv(connection, buffer, sizeof buffer, 0);
    if (count == 0) return answer;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return base::errno_error("reading the emulator's answer", errno);
    answer.append(buffer, static_cast<std::size_t>(count));
  }
  return base::Error{base::Errc::too_large, "the emulator's answer is too long"};
}

}  // namespace

base::Result<ControlAnswer> ask_emulator(const RunningEmulator& running, std::string_view method, std::string_view path,
                                         std::string_view body) {
  ASSIGN_OR_RETURN(const auto url, http::Url::parse(running.batch.url));
  ASSIGN_OR_RETURN(const auto key, base::base64_decode(running.batch.key));
  ASSIGN_OR_RETURN(const auto connection, connect_to(url));
  const Question question{.method = method, .path = path, .body = body};
  RETURN_IF_ERROR(send_all(connection.get(), signed_request(running, url, key, question)));
  ASSIGN_OR_RETURN(auto text, receive_all(connection.get()));
  ControlAnswer answer;
  const auto end_of_head = text.find("\r\n\r\n");
  const bool has_status = text.starts_with(kStatusLine) && end_of_head != std::string::npos;
  if (has_status) {
    std::from_chars(text.data() + kStatusLine.size(), text.data() + end_of_head, answer.status);
    answer.body = text.substr(end_of_head + 4);
  }
  if (answer.status == 0) {
    return base::Error{base::Errc::unavailable,
                       "asking the emulator: what answers at " + running.batch.url + " does not speak HTTP"};
  }
  return answer;
}

}  // namespace emulator
