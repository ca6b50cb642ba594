// One I/O thread (this one) runs every coroutine; the workers do what blocks. Objects are made in the order of the
// members of App and go in reverse.
#include "emulator/app.h"

#include "base/durable_file.h"
#include "base/text.h"
#include "blobstore/blob_service.h"
#include "emulator/account_directory.h"
#include "emulator/authority.h"
#include "emulator/front.h"
#include "emulator/logging.h"
#include "emulator/names.h"
#include "emulator/nodes/node_directory.h"
#include "emulator/ports.h"
#include "emulator/running_file.h"
#include "emulator/version.h"
#include "wire/node/protocol.h"

#include <spdlog/spdlog.h>
#include <unistd.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdlib>
#include <future>
#include <iostream>

namespace emulator {
namespace {

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
  base::Result<void> open_directory();
  base::Result<void> listen();
  base::Result<std::unique_ptr<BatchAccount>> open_batch_account(const std::string& name, bool is_first);
  base::Result<void> start_batch_account(BatchAccount& account);
  base::Async<void> close_batch_account(BatchAccount& account);
  rest::AutoStorage auto_storage(const std::string& batch_account) const;
  base::Result<void> open_blob_service();
  std::optional<wire::ProxySettings> proxy_of_nodes();
  std::string account_url(const std::string& batch_account) const;
  base::Result<void> open_front();
  base::Result<void> open_management_api(const rest::Surroundings& surroundings);
  base::Result<void> start();
  base::Result<void> announce();

  void state_is_lost(const base::Error& error);

  /// Empty when Entra ID is off.
  wire::entra::TokenVerifier verifier(wire::entra::Audience audience) const {
    return entra_ ? entra_->verifier(audience) : wire::entra::TokenVerifier{};
  }

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
  Sessions sessions_;
  std::unique_ptr<Ports> ports_;
  std::unique_ptr<AccountDirectory> accounts_;
  std::unique_ptr<blobstore::BlobService> blob_service_;
  std::unique_ptr<entra::EntraApi> entra_;
  std::unique_ptr<rest::RestApi> rest_;
  std::unique_ptr<management::ManagementApi> management_;
  std::unique_ptr<SessionsApi> sessions_api_;
  std::unique_ptr<Front> front_;
  bool started_ = false;
};

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
  RETURN_IF_ERROR(open_directory());
  // Ports, so that addresses are known.
  RETURN_IF_ERROR(listen());
  // Who signs and believes tokens.
  if (options_.entra) entra_ = std::make_unique<entra::EntraApi>(data_dir_ / "entra", workers_, clock_);
  // The Blob service, on a thread beside: a new store waits for the disk a dozen times, and so does the other one.
  auto blob_opened = std::async(std::launch::async, [this] { return open_blob_service(); });
  // State, rules and nodes of each Batch account.
  const auto batch_opened = accounts_->open_batch_accounts();
  RETURN_IF_ERROR(blob_opened.get());
  RETURN_IF_ERROR(batch_opened);
  // The APIs over the accounts.
  RETURN_IF_ERROR(open_front());
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
  if (options_.names) sessions_.open_for_nodes(accounts_->signing_key(accounts_->first_batch()));
  PortsSetting setting{.executor = context_.get_executor(),
                       .workers = workers_,
                       .clock = clock_,
                       .options = options_,
                       .data_dir = data_dir_,
                       .sessions = sessions_,
                       .blob_allows_origin = {}};
  setting.blob_allows_origin = [this](const http::Headers& headers, std::string_view target) {
    return blob_service_ && blob_service_->allows_origin(headers, target);
  };
  ASSIGN_OR_RETURN(ports_, Ports::listen(std::move(setting)));
  return {};
}

base::Result<void> App::open_directory() {
  DirectorySurroundings surroundings{.options = options_,
                                     .clock = clock_,
                                     .data_dir = data_dir_,
                                     .open_batch = {},
                                     .close_batch = {},
                                     .empty_storage = {},
                                     .sessions = sessions_};
  surroundings.open_batch = [this](const std::string& name, bool is_first) {
    return open_batch_account(name, is_first);
  };
  surroundings.close_batch = [this](BatchAccount& account) { return close_batch_account(account); };
  surroundings.empty_storage = [this](std::string name) { return blob_service_->remove_account(std::move(name)); };
  ASSIGN_OR_RETURN(accounts_, AccountDirectory::open(std::move(surroundings)));
  return {};
}

