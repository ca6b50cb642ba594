#include "client/api/batch_client.h"

#include "base/random.h"
#include "base/text.h"
#include "client/api/retry.h"
#include "wire/shared_key.h"
#include "wire/time_text.h"

#include <algorithm>
#include <deque>
#include <nlohmann/json.hpp>

namespace client::api {
namespace {

using base::Async;
using base::Errc;
using base::Error;
using base::Result;
using nlohmann::json;

// The newest version that both the emulator and the real service describe in full.
constexpr std::string_view kApiVersion = "2024-02-01.19.0";
constexpr std::string_view kContentType = "application/json; odata=minimalmetadata";
constexpr std::size_t kMostTasksPerCall = 100;  // contract 4.0
constexpr std::size_t kMostAnswerBytes = 64 * 1024 * 1024;
constexpr RetryPolicy kRetry{.most_tries = 6, .first_delay = std::chrono::milliseconds{500}};

json parsed(const std::string& text) {
  return json::parse(text, nullptr, false);
}

std::string text_of(const json& object, const char* name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

json member_of(const json& object, const char* name) {
  return object.is_object() && object.contains(name) ? object[name] : json::object();
}

/// The first line of the service's message: the rest is request id and time.
std::string message_of(const json& error) {
  const std::string text = text_of(member_of(error, "message"), "value");
  return text.substr(0, text.find('\n'));
}

Error refused(const std::string& method, const std::string& path, int status, const std::string& body) {
  const json document = parsed(body);
  const std::string code = text_of(document, "code");
  Errc kind = Errc::io;
  if (status == 404) kind = Errc::not_found;
  if (status == 409 && code.ends_with("Exists")) kind = Errc::already_exists;
  if (status == 413) kind = Errc::too_large;
  std::string explanation = code.empty() ? "no error document" : code + ": " + message_of(document);
  if (document.is_object() && document.contains("values") && document["values"].is_array()) {
    for (const auto& item : document["values"])
      explanation += "; " + text_of(item, "key") + ": " + text_of(item, "value");
  }
  return {kind, method + " " + path + " was answered " + std::to_string(status) + ", " + explanation};
}

std::optional<base::Timestamp> time_of(const json& object, const char* name) {
  auto time = wire::parse_timestamp(text_of(object, name));
  return time ? std::optional(*time) : std::nullopt;
}

TaskStatus status_of(const json& task) {
  TaskStatus status;
  status.id = text_of(task, "id");
  status.state = base::lower_case(text_of(task, "state"));
  const json execution = member_of(task, "executionInfo");
  status.result = base::lower_case(text_of(execution, "result"));
  if (execution.contains("exitCode") && execution["exitCode"].is_number_integer()) {
    status.exit_code = execution["exitCode"].get<std::int32_t>();
  }
  status.started = time_of(execution, "startTime");
  status.ended = time_of(execution, "endTime");
  const json failure = member_of(execution, "failureInfo");
  status.failure_code = text_of(failure, "code");
  status.failure_message = text_of(failure, "message");
  status.node_id = text_of(member_of(task, "nodeInfo"), "nodeId");
  return status;
}

std::string escaped(const std::string& id) {
  return base::percent_encode(id);
}

}  // namespace

BatchClient::BatchClient(http::Client& http, const base::Clock& clock, BatchAccount account)
    : http_(http), clock_(clock), account_(std::move(account)) {
  while (account_.url.ends_with('/')) account_.url.pop_back();
}

Async<Result<BatchClient::Answer>> BatchClient::send_once(const Call& call, std::string url, http::Headers& headers) {
  http::ClientRequest request;
  request.method = call.method;
  request.url = std::move(url);
  request.text = call.body;
  const bool writes = call.method != "GET" && call.method != "HEAD";
  request.send_empty_body = writes;
  request.headers.add("Accept", "application/json");
  request.headers.add("User-Agent", "batch-client");
  request.headers.add("client-request-id", base::random_guid());
  request.headers.add("ocp-date", wire::print_http_date(clock_.now()));
  if (!call.body.empty()) request.headers.add("Content-Type", std::string(kContentType));

  // The length is signed, but the HTTP client writes the header itself.
  auto signed_headers = request.headers;
  if (writes) signed_headers.add("Content-Length", std::to_string(call.body.size()));
  CO_ASSIGN_OR_RETURN(const auto parts, http::Url::parse(request.url));
  const auto question = parts.target.find('?');
  const std::string path = parts.target.substr(0, question);
  const std::string query = question == std::string::npos ? std::string() : parts.target.substr(question + 1);
  const wire::SignedRequest to_sign{
      .method = request.method, .path = path, .query = query, .headers = signed_headers.fields()};
  request.headers.add("Authorization", wire::sign_batch(to_sign, account_.name, account_.key));

  auto sent = co_await http_.send(std::move(request));
  if (sent.has_error()) co_return std::move(sent).error();
  headers = sent->headers;
  CO_ASSIGN_OR_RETURN(std::string body, co_await http::read_all(*sent->body, call.limit));
  co_return Answer{sent->status, std::move(body)};
}

Async<Result<BatchClient::Answer>> BatchClient::send(Call call) {
  std::string url = call.path;
  if (!url.starts_with("http")) {
    url = account_.url + call.path + "?api-version=" + std::string(kApiVersion) +
          (call.query.empty() ? "" : "&" + call.query);
  }
  for (int next = 2;; ++next) {
    http::Headers headers;
    auto answer = co_await send_once(call, url, headers);
    const bool again = answer.has_error() ? answer.error().code == Errc::io || answer.error().code == Errc::unavailable
                                          : may_pass(answer->status);
    if (!again || next > kRetry.most_tries) co_return answer;
    CO_RETURN_IF_ERROR(co_await base::wait_for(delay_before(kRetry, next, &headers)));
  }
}

Async<Result<std::string>> BatchClient::expect(Call call, int status) {
  const std::string method = call.method;
  const std::string path = call.path;
  CO_ASSIGN_OR_RETURN(auto answer, co_await send(std::move(call)));
  if (answer.status != status) co_return refused(method, path, answer.status, answer.body);
  co_return std::move(answer.body);
}

Async<Result<void>> BatchClient::add_pool(json pool) {
  Call call{"POST", "/pools", "", pool.dump(), kMostAnswerBytes};
  CO_RETURN_IF_ERROR(co_await expect(std::move(call), 201));
  co_return Result<void>();
}

Async<Result<void>> BatchClient::add_job(json job) {
  Call call{"POST", "/jobs", "", job.dump(), kMostAnswerBytes};
  CO_RETURN_IF_ERROR(co_await expect(std::move(call), 201));
  co_return Result<void>();
}

Async<Result<json>> BatchClient::get_pool(std::string pool_id) {
  Call call{"GET", "/pools/" + escaped(pool_id), "", "", kMostAnswerBytes};
  CO_ASSIGN_OR_RETURN(const std::string body, co_await expect(std::move(call), 200));
  auto document = parsed(body);
  if (document.is_discarded()) co_return Error(Errc::io, "getting pool " + pool_id + ": the answer is not JSON");
  co_return document;
}

Async<Result<void>> BatchClient::delete_job(std::string job_id) {
  Call call{"DELETE", "/jobs/" + escaped(job_id), "", "", kMostAnswerBytes};
  CO_RETURN_IF_ERROR(co_await expect(std::move(call), 202));
  co_return Result<void>();
}

Async<Result<void>> BatchClient::delete_pool(std::string pool_id) {
  Call call{"DELETE", "/pools/" + escaped(pool_id), "", "", kMostAnswerBytes};
  CO_RETURN_IF_ERROR(co_await expect(std::move(call), 202));
  co_return Result<void>();
}

Async<Result<std::vector<RefusedTask>>> BatchClient::add_tasks(std::string job_id, std::vector<json> tasks) {
  std::vector<RefusedTask> refusals;
  std::deque<std::vector<json>> chunks;
  for (std::size_t first = 0; first < tasks.size(); first += kMostTasksPerCall) {
    const std::size_t last = std::min(tasks.size(), first + kMostTasksPerCall);
    chunks.emplace_back(std::make_move_iterator(tasks.begin() + static_cast<std::ptrdiff_t>(first)),
                        std::make_move_iterator(tasks.begin() + static_cast<std::ptrdiff_t>(last)));
  }
  int server_errors_left = kRetry.most_tries;
  while (!chunks.empty()) {
    std::vector<json> chunk = std::move(chunks.front());
    chunks.pop_front();
    Call call{"POST", "/jobs/" + escaped(job_id) + "/addtaskcollection", "", json{{"value", chunk}}.dump(),
              kMostAnswerBytes};
    auto body = co_await expect(std::move(call), 200);
    if (body.has_error()) {
      if (body.error().code != Errc::too_large || chunk.size() == 1) co_return std::move(body).error();
      const auto middle = chunk.begin() + static_cast<std::ptrdiff_t>(chunk.size() / 2);
      chunks.emplace_front(middle, chunk.end());
      chunks.emplace_front(chunk.begin(), middle);
      continue;
    }
    const json answer = parsed(*body);
    if (!answer.is_object() || !answer.contains("value")) {
      co_return Error(Errc::io, "adding tasks to job " + job_id + ": the answer has no results");
    }
    std::vector<json> again;
    for (const auto& item : answer["value"]) {
      const std::string status = base::lower_case(text_of(item, "status"));
      const json error = member_of(item, "error");
      if (status == "success" || text_of(error, "code") == "TaskExists") continue;
      const std::string id = text_of(item, "taskId");
      const auto original =
          std::find_if(chunk.begin(), chunk.end(), [&](const json& t) { return text_of(t, "id") == id; });
      if (status == "servererror" && original != chunk.end() && server_errors_left > 0) {
        again.push_back(*original);
      } else {
        refusals.push_back({id, text_of(error, "code"), message_of(error)});
      }
    }
    if (!again.empty()) {
      --server_errors_left;
      chunks.push_back(std::move(again));
    }
  }
  co_return refusals;
}

Async<Result<std::vector<TaskStatus>>> BatchClient::list_tasks(std::string job_id) {
  std::vector<TaskStatus> tasks;
  std::string next = "/jobs/" + escaped(job_id) + "/tasks";
  while (!next.empty()) {
    Call call{"GET", next, next.starts_with("http") ? "" : "$select=id,state,executionInfo,nodeInfo", "",
              kMostAnswerBytes};
    CO_ASSIGN_OR_RETURN(const std::string body, co_await expect(std::move(call), 200));
    const json page = parsed(body);
    if (!page.is_object() || !page.contains("value")) {
      co_return Error(Errc::io, "listing the tasks of job " + job_id + ": the answer has no list");
    }
    for (const auto& task : page["value"]) tasks.push_back(status_of(task));
    next = text_of(page, "odata.nextLink");
    if (!next.empty() && !next.starts_with(account_.url + "/")) {
      co_return Error(Errc::io, "listing the tasks of job " + job_id + ": the next page is on another host");
    }
  }
  co_return tasks;
}

Async<Result<TaskTotals>> BatchClient::task_counts(std::string job_id) {
  Call call{"GET", "/jobs/" + escaped(job_id) + "/taskcounts", "", "", kMostAnswerBytes};
  CO_ASSIGN_OR_RETURN(const std::string body, co_await expect(std::move(call), 200));
  const json counts = member_of(parsed(body), "taskCounts");
  const auto number = [&](const char* name) -> std::int64_t {
    return counts.contains(name) && counts[name].is_number_integer() ? counts[name].get<std::int64_t>() : 0;
  };
  co_return TaskTotals{number("active"), number("running"), number("completed"), number("succeeded"), number("failed")};
}

Async<Result<std::string>> BatchClient::task_file(std::string job_id, std::string task_id, std::string path,
                                                  std::size_t limit) {
  Call call{"GET", "/jobs/" + escaped(job_id) + "/tasks/" + escaped(task_id) + "/files/" + escaped(path), "", "",
            limit};
  co_return co_await expect(std::move(call), 200);
}

}  // namespace client::api
