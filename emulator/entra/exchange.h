// Exchange: one request to the token service on its way through an endpoint.
#pragma once

#include "base/clock.h"
#include "emulator/entra/form.h"
#include "emulator/entra/key_file.h"
#include "http/message.h"

#include <string>

namespace emulator::entra {

/// The two generations of endpoints: /oauth2/token takes a resource, /oauth2/v2.0/token takes scopes.
enum class Version { v1, v2 };

struct Exchange {
  const http::Request* request = nullptr;
  Version version = Version::v2;
  std::string tenant_name;  ///< as in the path
  std::string tenant;       ///< its GUID
  std::string user_name;    ///< as in the path
  Form form;                ///< the body of a POST, else the query
  std::string authority;    ///< scheme and host as the client addressed us
  base::Timestamp now{};
  KeyFile::Key key;  ///< null where the endpoint needs none
};

}  // namespace emulator::entra
