// Any bytes as a package: nothing may be written outside the directory, and nothing may break.
#include "nodeagent/task/unpack.h"

#include <cstdint>
#include <cstdlib>
#include <fstream>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace fs = std::filesystem;
  static const fs::path root = [] {
    char name[] = "/tmp/fuzz-unpack-XXXXXX";
    return fs::path(::mkdtemp(name));
  }();
  fs::remove_all(root / "out");
  fs::create_directories(root / "out");
  std::ofstream(root / "a.zip", std::ios::binary | std::ios::trunc)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  (void)nodeagent::task::unpack_zip(root / "a.zip", root / "out", {.entries = 100, .bytes = 1 << 20});
  std::size_t entries = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator(root)) ++entries;
  if (entries != 2) std::abort();
  return 0;
}
