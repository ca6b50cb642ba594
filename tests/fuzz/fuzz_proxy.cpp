// What clients send to a proxy: header blocks in its forms, spellings of hosts, credentials.
#include "base/check.h"
#include "http/framing.h"
#include "http/proxy.h"

#include <boost/asio/ip/address.hpp>
#include <cstddef>
#include <cstdint>
#include <string>

namespace {

/// A host in normal form is the same when it is read again, and never an address in disguise.
void check_normal(const http::Authority& authority) {
  CHECK(authority.port != 0 && !authority.host.empty() && authority.host.back() != '.');
  for (const char c : authority.host) CHECK(c > ' ' && c < '\x7f' && !(c >= 'A' && c <= 'Z'));
  const auto again = http::parse_authority(authority.text(), 0);
  CHECK(again.has_value() && again->host == authority.host && again->port == authority.port);
  boost::system::error_code error;
  if (authority.host.front() == '[') {
    const auto inner = authority.host.substr(1, authority.host.size() - 2);
    const auto address = boost::asio::ip::make_address_v6(inner, error);
    CHECK(!error && !address.is_v4_mapped() && address.to_string() == inner);
    return;
  }
  // The last label of a name is no number, so that no resolver takes the name for an address.
  const auto label = authority.host.substr(authority.host.rfind('.') + 1);
  if (label.find_first_not_of("0123456789") != std::string::npos) return;
  const auto address = boost::asio::ip::make_address_v4(authority.host, error);
  CHECK(!error && address.to_string() == authority.host);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using Form = http::Head::Form;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const auto authority = http::parse_authority(text, size % 2 == 0 ? 443 : 0);
  if (authority.has_value()) check_normal(*authority);
  const auto credential = http::parse_basic(text);
  if (credential.has_value()) CHECK(credential->user.find(':') == std::string::npos);

  const http::HeadLimits limits{.max_bytes = 4096, .max_fields = 16, .proxy_forms = true};
  auto head = http::parse_head(text, limits);
  if (head.has_error()) return 0;
  CHECK((head->form == Form::authority) == (head->method == "CONNECT"));
  CHECK((head->form == Form::origin) == (head->authority.empty() && head->method != "CONNECT") ||
        head->form == Form::absolute);
  CHECK(head->form == Form::authority || head->target.front() == '/');
  if (head->form == Form::origin) CHECK(http::parse_head(text, {.max_bytes = 4096, .max_fields = 16}).has_value());
  const auto named = http::parse_authority(head->authority, 80);
  if (named.has_value()) {
    check_normal(*named);
    static_cast<void>(http::refused_host_in_tunnel(head->headers, *named));
  }
  http::remove_proxy_fields(head->headers);
  CHECK(head->headers.count("Proxy-Authorization") == 0);
  return 0;
}
