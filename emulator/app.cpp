// One I/O thread (this one) runs every coroutine; the workers do what blocks. Objects are made in the order of the
// members of App and go in reverse.
#include "emulator/app.h"

#include "base/durable_file.h"
#include "base/random.h"
#include "blobstore/blob_service.h"
#include "emulator/accounts.h"
#include "emulator/authority.h"
#include "emulator/batch_account.h"
#include "emulator/logging.h"
#include "emulator/management/management_api.h"
#include "emulator/nodes/node_directory.h"
#include "emulator/nodes/node_service.h"
#include "emulator/rest/rest_api.h"
#include "emulator/running_file.h"
#include "emulator/status.h"
#include "emulator/version.h"
#include "http/server.h"
#include "http/server_tls.h"
#include "wire/batch/errors.h"
#include "wire/node/protocol.h"

#include <spdlog/spdlog.h>
#include <unistd.h>
#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <future>
#include <iostream>
#include <nlohmann/json.hpp>

namespace emulator {
namespace {

constexpr std::string_view kHealthPath = "/healthz";
constexpr std::string_view kEventsPath = "/events";
/// Of one answer; who wants more asks again.
constexpr std::size_t kMostEventBytes = 4 * 1024 * 1024;
/// Agents of accounts after the first reach their node service below this prefix and the account's name.
constexpr std::string_view kAccountPrefix = "/.account/";
constexpr std::size_t kMostAppCoroutines = 16;
/// How long requests may take to end once the nodes have stopped.
constexpr std::chrono::milliseconds kRequestGrace{1'000};
/// How long refusals may take to go out when the state can no longer be written.
constexpr std::chrono::milliseconds kLastAnswersGrace{250};

class App {
 public:
  explicit App(Options options)
      : options_(std::move(options)),
        workers_(static_cast<std::size_t>(options_.workers)),
        signals_(context_, SIGTERM, SIGINT),
        group_(context_.get_executor(), kMostAppCoroutines) {}
  ~App();

  base::Result<void> build();
  /// Until told to stop.
  int serve();

 private:
  base::Result<void> open_data_directory();
  base::Result<void> listen();
  base::Result<void> open_batch_account(const KeyedAccount& keyed);
  base::Result<void> open_blob_service();
  void open_rest_api();
  void open_management_api();
  std::vector<rest::Account> rest_accounts() const;
  base::Result<void> start();
  base::Result<void> announce();

  void state_is_lost(const base::Error& error);
  std::string batch_url() const { return "http://127.0.0.1:" + std::to_string(batch_server_->port()); }
  std::string blob_url() const { return "http://127.0.0.1:" + std::to_string(blob_server_->port()); }

  base::Async<http::Response> handle_batch(http::Request& request);
  base::Async<http::Response> handle_blob(http::Request& request);
  base::Async<http::Response> handle_status(http::Request& request);
  base::Async<http::Response> handle_events(http::Request& request);
  BatchAccount* account_of_agent(http::Request& request);
  base::Async<void> stop_when_told();
  base::Async<void> end_after_last_answers();

  Options options_;
  base::SystemClock clock_;
  boost::asio::io_context context_{1};
  base::Workers workers_;
  boost::asio::signal_set signals_;
  base::CoroutineGroup group_;
  std::filesystem::path data_dir_;
  std::optional<base::DirectoryLock> lock_;
  Accounts accounts_;
  std::shared_ptr<http::ServerTls> tls_;
  std::unique_ptr<http::Server> batch_server_;
  std::unique_ptr<http::Server> blob_server_;
  std::vector<std::unique_ptr<BatchAccount>> batch_accounts_;
  std::unique_ptr<blobstore::BlobService> blob_service_;
  std::unique_ptr<rest::RestApi> rest_;
  std::unique_ptr<management::ManagementApi> management_;
};

base::Async<base::Result<rest::UploadedLogs>> upload_logs(nodes::NodeService& nodes, rest::LogUpload upload) {
  wire::node::UploadLogs order;
  order.container_url = std::move(upload.container_url);
  order.start = upload.start;
  order.end = upload.end;
  auto uploaded = co_await nodes.upload_logs(std::move(upload.node), std::move(order));
  if (!uploaded) co_return std::move(uploaded).error();
  co_return rest::UploadedLogs{uploaded->directory, uploaded->files, uploaded->failure};
}

rest::UploadLogs log_uploads(nodes::NodeService& nodes) {
  return [&nodes](rest::LogUpload upload) { return upload_logs(nodes, std::move(upload)); };
}

http::Response text_response(int status, std::string text, std::string type) {
  http::Response response;
  response.status = status;
  response.text = std::move(text);
  response.headers.set("Content-Type", std::move(type));
  return response;
}

base::Result<std::filesystem::path> make_temporary_directory() {
  std::error_code failure;
  auto pattern = (std::filesystem::temp_directory_path(failure) / "batch-emulator-XXXXXX").string();
  if (failure || ::mkdtemp(pattern.data()) == nullptr) {
    return base::errno_error("making a temporary directory", failure ? failure.value() : errno);
  }
  return std::filesystem::path{pattern};
}

App::~App() {
  std::error_code ignored;  // what is left of a temporary directory is the system's to clean up
  if (options_.in_memory && lock_) std::filesystem::remove_all(data_dir_, ignored);
}

base::Result<void> App::build() {
  // A directory of ours alone, before anything is read.
  RETURN_IF_ERROR(open_data_directory());
  // Names and keys.
  ASSIGN_OR_RETURN(accounts_, open_accounts(data_dir_, options_));
  // Ports, so that addresses are known.
  RETURN_IF_ERROR(listen());
  // The Blob service, on a thread beside: a new store waits for the disk a dozen times, and so does the other one.
  auto blob_opened = std::async(std::launch::async, [this] { return open_blob_service(); });
  // State, rules and nodes of each Batch account.
  for (const auto& keyed : accounts_.batch) RETURN_IF_ERROR(open_batch_account(keyed));
  RETURN_IF_ERROR(blob_opened.get());
  // The Batch API over the accounts, and the management operations, which keep packages in the Blob service.
  open_rest_api();
  open_management_api();
  // Everything runs; then everybody is told.
  return start();
}

base::Result<void> App::open_data_directory() {
  if (options_.in_memory) {
    ASSIGN_OR_RETURN(data_dir_, make_temporary_directory());
  } else {
    data_dir_ = options_.data_dir;
    RETURN_IF_ERROR(base::make_directory(data_dir_));
  }
  auto lock = base::DirectoryLock::acquire(data_dir_);
  if (!lock) return std::move(lock).error().in("opening the data directory " + data_dir_.string());
  lock_.emplace(std::move(*lock));
  std::error_code failure;
  std::filesystem::permissions(data_dir_, std::filesystem::perms::owner_all, failure);
  if (failure) return base::errno_error("closing " + data_dir_.string() + " to others", failure.value());
  return {};
}

base::Result<void> App::listen() {
  http::ServerTlsOptions tls{.directory = authority_directory(data_dir_),
                             .names = authority_names(),
                             .on_failure = [](const base::Error& error) { spdlog::error("https: {}", error.message); }};
  tls_ = std::make_shared<http::ServerTls>(std::move(tls), workers_, clock_);
  http::ServerOptions server;
  server.tls = tls_;
  server.max_connections = static_cast<std::size_t>(options_.max_connections);
  server.allowed_origins = options_.allowed_origins;
  server.allowed_hosts = {"localhost", "127.0.0.1", "[::1]"};
  for (const auto& host : options_.allowed_hosts) server.allowed_hosts.push_back(base::lower_case(host));

  auto batch = server;
  batch.port = static_cast<std::uint16_t>(options_.batch_port);
  batch.max_body_bytes = rest::kLargestBodyRead;
  batch.allowed_hosts.push_back("*.batch.localhost");  // <account>.<region>.batch.localhost
  auto blob = server;
  blob.port = static_cast<std::uint16_t>(options_.blob_port);
  blob.max_body_bytes = static_cast<std::uint64_t>(options_.max_blob_body_mib) * 1024 * 1024;
  blob.allowed_hosts.push_back("*.blob.localhost");
  blob.allowed_hosts.push_back("*.blob.core.windows.net");  // what node agents and the proxy send here
  ASSIGN_OR_RETURN(batch_server_, http::Server::listen(context_.get_executor(), std::move(batch)));
  ASSIGN_OR_RETURN(blob_server_, http::Server::listen(context_.get_executor(), std::move(blob)));
  return {};
}

base::Result<void> App::open_batch_account(const KeyedAccount& keyed) {
  const bool is_first = batch_accounts_.empty();
  const BatchAccountSetting setting{.executor = context_.get_executor(),
                                    .workers = workers_,
                                    .clock = clock_,
                                    .options = options_,
                                    .accounts = accounts_,
                                    .batch_url = batch_url(),
                                    .blob_url = blob_url(),
                                    .blob_port = blob_server_->port(),
                                    .on_failed_commit = [this](const base::Error& error) { state_is_lost(error); }};
  ASSIGN_OR_RETURN(
      auto account,
      emulator::open_batch_account(keyed, is_first ? data_dir_ : data_dir_ / "accounts" / keyed.name,
                                   batch_url() + (is_first ? "" : std::string{kAccountPrefix} + keyed.name), setting));
  batch_accounts_.push_back(std::move(account));
  return {};
}

// Memory is ahead of the disk: from now on everything is refused, and once the refusals are out the process ends.
// Agents live on and are adopted at the next start.
void App::state_is_lost(const base::Error& error) {
  spdlog::critical("a commit failed, the emulator ends: {}", error.message);
  if (!group_.spawn(end_after_last_answers())) std::_Exit(kFailureExitCode);
}

base::Result<void> App::open_blob_service() {
  blobstore::BlobServiceOptions blob;
  blob.directory = data_dir_ / "blob";
  blob.in_memory = options_.in_memory;
  std::vector<blobstore::Account> storage;
  for (const auto& account : accounts_.storage) storage.push_back({.name = account.name, .keys = {account.raw_key()}});
  blob.accounts = std::make_shared<blobstore::FixedAccounts>(std::move(storage));
  ASSIGN_OR_RETURN(blob_service_,
                   blobstore::BlobService::open(context_.get_executor(), workers_, clock_, std::move(blob)));
  return {};
}

std::vector<rest::Account> App::rest_accounts() const {
  std::vector<rest::Account> accounts;
  for (const auto& account : batch_accounts_) {
    accounts.push_back({.name = account->keyed.name,
                        .keys = {account->keyed.raw_key()},
                        .service = account->service.get(),
                        .nodes_directory = account->directory / "nodes",
                        .upload_logs = log_uploads(*account->nodes)});
  }
  return accounts;
}

void App::open_rest_api() {
  const rest::Surroundings surroundings{.clock = &clock_, .workers = &workers_};
  rest_ = std::make_unique<rest::RestApi>(surroundings, rest_accounts(), log_batch_request);
}

void App::open_management_api() {
  const rest::Surroundings surroundings{.clock = &clock_, .workers = &workers_};
  const auto& first = accounts_.storage.front();
  management::StorageAccess storage{.account = first.name,
                                    .key = first.raw_key(),
                                    .url = blob_url() + "/" + first.name,
                                    .send = [this](http::Request& request) { return blob_service_->handle(request); }};
  management_ = std::make_unique<management::ManagementApi>(surroundings, rest_accounts(), std::move(storage));
}

base::Result<void> App::start() {
  for (const auto& account : batch_accounts_) {
    const wire::node::Endpoint endpoint{.batch_url = account->agent_url};
    RETURN_IF_ERROR(replace_file(nodes::endpoint_file(account->directory), wire::node::encode(endpoint)));
    auto* nodes = account->nodes.get();
    auto* events = account->events.get();
    account->service->start([nodes](const core::Notice& notice) { nodes->deliver(notice); },
                            [events](const core::DiagnosticEvent& event) { events->append(event); });
  }
  batch_server_->start([this](http::Request& request) { return handle_batch(request); },
                       [this](http::Refusal refusal, const http::Request& request, std::string_view explanation) {
                         auto response = rest_->refuse(refusal, request, explanation);
                         log_refusal("batch", request, response.status, explanation);
                         return response;
                       });
  blob_server_->start([this](http::Request& request) { return handle_blob(request); },
                      [this](http::Refusal refusal, const http::Request& request, std::string_view explanation) {
                        auto response = blob_service_->refuse(refusal, request, explanation);
                        log_refusal("blob", request, response.status, explanation);
                        return response;
                      });
  group_.spawn(stop_when_told());
  return announce();
}

base::Result<void> App::announce() {
  const auto& batch = accounts_.batch.front();
  const auto& storage = accounts_.storage.front();
  const RunningEmulator running{
      .pid = ::getpid(),
      .batch = {.url = batch_url(), .account = batch.name, .key = batch.key},
      .blob = {.url = blob_url() + "/" + storage.name, .account = storage.name, .key = storage.key}};
  RETURN_IF_ERROR(write_running_file(running_file(data_dir_), running));
  if (!options_.ready_file.empty()) RETURN_IF_ERROR(write_running_file(options_.ready_file, running));
  std::cout << "batch-emulator ready: Batch " << running.batch.url << " (" << batch.name << "), Blob "
            << running.blob.url << std::endl;
  return {};
}

base::Async<http::Response> App::handle_batch(http::Request& request) {
  const auto begun = clock_.steady_now();
  if (request.path == kHealthPath) co_return text_response(200, "ok\n", "text/plain");
  if (request.path == kStatusPath) co_return co_await handle_status(request);
  if (request.path == kEventsPath) co_return co_await handle_events(request);
  if (management::ManagementApi::owns(request.path)) {
    auto response = co_await management_->handle(request);
    log_request("management", request, response.status, clock_.steady_now() - begun);
    co_return response;
  }
  if (auto* account = account_of_agent(request)) {
    auto response = co_await account->nodes->handle(request);
    log_node_request(request, response.status, clock_.steady_now() - begun);
    co_return response;
  }
  if (request.path.starts_with(rest::kControlPrefix)) co_return co_await rest_->control(request);
  co_return co_await rest_->handle(request);
}

BatchAccount* App::account_of_agent(http::Request& request) {
  if (nodes::NodeService::owns(request.path)) return batch_accounts_.front().get();
  if (!request.path.starts_with(kAccountPrefix)) return nullptr;
  for (const auto& account : batch_accounts_) {
    const auto prefix = std::string{kAccountPrefix} + account->keyed.name;
    if (!request.path.starts_with(prefix + "/")) continue;
    auto inner = request.path.substr(prefix.size());
    if (!nodes::NodeService::owns(inner)) return nullptr;
    request.path = std::move(inner);
    return account.get();
  }
  return nullptr;
}

base::Async<http::Response> App::handle_status(http::Request& request) {
  const auto caller = rest_->authenticate(request);
  if (!caller) co_return rest_->answer_error(caller.error(), request);
  nlohmann::json status;
  status["pid"] = ::getpid();
  status["version"] = kVersion;
  status["requests"]["batch"] = batch_server_->requests();
  status["requests"]["blob"] = blob_server_->requests();
  for (const auto& account : batch_accounts_) {
    auto read = co_await account_figures(*account->service);
    if (!read) co_return rest_->answer_error(read.error(), request);
    auto& figures = *read;
    const auto nodes = co_await account->nodes->figures();
    figures["agents"]["alive"] = nodes.agents;
    figures["agents"]["ordersWaiting"] = nodes.orders_waiting;
    figures["agents"]["orders"] = nodes.orders;
    figures["agents"]["reports"] = nodes.reports;
    status["accounts"][account->keyed.name] = std::move(figures);
  }
  co_return text_response(200, status.dump(2) + "\n", "application/json");
}

/// The caller's own account's diagnostic events as JSON lines, those above `since` alone when it is given.
base::Async<http::Response> App::handle_events(http::Request& request) {
  const auto caller = rest_->authenticate(request);
  if (!caller) co_return rest_->answer_error(caller.error(), request);
  const auto query = http::Query::parse(request.query);
  const auto since_text = query ? query->find("since").value_or("0") : std::string{};
  std::uint64_t since = 0;
  const auto [end, failure] = std::from_chars(since_text.data(), since_text.data() + since_text.size(), since);
  if (failure != std::errc{} || end != since_text.data() + since_text.size()) {
    const auto error =
        wire::batch::invalid_query_parameter("since", since_text, "The value must be the number of an event");
    co_return rest_->answer_error(error, request);
  }
  const auto account = std::ranges::find_if(
      batch_accounts_, [&](const auto& candidate) { return candidate->keyed.name == (*caller)->name; });
  auto look = [events = (*account)->events.get(), since] { return events->read(since, kMostEventBytes); };
  auto lines = co_await base::on_worker(workers_, std::move(look));
  if (!lines) co_return rest_->answer_error(lines.error(), request);
  co_return text_response(200, std::move(*lines), "application/x-ndjson");
}

base::Async<http::Response> App::handle_blob(http::Request& request) {
  const auto begun = clock_.steady_now();
  if (request.path == kHealthPath) co_return text_response(200, "ok\n", "text/plain");
  auto response = co_await blob_service_->handle(request);
  log_request("blob", request, response.status, clock_.steady_now() - begun);
  co_return response;
}

base::Async<void> App::end_after_last_answers() {
  std::ignore = co_await base::wait_for(kLastAnswersGrace);
  spdlog::shutdown();
  std::_Exit(kFailureExitCode);
}

base::Async<void> App::stop_when_told() {
  int signal_number = 0;
  std::tie(std::ignore, signal_number) =
      co_await signals_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  spdlog::info("stopping on signal {}", signal_number);
  // A second signal does not wait: what a crash leaves behind is what the next start is made for.
  signals_.async_wait([](const boost::system::error_code& error, int) {
    if (!error) std::_Exit(kFailureExitCode);
  });
  std::error_code ignored;  // a file that is already gone is as good
  std::filesystem::remove(running_file(data_dir_), ignored);
  for (const auto& account : batch_accounts_) {
    co_await account->nodes->stop(std::chrono::seconds{options_.stop_grace});
  }
  co_await batch_server_->stop(kRequestGrace);
  co_await blob_server_->stop(kRequestGrace);
  co_await blob_service_->stop();
  for (const auto& account : batch_accounts_) co_await account->service->stop();
  signals_.cancel();
}

int App::serve() {
  context_.run();
  spdlog::info("stopped");
  return 0;
}

}  // namespace

int run_emulator(const Options& options) {
  const auto logging = set_up_logging(options.log_format, options.log_level, options.log_file);
  if (!logging) {
    std::cerr << "batch-emulator: " << logging.error().message << "\n";
    return kFailureExitCode;
  }
  App app{options};
  const auto built = app.build();
  if (!built) {
    spdlog::error("{}", built.error().message);
    return kFailureExitCode;
  }
  return app.serve();
}

}  // namespace emulator
