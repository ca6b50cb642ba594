// The ports of the process: Batch, Blob, and with --names the proxy behind which the real service's names are.
#pragma once

#include "base/async.h"
#include "base/clock.h"
#include "emulator/options.h"
#include "emulator/running_file.h"
#include "emulator/sessions.h"
#include "http/server.h"
#include "http/server_tls.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace emulator {

/// Where a request came in.
enum class Port { batch, blob, proxy };

/// All that is referred to outlives the ports.
struct PortsSetting {
  base::Executor executor;
  base::Workers& workers;
  const base::Clock& clock;
  const Options& options;
  std::filesystem::path data_dir;
  const Sessions& sessions;
  /// Whether an account of the Blob service lets the page of this request in.
  std::function<bool(const http::Headers&, std::string_view target)> blob_allows_origin;
};

class Ports {
 public:
  using Handle = std::function<base::Async<http::Response>(http::Request&, Port)>;
  using Refuse = std::function<http::Response(http::Refusal, const http::Request&, Port, std::string_view explanation)>;

  /// Binds them, so that their numbers are known. already_exists: one is taken.
  static base::Result<std::unique_ptr<Ports>> listen(PortsSetting setting);
  void start(const Handle& handle, const Refuse& refuse);
  /// Requests under way may end for so long.
  base::Async<void> stop(std::chrono::milliseconds grace);

  [[nodiscard]] std::uint16_t batch_port() const { return batch_->port(); }
  [[nodiscard]] std::uint16_t blob_port() const { return blob_->port(); }
  [[nodiscard]] std::string batch_url() const { return "http://127.0.0.1:" + std::to_string(batch_port()); }
  [[nodiscard]] std::string blob_url() const { return "http://127.0.0.1:" + std::to_string(blob_port()); }
  [[nodiscard]] bool has_names() const { return proxy_ != nullptr; }
  /// What a client needs for the real names; none without --names.
  [[nodiscard]] std::optional<NamesSettings> names() const;
  /// Requests so far, of the Batch port and of the Blob port.
  [[nodiscard]] std::pair<std::uint64_t, std::uint64_t> requests() const {
    return {batch_->requests(), blob_->requests()};
  }

 private:
  explicit Ports(PortsSetting setting) : setting_(std::move(setting)) {}
  base::Result<void> bind();
  base::Result<void> bind_proxy(http::ServerOptions server);
  [[nodiscard]] std::uint64_t largest_blob_body() const;

  PortsSetting setting_;
  std::shared_ptr<http::ServerTls> tls_;
  std::unique_ptr<http::Server> batch_;
  std::unique_ptr<http::Server> blob_;
  std::unique_ptr<http::Server> proxy_;  ///< null without --names
};

}  // namespace emulator