std::optional<wire::ProxySettings> App::proxy_of_nodes() {
  const auto place = ports_->names();
  if (!place) return std::nullopt;
  const auto& credential = sessions_.open_for_nodes(accounts_->signing_key(accounts_->first_batch()));
  return wire::ProxySettings{.port = place->proxy_port,
                             .session = credential.name,
                             .secret = credential.secret,
                             .ca_certificate = place->ca_certificate,
                             .ca_bundle = place->ca_bundle,
                             .ca_java_store = place->ca_java_store};
}

/// As the real service would say it where its names lead here.
std::string App::account_url(const std::string& batch_account) const {
  if (!ports_->has_names()) return ports_->batch_url();
  const auto known = accounts_->find_batch_account(batch_account);
  const auto region = known ? known->place.location : std::string{kDefaultLocation};
  return "https://" + batch_account + "." + region + std::string{kBatchDomain} + "/";
}

/// An account that is opened while the emulator runs starts at once, the others when everything is there.
base::Result<std::unique_ptr<BatchAccount>> App::open_batch_account(const std::string& name, bool is_first) {
  const BatchAccountSetting setting{.executor = context_.get_executor(),
                                    .workers = workers_,
                                    .clock = clock_,
                                    .options = options_,
                                    .account_url = [this, name] { return account_url(name); },
                                    .proxy = proxy_of_nodes(),
                                    .blob_port = ports_->blob_port(),
                                    .storage_accounts = accounts_->storage_names(),
                                    .auto_storage = [this, name] { return auto_storage(name); },
                                    .signing_key = [this, name] { return accounts_->signing_key(name); },
                                    .on_failed_commit = [this](const base::Error& error) { state_is_lost(error); }};
  const auto directory = is_first ? data_dir_ : batch_account_directory(data_dir_, name);
  const auto agent_url = ports_->batch_url() + (is_first ? "" : std::string{kAccountPrefix} + name);
  ASSIGN_OR_RETURN(auto account, emulator::open_batch_account(name, directory, agent_url, setting));
  if (started_) RETURN_IF_ERROR(start_batch_account(*account));
  return account;
}

base::Result<void> App::start_batch_account(BatchAccount& account) {
  const wire::node::Endpoint endpoint{.batch_url = account.agent_url};
  RETURN_IF_ERROR(replace_file(nodes::endpoint_file(account.directory), wire::node::encode(endpoint)));
  auto* nodes = account.nodes.get();
  auto* events = account.events.get();
  account.service->start([nodes](const core::Notice& notice) { nodes->deliver(notice); },
                         [events](const core::DiagnosticEvent& event) { events->append(event); });
  return {};
}

base::Async<void> App::close_batch_account(BatchAccount& account) {
  co_await account.nodes->stop(std::chrono::seconds{options_.stop_grace});
  co_await account.service->stop();
}

rest::AutoStorage App::auto_storage(const std::string& batch_account) const {
  rest::AutoStorage storage{.account = {}, .key = {}, .url = {}, .endpoint = ports_->blob_url(), .accounts = {}};
  storage.accounts = accounts_->storage_names();
  storage.real_names = ports_->has_names();
  // Without a link the container's URL leads nowhere, and what needs it fails.
  if (const auto linked = accounts_->auto_storage(batch_account)) {
    storage.account = linked->name;
    storage.key = linked->keys.front();
  }
  storage.url = ports_->blob_url() + "/" + storage.account;
  return storage;
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
  blob.accounts = accounts_->storage_source();
  blob.verify_token = verifier(wire::entra::Audience::storage);
  blob.tenant = std::string{kDefaultTenant};
  ASSIGN_OR_RETURN(blob_service_,
                   blobstore::BlobService::open(context_.get_executor(), workers_, clock_, std::move(blob)));
  return {};
}

