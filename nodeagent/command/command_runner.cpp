#include "nodeagent/command/command_runner.h"

namespace nodeagent::command {
namespace {

class LaunchCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "launch"; }
  std::string message(int code) const override {
    switch (static_cast<LaunchErrc>(code)) {
      case LaunchErrc::program_not_found: return "program not found";
      case LaunchErrc::launch_failed: return "launch failed";
    }
    return "unknown";
  }
};

}  // namespace

std::error_code make_error_code(LaunchErrc code) noexcept {
  static const LaunchCategory category;
  return {static_cast<int>(code), category};
}

}  // namespace nodeagent::command
