#include "nodeagent/task/certificates.h"

#include "base/durable_file.h"
#include "base/text.h"

#include <fcntl.h>

namespace nodeagent::task {
namespace {

constexpr mode_t kSecretMode = 0600;

base::Result<void> write_secret(const std::filesystem::path& file, std::string_view bytes) {
  ASSIGN_OR_RETURN(auto opened, base::open_file(file, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, kSecretMode));
  RETURN_IF_ERROR(base::write_all(opened.get(), bytes, file));
  return opened.close();
}

}  // namespace

base::Result<void> place_certificates(const TaskPaths& paths, const std::vector<wire::node::Certificate>& certificates,
                                      bool of_start_task) {
  for (const auto& certificate : certificates) {
    if (!(of_start_task ? certificate.for_start_task : certificate.for_tasks)) continue;
    const auto bytes = base::base64_decode(certificate.data);
    if (!bytes) return base::Error(base::Errc::corrupt, "placing certificate " + certificate.thumbprint);
    const auto name = "sha1-" + certificate.thumbprint + (certificate.pfx ? ".pfx" : ".cer");
    RETURN_IF_ERROR(write_secret(paths.certificates() / name, *bytes));
    if (certificate.pfx) RETURN_IF_ERROR(write_secret(paths.certificates() / (name + ".pw"), certificate.password));
  }
  return {};
}

}  // namespace nodeagent::task
