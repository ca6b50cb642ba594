#include "wire/batch/supported_images.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace wire::batch {
namespace {

constexpr auto kVerified = VerificationType::verified;
constexpr auto kUnverified = VerificationType::unverified;
constexpr auto kLinux = OsType::linux_;
constexpr auto kWindows = OsType::windows;

constexpr auto kImages = std::to_array<SupportedImage>({
    // clang-format off
    {"batch.node.ubuntu 18.04", "canonical", "ubuntuserver", "18.04-lts", kLinux, kVerified, "", "2023-05-31T00:00:00Z"},
    {"batch.node.ubuntu 18.04", "canonical", "ubuntuserver", "18_04-lts-gen2", kLinux, kUnverified, "", "2023-05-31T00:00:00Z"},
    {"batch.node.ubuntu 20.04", "canonical", "0001-com-ubuntu-server-focal", "20_04-lts", kLinux, kVerified, "", "2025-05-31T00:00:00Z"},
    {"batch.node.ubuntu 20.04", "canonical", "0001-com-ubuntu-server-focal", "20_04-lts-gen2", kLinux, kVerified, "", "2025-05-31T00:00:00Z"},
    {"batch.node.ubuntu 22.04", "canonical", "0001-com-ubuntu-server-jammy", "22_04-lts", kLinux, kVerified, "", "2027-04-21T00:00:00Z"},
    {"batch.node.ubuntu 22.04", "canonical", "0001-com-ubuntu-server-jammy", "22_04-lts-gen2", kLinux, kVerified, "", "2027-04-21T00:00:00Z"},
    {"batch.node.ubuntu 22.04", "canonical", "0001-com-ubuntu-server-jammy", "22_04-lts-arm64", kLinux, kUnverified, "", "2027-04-21T00:00:00Z"},
    {"batch.node.ubuntu 24.04", "canonical", "ubuntu-24_04-lts", "server", kLinux, kVerified, "", ""},
    {"batch.node.ubuntu 24.04", "canonical", "ubuntu-24_04-lts", "server-gen1", kLinux, kVerified, "", ""},
    {"batch.node.ubuntu 20.04", "microsoft-azure-batch", "ubuntu-server-container", "20-04-lts", kLinux, kVerified, "DockerCompatible", "2024-06-30T00:00:00Z"},
    {"batch.node.ubuntu 20.04", "microsoft-azure-batch", "ubuntu-server-container-rdma", "20-04-lts", kLinux, kVerified, "DockerCompatible IntelMpi SupportsRDMAOnly", "2024-06-30T00:00:00Z"},
    {"batch.node.centos 7", "microsoft-azure-batch", "centos-container", "7-8", kLinux, kVerified, "DockerCompatible", "2024-06-30T00:00:00Z"},
    {"batch.node.ubuntu 18.04", "microsoft-dsvm", "ubuntu-hpc", "1804", kLinux, kUnverified, "IntelMpi NvidiaTeslaDriverInstalled SupportsRDMAOnly", "2023-05-31T00:00:00Z"},
    {"batch.node.ubuntu 20.04", "microsoft-dsvm", "ubuntu-hpc", "2004", kLinux, kVerified, "DockerCompatible IntelMpi NvidiaTeslaDriverInstalled SupportsRDMAOnly", "2025-05-31T00:00:00Z"},
    {"batch.node.ubuntu 22.04", "microsoft-dsvm", "ubuntu-hpc", "2204", kLinux, kVerified, "DockerCompatible IntelMpi NvidiaTeslaDriverInstalled SupportsRDMAOnly", "2027-04-21T00:00:00Z"},
    {"batch.node.ubuntu 24.04", "microsoft-dsvm", "ubuntu-hpc", "2404", kLinux, kVerified, "DockerCompatible IntelMpi NvidiaTeslaDriverInstalled SupportsRDMAOnly", ""},
    {"batch.node.ubuntu 18.04", "microsoft-dsvm", "ubuntu-1804", "1804", kLinux, kVerified, "DockerCompatible NvidiaTeslaDriverInstalled", "2023-05-31T00:00:00Z"},
    {"batch.node.ubuntu 20.04", "microsoft-dsvm", "ubuntu-2004", "2004", kLinux, kVerified, "DockerCompatible NvidiaTeslaDriverInstalled", "2025-05-31T00:00:00Z"},
    {"batch.node.debian 9", "credativ", "debian", "9", kLinux, kVerified, "", "2022-06-30T00:00:00Z"},
    {"batch.node.debian 10", "debian", "debian-10", "10", kLinux, kVerified, "", "2024-06-30T00:00:00Z"},
    {"batch.node.debian 11", "debian", "debian-11", "11", kLinux, kVerified, "", "2026-08-31T00:00:00Z"},
    {"batch.node.debian 11", "debian", "debian-11", "11-gen2", kLinux, kVerified, "", "2026-08-31T00:00:00Z"},
    {"batch.node.debian 12", "debian", "debian-12", "12", kLinux, kVerified, "", "2028-06-30T00:00:00Z"},
    {"batch.node.debian 12", "debian", "debian-12", "12-gen2", kLinux, kVerified, "", "2028-06-30T00:00:00Z"},
    {"batch.node.centos 7", "openlogic", "centos", "7_8", kLinux, kVerified, "", "2024-06-30T00:00:00Z"},
    {"batch.node.centos 7", "openlogic", "centos-hpc", "7.7", kLinux, kVerified, "IntelMpi SupportsRDMAOnly", "2024-06-30T00:00:00Z"},
    {"batch.node.el 8", "almalinux", "almalinux", "8-gen1", kLinux, kVerified, "", "2029-05-31T00:00:00Z"},
    {"batch.node.el 8", "almalinux", "almalinux", "8-gen2", kLinux, kVerified, "", "2029-05-31T00:00:00Z"},
    {"batch.node.el 9", "almalinux", "almalinux-x86_64", "9-gen1", kLinux, kVerified, "", "2032-05-31T00:00:00Z"},
    {"batch.node.el 9", "almalinux", "almalinux-x86_64", "9-gen2", kLinux, kVerified, "", "2032-05-31T00:00:00Z"},
    {"batch.node.el 8", "almalinux", "almalinux-hpc", "8_7-hpc-gen2", kLinux, kVerified, "DockerCompatible IntelMpi NvidiaTeslaDriverInstalled SupportsRDMAOnly", ""},
    {"batch.node.el 8", "oracle", "oracle-linux", "ol88-lvm", kLinux, kUnverified, "", ""},
    {"batch.node.windows amd64", "microsoftwindowsserver", "windowsserver", "2012-r2-datacenter", kWindows, kVerified, "", "2023-10-10T00:00:00Z"},
    {"batch.node.windows amd64", "microsoftwindowsserver", "windowsserver", "2016-datacenter", kWindows, kVerified, "", "2027-01-12T00:00:00Z"},
    {"batch.node.windows amd64", "microsoftwindowsserver", "windowsserver", "2016-datacenter-smalldisk", kWindows, kVerified, "", "2027-01-12T00:00:00Z"},
    {"batch.node.windows amd64", "microsoftwindowsserver", "windowsserver", "2019-datacenter", kWindows, kVerified, "", "2029-01-09T00:00:00Z"},
    {"batch.node.windows amd64", "microsoftwindowsserver", "windowsserver", "2019-datacenter-core", kWindows, kVerified, "", "2029-01-09T00:00:00Z"},
    {"batch.node.windows amd64", "microsoftwindowsserver", "windowsserver", "2019-datacenter-with-containers", kWindows, kVerified, "DockerCompatible", "2029-01-09T00:00:00Z"},
    {"batch.node.windows amd64", "microsoftwindowsserver", "windowsserver", "2022-datacenter", kWindows, kVerified, "", "2031-10-14T00:00:00Z"},
    {"batch.node.windows amd64", "microsoftwindowsserver", "windowsserver", "2022-datacenter-core", kWindows, kVerified, "", "2031-10-14T00:00:00Z"},
    {"batch.node.windows amd64", "microsoftwindowsserver", "windowsserver", "2022-datacenter-g2", kWindows, kVerified, "", "2031-10-14T00:00:00Z"},
    {"batch.node.windows amd64", "microsoft-dsvm", "dsvm-win-2019", "winserver-2019", kWindows, kVerified, "NvidiaTeslaDriverInstalled", ""},
    // clang-format on
});

// Agents of images that are no longer, or not, in the marketplace table; pools of gallery images name them.
constexpr auto kOtherAgents = std::to_array<std::string_view>({
    "batch.node.ubuntu 14.04",
    "batch.node.ubuntu 16.04",
    "batch.node.debian 8",
    "batch.node.centos 8",
    "batch.node.opensuse 42.1",
    "batch.node.sles 15",
});

}  // namespace

