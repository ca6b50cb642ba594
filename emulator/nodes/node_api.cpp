// 401 ends an agent, 409 makes it register again, 503 makes it wait: so 401 is given only to a token that the committed
// state does not know.
#include "emulator/nodes/node_api.h"

#include "base/text.h"
#include "wire/batch/errors.h"

#include <spdlog/spdlog.h>
#include <boost/asio/cancellation_state.hpp>

namespace emulator::nodes {
namespace {

namespace node = wire::node;

constexpr int kBadRequest = 400;
constexpr int kUnauthorized = 401;
constexpr int kNotFound = 404;
constexpr int kConflict = 409;
constexpr int kUpgradeRequired = 426;
constexpr int kUnavailable = 503;

http::Response json(std::string text) {
  http::Response response;
  response.headers.add("Content-Type", "application/json");
  response.text = std::move(text);
  return response;
}

/// What the core knows of a node that wants to register.
struct Candidate {
  core::NodeRecord record;
  std::int32_t task_slots = 1;
};

std::optional<Candidate> find_candidate(const core::Batch& batch, const core::NodeKey& key) {
  const auto* record = batch.find_node(key);
  const auto* pool = batch.find_pool(key.pool);
  if (record == nullptr || pool == nullptr) return std::nullopt;
  return Candidate{*record, pool->task_slots_per_node};
}

core::NodeJoined joining(const node::Registration& registration, const core::NodeKey& key, bool adopted) {
  core::NodeJoined joined;
  joined.node = key;
  joined.incarnation = registration.incarnation;
  joined.agent_version = registration.agent_version;
  for (const auto& run : registration.running) {
    joined.running.emplace_back(core::TaskKey{core::JobId(run.job_id), core::TaskId(run.task_id)}, run.attempt);
  }
  joined.start_task_running = registration.start_task_running;
  joined.adopted = adopted;
  return joined;
}

/// The replies of commands that were given together, in any order.
struct Replies {
  explicit Replies(base::Executor executor) : ended(std::move(executor)) {}
  base::Wakeup ended;
  std::size_t outstanding = 0;
  bool unavailable = false;
};

/// The command was not looked at; it may be tried again.
bool comes_later(const base::Error& error) {
  return error.code == base::Errc::unavailable || error.code == wire::batch::ErrorCode::ServerBusy;
}

base::Async<void> execute(service::BatchService& service, core::Command command, std::shared_ptr<Replies> replies) {
  auto reply = co_await service.execute(std::move(command));
  // A refused report is a stale one: it is taken, so that it is not sent again.
  if (reply.has_error()) {
    if (comes_later(reply.error())) replies->unavailable = true;
    spdlog::debug("report of a node refused: {}", reply.error().message);
  }
  if (--replies->outstanding == 0) replies->ended.notify();
}

}  // namespace

http::Response refusal(int status, std::string_view why) {
  http::Response response;
  response.status = status;
  response.headers.add("Content-Type", "text/plain");
  response.text = why;
  return response;
}

base::Async<http::Response> NodeApi::answer(std::string path, std::string authorization, std::string body) {
  const bool known_path = path == node::kRegisterPath || path == node::kFetchPath || path == node::kReportPath;
  if (!known_path) co_return refusal(kNotFound, "the node protocol has no such request");
  if (!authorization.starts_with(node::kAuthorizationScheme)) co_return refusal(kUnauthorized, "no node token");
  const auto token_hash =
      base::hex_encode(base::sha256(std::string_view(authorization).substr(node::kAuthorizationScheme.size())));
  if (path == node::kRegisterPath) co_return co_await register_agent(token_hash, std::move(body));
  auto life = find_joined(token_hash);
  if (!life) co_return refusal(kConflict, "register first");
  life->heard();
  if (path == node::kFetchPath) co_return co_await fetch(std::move(life), std::move(body));
  co_return co_await report(std::move(life), std::move(body));
}

std::shared_ptr<NodeLife> NodeApi::find_joined(const std::string& token_hash) const {
  for (const auto& [key, life] : lives_) {
    if (life->knows(token_hash)) return life;
  }
  return nullptr;
}

base::Async<http::Response> NodeApi::register_agent(std::string token_hash, std::string body) {
  // First of all: another version's registration may have other members.
  if (node::protocol_of(body).value_or(node::kProtocolVersion) != node::kProtocolVersion) {
    co_return refusal(kUpgradeRequired, "this emulator speaks version " + std::to_string(node::kProtocolVersion));
  }
  auto decoded = node::decode_registration(body);
  if (decoded.has_error()) co_return refusal(kBadRequest, decoded.error().message);
  const auto registration = std::move(decoded).value();
  const core::NodeKey key{core::PoolId(registration.pool_id), core::NodeId(registration.node_id)};
  auto look = [key](const core::Batch& batch) { return find_candidate(batch, key); };
  const auto known = co_await shared_.service.read(std::move(look));
  if (known.has_error()) co_return refusal(kUnavailable, known.error().message);
  const auto& candidate = *known;
  if (!candidate || candidate->record.incarnation != registration.incarnation ||
      !base::equal_in_constant_time(candidate->record.secret_hash, token_hash)) {
    co_return refusal(kUnauthorized, "no node has this token");
  }
  auto found = lives_.find(key);
  if (found == lives_.end() || !found->second->expects(registration.incarnation)) {
    co_return refusal(kUnavailable, "the node is not expected at the moment");
  }
  const auto life = found->second;
  life->heard();
  core::Command joined = joining(registration, key, registration.known_before || life->has_joined());
  auto accepted = co_await shared_.service.execute(std::move(joined));
  if (accepted.has_error()) {
    co_return refusal(comes_later(accepted.error()) ? kUnavailable : kUnauthorized, accepted.error().message);
  }
  auto all_work = [key](const core::Batch& batch) { return gather(batch, batch.notices_for(key)); };
  auto work = co_await shared_.service.read(std::move(all_work));
  if (work.has_error()) co_return refusal(kUnavailable, work.error().message);
  if (!life->expects(registration.incarnation)) co_return refusal(kUnavailable, "the node is about to end");
  life->joined(registration, token_hash, std::move(work).value());
  co_return settings_for(candidate->record, candidate->task_slots);
}

http::Response NodeApi::settings_for(const core::NodeRecord& record, std::int32_t task_slots) const {
  const auto& options = shared_.options;
  node::NodeSettings settings;
  settings.account_name = options.account_name;
  if (options.account_url) settings.account_url = options.account_url();
  settings.pool_id = record.key.pool.text();
  settings.node_id = record.key.node.text();
  settings.dedicated = record.dedicated;
  settings.session = shared_.session;
  settings.storage_accounts = options.storage_accounts;
  settings.blob_endpoint = options.blob_endpoint;
  settings.host_packages = options.host_packages;
  settings.ffmpeg = options.ffmpeg;
  settings.task_kill_grace = options.task_kill_grace;
  settings.emulator_away_limit = options.emulator_away_limit;
  settings.task_slots = task_slots;
  settings.disk_reserve = options.disk_reserve;
  settings.proxy = options.proxy;
  return json(node::encode(settings));
}

base::Async<http::Response> NodeApi::fetch(std::shared_ptr<NodeLife> life, std::string body) {
  const auto asked = node::decode_fetch(body);
  if (asked.has_error()) co_return refusal(kBadRequest, asked.error().message);
  if (asked->session != shared_.session) co_return refusal(kConflict, "this is another session");
  co_return json(co_await life->fetch(asked->last_order, asked->wait));
}

base::Async<http::Response> NodeApi::report(std::shared_ptr<NodeLife> life, std::string body) {
  // The commands below are under way whatever becomes of the connection, and must be awaited.
  co_await boost::asio::this_coro::reset_cancellation_state(boost::asio::disable_cancellation());
  const auto message = node::decode_reports(body);
  if (message.has_error()) co_return refusal(kBadRequest, message.error().message);
  if (message->session != shared_.session) co_return refusal(kConflict, "this is another session");
  const auto incarnation = life->incarnation();
  const auto replies = std::make_shared<Replies>(shared_.strand);
  auto last = life->last_report;
  for (const auto& report : message->reports) {
    if (report.number <= last) continue;
    last = report.number;
    if (const auto* uploaded = std::get_if<node::LogsUploaded>(&report.body)) {
      const auto waiting = shared_.log_uploads.find(uploaded->id);
      if (waiting == shared_.log_uploads.end()) continue;
      waiting->second->result = *uploaded;
      waiting->second->ended.notify();
      continue;
    }
    ++replies->outstanding;
    auto command = command_of(report.body, life->key(), incarnation);
    if (shared_.group.spawn(execute(shared_.service, std::move(command), replies))) continue;
    --replies->outstanding;
    replies->unavailable = true;
  }
  while (replies->outstanding > 0) co_await replies->ended.wait(std::nullopt);
  if (replies->unavailable) co_return refusal(kUnavailable, "the reports could not be kept");
  if (life->incarnation() == incarnation) life->last_report = std::max(life->last_report, last);
  for (const auto& report : message->reports) {
    const auto* finished = std::get_if<node::TaskFinished>(&report.body);
    if (finished != nullptr) life->mailbox().run_ended(finished->run);
  }
  shared_.reports += message->reports.size();
  co_return json(node::encode(node::Acknowledged{last}));
}

}  // namespace emulator::nodes
