#include "wire/proxy_environment.h"

#include <algorithm>

namespace wire {
namespace {

constexpr std::string_view kProxyHost = "127.0.0.1";

std::string proxy_url(const ProxySettings& proxy) {
  return "http://" + proxy.session + ":" + proxy.secret + "@" + std::string{kProxyHost} + ":" +
         std::to_string(proxy.port);
}

}  // namespace

std::string java_options(const ProxySettings& proxy) {
  const auto host = std::string{kProxyHost};
  const auto port = std::to_string(proxy.port);
  // No user and no password: HttpsURLConnection and okhttp take none from properties, and the proxy knows the process
  // by kSessionVariable.
  return "-Dhttps.proxyHost=" + host + " -Dhttps.proxyPort=" + port + " -Dhttp.proxyHost=" + host +
         " -Dhttp.proxyPort=" + port + " -Djavax.net.ssl.trustStore=" + proxy.ca_java_store +
         " -Djavax.net.ssl.trustStoreType=PKCS12 -Djavax.net.ssl.trustStorePassword=changeit";
}

Variables proxy_environment(const ProxySettings& proxy) {
  const auto url = proxy_url(proxy);
  const auto java = java_options(proxy);
  Variables variables{
      // curl and Go look at both cases, Python and Node too; curl reads http_proxy in lower case only.
      {"HTTPS_PROXY", url},
      {"https_proxy", url},
      {"HTTP_PROXY", url},
      {"http_proxy", url},
      {"NO_PROXY", std::string{kNoProxy}},
      {"no_proxy", std::string{kNoProxy}},
      // requests (azure-core, msal, az); curl; OpenSSL's default (aiohttp, httpx, urllib), Go and .NET.
      {"REQUESTS_CA_BUNDLE", proxy.ca_bundle},
      {"CURL_CA_BUNDLE", proxy.ca_bundle},
      {"SSL_CERT_FILE", proxy.ca_bundle},
      // Node adds these to its own.
      {"NODE_EXTRA_CA_CERTS", proxy.ca_certificate},
      // Every JVM; and Nextflow, whose launcher takes the former away.
      {"JAVA_TOOL_OPTIONS", java},
      {"NXF_OPTS", java},
      // For programs that want to know.
      {std::string{kSessionVariable}, proxy.session},
      {"BATCH_EMULATOR_PROXY", "http://" + std::string{kProxyHost} + ":" + std::to_string(proxy.port)},
      {"BATCH_EMULATOR_CA", proxy.ca_certificate},
  };
  std::sort(variables.begin(), variables.end());
  return variables;
}

}  // namespace wire
