// Applications and their packages: managed by the management operations, referred to by pools and tasks.
//
// What is not published about the management operations was taken from their clients' tests against the live service:
// the codes of wire/management/errors.h, that PUT replaces what is there, and that the default version may be deleted
// (the application then has none).
#include "base/text.h"
#include "emulator/core/failures.h"
#include "emulator/core/state.h"

#include <algorithm>

namespace emulator::core {
namespace {

using ManagementCode = wire::management::ErrorCode;

template <class Record>
auto* find_package(Record& application, std::string_view version_name) {
  const auto found = std::ranges::find_if(application.packages, [&](const ApplicationPackage& package) {
    return base::equal_ignoring_case(package.version_name, version_name);
  });
  return found == application.packages.end() ? nullptr : &*found;
}

/// "This property can only be set to the name of an existing package", and an active one.
base::Result<void> check_default_version(const ApplicationRecord& application, const std::string& version_name) {
  if (version_name.empty()) return {};
  const auto* package = find_package(application, version_name);
  if (package == nullptr) return wire::management::make_error(ManagementCode::RequestedDefaultVersionNotFound);
  if (package->state != PackageState::active) {
    return wire::management::make_error(ManagementCode::RequestedDefaultVersionNotActive);
  }
  return {};
}

base::Result<ApplicationPackage*> existing_package(Application& application, const std::string& version_name) {
  auto* package = find_package(application.record, version_name);
  if (package == nullptr) return wire::management::make_error(ManagementCode::ApplicationPackageNotFound);
  return package;
}

}  // namespace

base::Result<Application*> Batch::State::existing_application(const ApplicationId& id) {
  const auto found = applications.find(id);
  if (found == applications.end()) return wire::management::make_error(ManagementCode::ApplicationNotFound);
  return &found->second;
}

Batch::State::Replied Batch::State::on(PutApplication& command) {
  const auto found = applications.find(command.id);
  static const ApplicationRecord kNone;
  RETURN_IF_ERROR(
      check_default_version(found == applications.end() ? kNone : found->second.record, command.default_version));
  if (found == applications.end() && applications.size() >= options.max_applications) {
    return wire::management::make_error(ManagementCode::ApplicationQuotaReached);
  }
  Application& application = applications[command.id];
  ApplicationRecord& record = application.record;
  if (found == applications.end()) {
    record.id = command.id;
    record.container = std::move(command.container);
  }
  record.display_name = std::move(command.display_name);
  record.allow_updates = command.allow_updates;
  record.default_version = std::move(command.default_version);
  changed_applications.add(application);
  return Reply{.written = touch(record.version), .each = {}};
}

Batch::State::Replied Batch::State::on(UpdateApplication& command) {
  ASSIGN_OR_RETURN(Application * application, existing_application(command.id));
  ApplicationRecord& record = application->record;
  if (command.default_version) RETURN_IF_ERROR(check_default_version(record, *command.default_version));
  if (command.display_name) record.display_name = *std::move(command.display_name);
  if (command.allow_updates) record.allow_updates = *command.allow_updates;
  if (command.default_version) record.default_version = *std::move(command.default_version);
  changed_applications.add(*application);
  return Reply{.written = touch(record.version), .each = {}};
}

Batch::State::Replied Batch::State::on(DeleteApplication& command) {
  ASSIGN_OR_RETURN(Application * application, existing_application(command.id));
  if (!application->record.packages.empty()) {
    return wire::management::make_error(ManagementCode::ApplicationPackagesNotEmpty);
  }
  changed_applications.forget(*application);
  removals.emplace_back(ApplicationRemoved{command.id});
  applications.erase(command.id);
  return Reply{};
}

Batch::State::Replied Batch::State::on(PutPackage& command) {
  ASSIGN_OR_RETURN(Application * application, existing_application(command.application));
  ApplicationRecord& record = application->record;
  auto* package = find_package(record, command.version_name);
  if (package == nullptr) {
    if (record.packages.size() >= options.max_packages_per_application) {
      return wire::management::make_error(ManagementCode::ApplicationPackageQuotaReached);
    }
    const auto place = std::ranges::find_if(record.packages, [&](const ApplicationPackage& other) {
      return base::lower_case(other.version_name) > base::lower_case(command.version_name);
    });
    package = &*record.packages.insert(
        place, ApplicationPackage{.version_name = command.version_name, .blob = std::move(command.blob)});
  } else if (package->state == PackageState::active) {
    // Only what was usable counts as overwritten: an upload that failed may be begun again.
    if (!record.allow_updates) {
      return wire::management::make_error(ManagementCode::ApplicationPackageUpdatesNotAllowed);
    }
    package->state = PackageState::pending;
    package->format.clear();
  }
  changed_applications.add(*application);
  return Reply{.written = touch(package->version), .each = {}};
}

Batch::State::Replied Batch::State::on(ActivatePackage& command) {
  ASSIGN_OR_RETURN(Application * application, existing_application(command.application));
  ASSIGN_OR_RETURN(ApplicationPackage * package, existing_package(*application, command.version_name));
  package->state = PackageState::active;
  package->format = std::move(command.format);
  const Written written = touch(package->version);
  package->activated = package->version.last_modified;  // strictly later than the activation before
  changed_applications.add(*application);
  return Reply{.written = written, .each = {}};
}

Batch::State::Replied Batch::State::on(DeletePackage& command) {
  ASSIGN_OR_RETURN(Application * application, existing_application(command.application));
  ASSIGN_OR_RETURN(ApplicationPackage * package, existing_package(*application, command.version_name));
  ApplicationRecord& record = application->record;
  if (base::equal_ignoring_case(record.default_version, package->version_name)) record.default_version.clear();
  record.packages.erase(record.packages.begin() + (package - record.packages.data()));
  changed_applications.add(*application);
  return Reply{.written = touch(record.version), .each = {}};
}

std::optional<DeployablePackage> Batch::State::deployable(const PackageReference& reference) const {
  const auto found = applications.find(reference.application);
  if (found == applications.end()) return std::nullopt;
  const ApplicationRecord& application = found->second.record;
  const bool by_default = reference.version.empty();
  const auto* package = find_package(application, by_default ? application.default_version : reference.version);
  if (package == nullptr || package->state != PackageState::active) return std::nullopt;
  return DeployablePackage{.application = application.id,
                           .version = package->version_name,
                           .by_default = by_default,
                           .activated = package->activated.value_or(package->version.last_modified),
                           .container = application.container,
                           .blob = package->blob};
}

base::Result<void> Batch::State::check_packages(const std::vector<PackageReference>& references) const {
  for (const auto& reference : references) {
    if (deployable(reference)) continue;
    return wire::batch::make_error(
        ErrorCode::InvalidApplicationPackageReferences,
        {{"ApplicationPackageReference",
          reference.application.text() + ':' + (reference.version.empty() ? "None" : reference.version)}});
  }
  return {};
}

}  // namespace emulator::core