base::Result<void> App::open_management_api(const rest::Surroundings& surroundings) {
  ASSIGN_OR_RETURN(auto groups, management::ResourceGroups::open(data_dir_ / "resource_groups.json"));
  management::Services services{
      .surroundings = surroundings,
      .accounts = accounts_.get(),
      .account_source = accounts_->batch_source(),
      .meet_storage_account = [this](std::string_view name,
                                     std::string_view session) { (void)accounts_->find_storage(name, session); },
      .verify_token = verifier(wire::entra::Audience::management),
      .send = [this](http::Request& request) { return blob_service_->handle(request); },
      .blob_url = ports_->blob_url(),
      .quotas = {}};
  const auto set = [](std::int32_t& quota, std::int64_t option) {
    if (option > 0) quota = static_cast<std::int32_t>(option);
  };
  set(services.quotas.pools, options_.quota_pools);
  set(services.quotas.active_jobs, options_.quota_active_jobs);
  set(services.quotas.dedicated_cores, options_.quota_dedicated_cores);
  set(services.quotas.low_priority_cores, options_.quota_low_priority_cores);
  management_ = std::make_unique<management::ManagementApi>(std::move(services), std::move(groups));
  return {};
}

base::Result<void> App::open_front() {
  const rest::Surroundings surroundings{.clock = &clock_, .workers = &workers_};
  rest_ = std::make_unique<rest::RestApi>(surroundings, accounts_->batch_source(), log_batch_request,
                                          verifier(wire::entra::Audience::batch));
  RETURN_IF_ERROR(open_management_api(surroundings));
  sessions_api_ = std::make_unique<SessionsApi>(SessionsSetting{.sessions = sessions_,
                                                                .rest = *rest_,
                                                                .workers = workers_,
                                                                .clock = clock_,
                                                                .owner = accounts_->first_batch(),
                                                                .authority = authority_directory(data_dir_),
                                                                .names = ports_->names()});
  FrontParts parts{.clock = clock_,
                   .workers = workers_,
                   .accounts = *accounts_,
                   .batch = *rest_,
                   .management = *management_,
                   .blob = *blob_service_,
                   .sessions = *sessions_api_,
                   .entra = entra_.get(),
                   .requests = {}};
  parts.requests = [this] { return ports_->requests(); };
  front_ = std::make_unique<Front>(std::move(parts), ports_->batch_port(), ports_->blob_port());
  return {};
}

base::Result<void> App::start() {
  for (const auto& account : accounts_->open_accounts()) RETURN_IF_ERROR(start_batch_account(*account));
  started_ = true;
  ports_->start([this](http::Request& request, Port port) { return front_->handle(request, port); },
                [this](http::Refusal refusal, const http::Request& request, Port port, std::string_view explanation) {
                  return front_->refuse(refusal, request, port, explanation);
                });
  group_.spawn(stop_when_told());
  return announce();
}

base::Result<void> App::announce() {
  const auto& batch = accounts_->first_batch();
  const auto& storage = accounts_->first_storage();
  ASSIGN_OR_RETURN(const auto batch_keys, accounts_->keys(management::AccountKind::batch, batch));
  ASSIGN_OR_RETURN(const auto storage_keys, accounts_->keys(management::AccountKind::storage, storage));
  const RunningEmulator running{
      .pid = ::getpid(),
      .batch = {.url = ports_->batch_url(), .account = batch, .key = batch_keys.front()},
      .blob = {.url = ports_->blob_url() + "/" + storage, .account = storage, .key = storage_keys.front()},
      .names = ports_->names()};
  RETURN_IF_ERROR(write_running_file(running_file(data_dir_), running));
  if (!options_.ready_file.empty()) RETURN_IF_ERROR(write_running_file(options_.ready_file, running));
  std::cout << "batch-emulator ready: Batch " << running.batch.url << " (" << batch << "), Blob " << running.blob.url
            << std::endl;
  return {};
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
  const auto accounts = accounts_->open_accounts();
  for (const auto& account : accounts) co_await account->nodes->stop(std::chrono::seconds{options_.stop_grace});
  co_await ports_->stop(kRequestGrace);
  co_await blob_service_->stop();
  for (const auto& account : accounts) co_await account->service->stop();
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
