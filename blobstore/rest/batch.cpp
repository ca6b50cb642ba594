// Blob Batch: requests inside a request, each authorized and answered on its own. Only what the service itself takes:
// Delete Blob or Set Blob Tier, not both in one batch.
#include "base/random.h"
#include "base/text.h"
#include "blobstore/rest/bodies.h"
#include "blobstore/rest/handlers.h"
#include "blobstore/rest/responses.h"
#include "blobstore/rest/serve.h"
#include "wire/blob/batch_body.h"
#include "wire/blob/errors.h"
#include "wire/blob/limits.h"

namespace blobstore::rest {
namespace {

using wire::blob::BatchAnswer;
using wire::blob::BatchRequest;
using wire::blob::ErrorCode;

constexpr int kAccepted = 202;

base::Error bad_batch(std::string reason) {
  return wire::blob::error(ErrorCode::InvalidInput, {{"Reason", std::move(reason)}});
}

/// The request as if it had come by itself, over the connection of the batch.
http::Request made_request(const Call& batch, const BatchRequest& part) {
  http::Request request;
  request.method = part.method;
  request.target = part.target;
  const auto question = part.target.find('?');
  request.path = part.target.substr(0, question);
  if (question != std::string::npos) request.query = part.target.substr(question + 1);
  for (const auto& [name, value] : part.headers) request.headers.add(name, value);
  request.headers.set("Host", std::string(batch.header("Host")));
  // Some clients leave the account out of the paths inside, also where it stands in the path of the batch.
  const auto account = "/" + batch.address.account;
  if (batch.address.path_style && !base::starts_with_ignoring_case(request.path, account + "/")) {
    request.headers.set("Host", batch.address.account + ".blob.localhost");
  }
  request.content_length = 0;
  request.has_body = true;
  request.body = http::body_from_text({});
  request.peer_address = batch.request.peer_address;
  request.request_id = base::random_guid();
  request.secure = batch.request.secure;
  request.session = batch.request.session;
  return request;
}

/// "DELETE" or "tier": what a request of a batch may do. Nothing for all else.
std::string_view kind_of(const http::Request& request) {
  const auto query = http::Query::parse(request.query);
  if (query.has_error()) return {};
  const auto comp = query->find("comp").value_or("");
  if (request.method == "DELETE" && comp.empty() && !query->find("restype")) return "DELETE";
  return request.method == "PUT" && comp == "tier" ? "tier" : std::string_view();
}

base::Result<void> check(const Call& batch, const std::vector<http::Request>& requests) {
  const auto kind = kind_of(requests.front());
  for (const auto& request : requests) {
    if (kind.empty() || kind_of(request) != kind) return bad_batch("a batch holds Delete Blob or Set Blob Tier alone");
    const auto address = parse_address(request);
    if (address.has_error() || address->account != batch.address.account || address->blob.empty() ||
        (!batch.address.container.empty() && address->container != batch.address.container)) {
      return bad_batch("a request of the batch is for something outside of what the batch was sent to");
    }
  }
  return {};
}

/// Reason phrases that clients are known to look at are the service's; the others are for people.
std::string reason_of(const http::Response& response) {
  if (!response.reason.empty()) return response.reason;
  return response.status == kAccepted ? "Accepted" : "OK";
}

BatchAnswer answer_of(const BatchRequest& part, http::Response response) {
  BatchAnswer answer{
      .content_id = part.content_id, .status = response.status, .reason = reason_of(response), .headers = {}};
  answer.headers = response.headers.fields();
  if (!response.text.empty()) answer.headers.emplace_back("Content-Length", std::to_string(response.text.size()));
  answer.body = std::move(response.text);
  return answer;
}

Answer submit_batch(Backend& backend, Call& call) {
  if (call.request.content_length.value_or(0) > wire::blob::kMaxBatchBytes) {
    co_return wire::blob::error(ErrorCode::RequestBodyTooLarge,
                                {{"MaxLimit", std::to_string(wire::blob::kMaxBatchBytes)}});
  }
  CO_ASSIGN_OR_RETURN(const auto body, co_await http::read_all(*call.request.body, wire::blob::kMaxBatchBytes));
  CO_ASSIGN_OR_RETURN(const auto parts, wire::blob::parse_batch(call.header("Content-Type"), body));
  std::vector<http::Request> requests;
  requests.reserve(parts.size());
  for (const auto& part : parts) requests.push_back(made_request(call, part));
  CO_RETURN_IF_ERROR(check(call, requests));

  std::vector<BatchAnswer> answers;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    auto answered = co_await serve(backend, requests[i], call.version);
    answers.push_back(answer_of(parts[i], std::move(answered)));
  }
  const auto boundary = "batchresponse_" + base::random_guid();
  auto response = empty_response(kAccepted);
  response.headers.add("Content-Type", "multipart/mixed; boundary=" + boundary);
  response.text = wire::blob::print_batch(boundary, answers);
  response.chunked = true;
  co_return response;
}

}  // namespace

Answer service_submit_batch(Backend& backend, Call& call) {
  co_return co_await submit_batch(backend, call);
}

Answer container_submit_batch(Backend& backend, Call& call) {
  co_return co_await submit_batch(backend, call);
}

}  // namespace blobstore::rest
