#include "emulator/authority.h"

#include "http/certificates.h"

namespace emulator {

std::vector<std::string> authority_names() {
  // No wider than what is emulated: whoever gets hold of the authority's key can stand in for these names only, and
  // only before programs that were told to trust it.
  return {"batch.azure.com",
          "blob.core.windows.net",
          "login.microsoftonline.com",
          "management.azure.com",
          "localhost",
          "127.0.0.1",
          "::1"};
}

std::filesystem::path authority_directory(const std::filesystem::path& data_dir) {
  return data_dir / "ca";
}

std::string authority_lines(const std::filesystem::path& data_dir) {
  const auto paths = http::authority_paths(std::filesystem::absolute(authority_directory(data_dir)));
  return "certificate " + paths.certificate.string() + "\nbundle " + paths.bundle.string() + "\njava-store " +
         paths.java_store.string() + "\n";
}

}  // namespace emulator
