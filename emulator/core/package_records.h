// What is kept of applications, their packages and certificates.
#pragma once

#include "emulator/core/record_basics.h"

namespace emulator::core {

/// A package of an application: named by a version, uploaded by the user, usable once it is activated.
enum class PackageState { pending, active };
constexpr auto names_of(PackageState) {
  return std::to_array<std::string_view>({"pending", "active"});
}

struct ApplicationPackage {
  std::string version_name;
  Version version;
  PackageState state = PackageState::pending;
  std::string format;                  ///< given at activation
  std::optional<Timestamp> activated;  ///< the last time; tells editions of one version apart
  std::string blob;                    ///< its name in the application's container
};

struct ApplicationRecord {
  ApplicationId id;
  Version version;
  std::string display_name;
  bool allow_updates = true;                 ///< packages may be uploaded again under their version's name
  std::string default_version;               ///< empty: none
  std::string container;                     ///< in the account's auto storage
  std::vector<ApplicationPackage> packages;  ///< by version name, without regard to case
};

/// `applicationPackageReferences`: what a pool or a task wants deployed. Without a version: the application's default.
struct PackageReference {
  ApplicationId application;
  std::string version;
  bool operator==(const PackageReference&) const = default;
};

/// A reference that can be satisfied, and with what.
struct DeployablePackage {
  ApplicationId application;  ///< spelt as the application is
  std::string version;
  bool by_default = false;  ///< the reference named no version
  Timestamp activated{};
  std::string container;
  std::string blob;
};

struct CertificateRecord {
  CertificateId thumbprint;
  Document document;  ///< thumbprintAlgorithm, certificateFormat, data, password, publicData
  wire::batch::CertificateState state{};
  Timestamp state_since{};
  std::optional<wire::batch::CertificateState> previous_state;
  std::optional<Timestamp> previous_state_since;
  Version version;
  std::optional<ResourceError> delete_error;  ///< only in state deletefailed
};

}  // namespace emulator::core
