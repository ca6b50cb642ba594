// The client is a plain socket: one request, one answer with Connection: close, no need for TLS or keep-alive.
#include "emulator/status.h"

#include "base/durable_file.h"
#include "http/client.h"
#include "wire/batch/vocabulary.h"
#include "wire/shared_key.h"
#include "wire/time_text.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <cerrno>
#include <map>
#include <nlohmann/json.hpp>

namespace emulator {
namespace {

using nlohmann::json;

constexpr timeval kStatusDeadline{.tv_sec = 5, .tv_usec = 0};
constexpr std::size_t kMaxStatusBytes = 1024 * 1024;

struct Tally {
  std::size_t pools = 0;
  std::size_t jobs = 0;
  std::map<std::string, std::int64_t> nodes;
  core::TaskCounts tasks;
};

Tally tally(const core::Batch& batch) {
  Tally counted;
  batch.visit_pools(std::nullopt, [&](const core::PoolRecord& pool) {
    ++counted.pools;
    batch.visit_nodes(pool.id, std::nullopt, [&](const core::NodeRecord& node) {
      ++counted.nodes[std::string{wire::batch::name_of(node.state)}];
      return true;
    });
    return true;
  });
  batch.visit_jobs(std::nullopt, [&](const core::JobRecord& job) {
    ++counted.jobs;
    const auto counts = batch.task_counts(job.id);
    counted.tasks.active += counts.active;
    counted.tasks.running += counts.running;
    counted.tasks.completed += counts.completed;
    counted.tasks.succeeded += counts.succeeded;
    counted.tasks.failed += counts.failed;
    return true;
  });
  return counted;
}

json figures_json(const Tally& counted, const service::BatchService::Figures& figures) {
  const auto& tasks = counted.tasks;
  return {{"pools", counted.pools},
          {"nodes", counted.nodes},
          {"jobs", counted.jobs},
          {"tasks",
           {{"active", tasks.active},
            {"running", tasks.running},
            {"completed", tasks.completed},
            {"succeeded", tasks.succeeded},
            {"failed", tasks.failed}}},
          {"commands", figures.commands},
          {"commits", figures.commits},
          {"largestBatch", figures.largest_batch},
          {"waiting", figures.waiting}};
}

base::Result<base::FileDescriptor> connect_to(const http::Url& url) {
  base::FileDescriptor connection{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (!connection.is_open()) return base::errno_error("opening a socket", errno);
  ::setsockopt(connection.get(), SOL_SOCKET, SO_RCVTIMEO, &kStatusDeadline, sizeof kStatusDeadline);
  ::setsockopt(connection.get(), SOL_SOCKET, SO_SNDTIMEO, &kStatusDeadline, sizeof kStatusDeadline);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(url.port);
  ::inet_pton(AF_INET, url.host.c_str(), &address.sin_addr);
  if (::connect(connection.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return base::Error{base::Errc::unavailable, "connecting to " + url.host_header() + ": nobody answers"};
  }
  return connection;
}

std::string signed_request(const RunningEmulator& running, const http::Url& url, const std::string& key) {
  std::vector<std::pair<std::string, std::string>> headers{
      {"Host", url.host_header()},
      {"ocp-date", wire::print_http_date(base::SystemClock{}.now())},
      {"Connection", "close"}};
  const wire::SignedRequest request{.method = "GET", .path = kStatusPath, .query = "", .headers = headers};
  auto signature = wire::sign_batch(request, running.batch.account, key);
  headers.emplace_back("Authorization", std::move(signature));
  std::string text = "GET " + std::string{kStatusPath} + " HTTP/1.1\r\n";
  for (const auto& [name, value] : headers) text += name + ": " + value + "\r\n";
  return text + "\r\n";
}

base::Result<std::string> read_answer(int connection) {
  std::string answer;
  char buffer[4096];
  while (answer.size() < kMaxStatusBytes) {
    const auto count = ::recv(connection, buffer, sizeof buffer, 0);
    if (count == 0) return answer;
    if (count < 0) return base::errno_error("reading the status", errno);
    answer.append(buffer, static_cast<std::size_t>(count));
  }
  return base::Error{base::Errc::too_large, "the status is too long"};
}

void append_counts(std::string& line, const json& counts) {
  for (const auto& [name, count] : counts.items()) line += " " + name + " " + count.dump() + ",";
  if (line.ends_with(",")) line.pop_back();
}

}  // namespace

base::Async<base::Result<json>> account_figures(service::BatchService& service) {
  auto look = [](const core::Batch& batch) { return tally(batch); };
  CO_ASSIGN_OR_RETURN(const auto counted, co_await service.read(std::move(look)));
  co_return figures_json(counted, service.figures());
}

base::Result<json> ask_for_status(const RunningEmulator& running) {
  ASSIGN_OR_RETURN(const auto url, http::Url::parse(running.batch.url));
  ASSIGN_OR_RETURN(const auto key, base::base64_decode(running.batch.key));
  ASSIGN_OR_RETURN(const auto connection, connect_to(url));
  const auto request = signed_request(running, url, key);
  if (::send(connection.get(), request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) {
    return base::errno_error("asking for the status", errno);
  }
  ASSIGN_OR_RETURN(const auto answer, read_answer(connection.get()));
  const auto body = answer.find("\r\n\r\n");
  if (!answer.starts_with("HTTP/1.1 200 ") || body == std::string::npos) {
    return base::Error{base::Errc::unavailable,
                       "asking for the status: the answer is " + answer.substr(0, answer.find('\r'))};
  }
  auto status = json::parse(answer.substr(body + 4), nullptr, false);
  if (!status.is_object()) return base::Error{base::Errc::corrupt, "the status is not JSON"};
  return status;
}

std::string status_lines(const json& status) {
  std::string text = "pid " + status.value("pid", json{}).dump() + ", version " + status.value("version", "") + "\n";
  const auto accounts = status.value("accounts", json::object());
  for (const auto& [name, account] : accounts.items()) {
    std::string line = "account " + name + ": " + account.value("pools", json{}).dump() + " pools, " +
                       account.value("jobs", json{}).dump() + " jobs\n  nodes:";
    append_counts(line, account.value("nodes", json::object()));
    line += "\n  tasks:";
    append_counts(line, account.value("tasks", json::object()));
    line += "\n  commands " + account.value("commands", json{}).dump() + ", commits " +
            account.value("commits", json{}).dump() + ", largest batch " +
            account.value("largestBatch", json{}).dump() + ", waiting " + account.value("waiting", json{}).dump() +
            "\n  agents:";
    append_counts(line, account.value("agents", json::object()));
    text += line + "\n";
  }
  text += "requests:";
  append_counts(text, status.value("requests", json::object()));
  return text + "\n";
}

}  // namespace emulator
