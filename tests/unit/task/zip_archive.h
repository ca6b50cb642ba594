// Zip files for tests: ordinary ones, and such as nobody would make by mistake.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <zip.h>
#include <filesystem>
#include <string>
#include <vector>

namespace nodeagent::task {

struct ZipEntry {
  std::string name;
  std::string text;
  mode_t mode = S_IFREG | 0644;  ///< 0: made on another system than Unix
};

inline void write_zip(const std::filesystem::path& file, const std::vector<ZipEntry>& entries) {
  int error = 0;
  auto* archive = zip_open(file.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &error);
  ASSERT_NE(archive, nullptr);
  for (const auto& entry : entries) {
    auto* source = zip_source_buffer(archive, entry.text.data(), entry.text.size(), 0);
    const auto index = zip_file_add(archive, entry.name.c_str(), source, ZIP_FL_ENC_UTF_8);
    ASSERT_GE(index, 0) << entry.name;
    const auto system = entry.mode == 0 ? ZIP_OPSYS_DOS : ZIP_OPSYS_UNIX;
    zip_file_set_external_attributes(archive, static_cast<zip_uint64_t>(index), 0, static_cast<zip_uint8_t>(system),
                                     static_cast<zip_uint32_t>(entry.mode) << 16U);
  }
  ASSERT_EQ(zip_close(archive), 0) << zip_strerror(archive);
}

}  // namespace nodeagent::task
