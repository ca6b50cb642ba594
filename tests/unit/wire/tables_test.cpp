// VM sizes and images.
#include "wire/batch/schema.h"
#include "wire/batch/supported_images.h"
#include "wire/batch/vm_sizes.h"
#include "wire/time_text.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace wire::batch {
namespace {

TEST(VmSizesTest, TheArticlesSizeIsFoundInAnyCasing) {
  auto size = find_vm_size("STANDARD_A1_v2");
  ASSERT_TRUE(size);
  EXPECT_EQ(size->name, "standard_a1_v2");
  EXPECT_EQ(size->cores, 1);
  EXPECT_EQ(size->memory_mib, 2048);
  EXPECT_EQ(size->temporary_disk_gib, 10);
}

TEST(VmSizesTest, EverySizeFindsItself) {
  EXPECT_GE(vm_sizes().size(), 80U);
  for (const auto& size : vm_sizes()) {
    EXPECT_EQ(find_vm_size(size.name)->name, size.name);
    EXPECT_GE(size.cores, 1);
    EXPECT_GE(size.memory_mib, 512);
  }
  EXPECT_FALSE(find_vm_size("standard_z1"));
  EXPECT_FALSE(find_vm_size(""));
}

TEST(SupportedImagesTest, SamplesFindTheirImages) {
  for (auto [publisher, offer, sku, agent] :
       {std::array{"canonical", "UbuntuServer", "18.04-LTS", "batch.node.ubuntu 18.04"},
        std::array{"canonical", "0001-com-ubuntu-server-jammy", "22_04-lts", "batch.node.ubuntu 22.04"},
        std::array{"microsoft-dsvm", "ubuntu-hpc", "2404", "batch.node.ubuntu 24.04"}}) {
    const auto* image = find_image(publisher, offer, sku);
    ASSERT_NE(image, nullptr) << offer;
    EXPECT_EQ(image->node_agent_sku, agent);
    EXPECT_EQ(image->verification, VerificationType::verified);
  }
  EXPECT_EQ(find_image("canonical", "x", "y"), nullptr);
}

TEST(SupportedImagesTest, EveryRowIsWellFormed) {
  EXPECT_GE(supported_images().size(), 25U);
  for (const auto& image : supported_images()) {
    EXPECT_TRUE(is_known_node_agent_sku(image.node_agent_sku));
    EXPECT_EQ(os_of_node_agent_sku(image.node_agent_sku), image.os) << image.sku;
    EXPECT_EQ(find_image(image.publisher, image.offer, image.sku), &image) << image.sku;
    if (!image.end_of_support.empty()) {
      EXPECT_EQ(print_timestamp(parse_timestamp(image.end_of_support).value()), image.end_of_support);
    }
  }
}

TEST(SupportedImagesTest, EntityIsShownWhole) {
  const auto* image = find_image("microsoft-dsvm", "ubuntu-hpc", "2204");
  auto shown = project(Version::v19_0, EntityType::supported_image, image_entity(*image));
  EXPECT_EQ(shown["imageReference"]["version"], "latest");
  EXPECT_EQ(shown["capabilities"][0], "DockerCompatible");
  EXPECT_EQ(shown["osType"], "linux");
}

}  // namespace
}  // namespace wire::batch
