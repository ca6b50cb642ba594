// Call: one authenticated management request on its way through a handler, and the handlers.
#pragma once

#include "emulator/management/package_storage.h"
#include "emulator/rest/call.h"
#include "wire/management/errors.h"

#include <nlohmann/json.hpp>
#include <string>

namespace emulator::management {

struct Call {
  const rest::Surroundings* surroundings = nullptr;
  std::shared_ptr<const rest::Account> account;
  const PackageStorage* storage = nullptr;
  const http::Request* request = nullptr;
  http::PathParameters path;
  rest::Parameters parameters;  ///< maxresults and $skiptoken
  nlohmann::json body;          ///< what was sent, or null

  [[nodiscard]] service::BatchService& service() const { return *account->service; }
  [[nodiscard]] base::Timestamp now() const { return surroundings->clock->now(); }
  [[nodiscard]] core::ApplicationId application() const { return core::ApplicationId{path.get("applicationName")}; }
  [[nodiscard]] const std::string& version_name() const { return path.get("versionName"); }
};

using Answer = base::Async<base::Result<http::Response>>;
using Handler = Answer (*)(Call& call);

// applications.cpp
Answer create_application(Call& call);
Answer update_application(Call& call);
Answer get_application(Call& call);
Answer list_applications(Call& call);
Answer delete_application(Call& call);
// packages.cpp
Answer create_package(Call& call);
Answer activate_package(Call& call);
Answer get_package(Call& call);
Answer list_packages(Call& call);
Answer delete_package(Call& call);

}  // namespace emulator::management
