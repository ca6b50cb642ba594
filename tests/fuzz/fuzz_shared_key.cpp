// SharedKey from strangers: the input's lines are path, query and headers. Nothing unsigned may ever be accepted.
#include "base/text.h"
#include "wire/blob/shared_key.h"
#include "wire/shared_key.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<std::string> lines = base::split({reinterpret_cast<const char*>(data), size}, '\n');
  lines.resize(lines.size() + 2);
  std::vector<std::pair<std::string, std::string>> headers;
  for (std::size_t i = 2; i < lines.size(); ++i) {
    std::size_t colon = lines[i].find(':');
    if (colon == std::string::npos) continue;
    headers.emplace_back(lines[i].substr(0, colon), lines[i].substr(colon + 1));
  }
  wire::SignedRequest request{"GET", lines[0], lines[1], headers};
  const wire::SharedKeyAccount account{"account", {"a key that no input can know: 7b1d0c"}};
  if (wire::verify_batch(request, account, base::Timestamp{})) std::abort();
  if (wire::blob::verify_shared_key(request, account, base::Timestamp{})) std::abort();
  return 0;
}