std::span<const SupportedImage> supported_images() {
  return kImages;
}

nlohmann::json image_entity(const SupportedImage& image) {
  nlohmann::json entity = {
      {"nodeAgentSKUId", image.node_agent_sku},
      {"imageReference",
       {{"publisher", image.publisher}, {"offer", image.offer}, {"sku", image.sku}, {"version", "latest"}}},
      {"osType", name_of(image.os)},
      {"verificationType", name_of(image.verification)}};
  if (!image.capabilities.empty()) entity["capabilities"] = base::split(image.capabilities, ' ');
  if (!image.end_of_support.empty()) entity["batchSupportEndOfLife"] = image.end_of_support;
  return entity;
}

std::span<const std::string_view> node_agent_skus() {
  static const auto kSkus = [] {
    std::vector<std::string_view> skus;
    for (const auto& image : kImages) skus.push_back(image.node_agent_sku);
    std::sort(skus.begin(), skus.end());
    skus.erase(std::unique(skus.begin(), skus.end()), skus.end());
    return skus;
  }();
  return kSkus;
}

nlohmann::json node_agent_sku_entity(std::string_view sku) {
  nlohmann::json entity = {{"id", sku}, {"osType", name_of(os_of_node_agent_sku(sku))}};
  entity["verifiedImageReferences"] = nlohmann::json::array();
  for (const auto& image : kImages) {
    if (image.node_agent_sku != sku || image.verification != VerificationType::verified) continue;
    entity["verifiedImageReferences"].push_back(image_entity(image)["imageReference"]);
  }
  return entity;
}

bool is_known_node_agent_sku(std::string_view sku) {
  auto same = [&](std::string_view known) { return base::equal_ignoring_case(known, sku); };
  return std::any_of(kImages.begin(), kImages.end(), [&](const auto& image) { return same(image.node_agent_sku); }) ||
         std::any_of(kOtherAgents.begin(), kOtherAgents.end(), same);
}

OsType os_of_node_agent_sku(std::string_view sku) {
  return base::starts_with_ignoring_case(sku, "batch.node.windows") ? OsType::windows : OsType::linux_;
}

const SupportedImage* find_image(std::string_view publisher, std::string_view offer, std::string_view sku) {
  auto found = std::find_if(kImages.begin(), kImages.end(), [&](const auto& image) {
    return base::equal_ignoring_case(image.publisher, publisher) && base::equal_ignoring_case(image.offer, offer) &&
           base::equal_ignoring_case(image.sku, sku);
  });
  return found == kImages.end() ? nullptr : &*found;
}

}  // namespace wire::batch
