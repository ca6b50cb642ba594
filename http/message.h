// What a request and a response are to the rest of the product. Knows no Azure and shows no Beast.
#pragma once

#include "base/async.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace http {

/// Header fields in the order of arrival; names keep their casing and compare without it.
class Headers {
 public:
  using Field = std::pair<std::string, std::string>;
  Headers() = default;
  Headers(std::initializer_list<Field> fields) : fields_(fields) {}
  /// The first field of this name.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
  /// The first field of this name, or "".
  [[nodiscard]] std::string_view get(std::string_view name) const;
  [[nodiscard]] std::size_t count(std::string_view name) const;
  void add(std::string name, std::string value);
  /// Replaces every field of this name.
  void set(std::string name, std::string value);
  void remove(std::string_view name);
  [[nodiscard]] const std::vector<Field>& fields() const noexcept { return fields_; }

 private:
  std::vector<Field> fields_;
};

/// Bytes that arrive or leave piece by piece.
class BodySource {
 public:
  virtual ~BodySource() = default;
  /// Fills part of `into`; 0 = the end. After an error the source is dead.
  virtual base::Async<base::Result<std::size_t>> read_some(std::span<char> into) = 0;
};

/// A whole body in memory as a source.
std::unique_ptr<BodySource> body_from_text(std::string text);
/// Reads a source to its end; too_large past `limit`.
base::Async<base::Result<std::string>> read_all(BodySource& source, std::size_t limit);

/// A request as the server hands it to a handler. The body has not been read yet; a handler that leaves part of it
/// unread costs the client its connection (it is closed after the response), nothing else.
struct Request {
  std::string method;  ///< upper case as sent
  std::string target;  ///< exactly as on the request line
  std::string path;    ///< still percent-encoded, up to '?'
  std::string query;   ///< still percent-encoded, after '?', may be empty
  Headers headers;
  std::optional<std::uint64_t> content_length;  ///< absent for chunked and for no body at all
  bool has_body = false;                        ///< Content-Length (even 0) or Transfer-Encoding was sent
  std::unique_ptr<BodySource> body;             ///< never null; ends at once when there is no body
  std::string peer_address;                     ///< "127.0.0.1", "::1"
  std::uint16_t peer_port = 0;                  ///< from which the client has connected
  std::string request_id;                       ///< lower-case GUID chosen by the server
  bool secure = false;                          ///< arrived over TLS
  /// host:port that a proxy was asked for, in the normal form of http/proxy.h; empty: direct.
  std::string authority;
  std::string session;  ///< the proxy session through which it came; empty: direct
  /// scheme://host[:port] as the client addressed us: what nextLink, Location and url must repeat (clients.md 0.3).
  [[nodiscard]] std::string base_url() const;
};

/// An answer. A text body is sent with Content-Length; a source with Content-Length when `content_length` is set and
/// chunked otherwise. HEAD answers may set content_length without a body. The server adds Date and framing headers.
struct Response {
  int status = 200;
  std::string reason;  ///< empty: the standard phrase
  Headers headers;
  std::string text;
  std::unique_ptr<BodySource> source;
  std::optional<std::uint64_t> content_length;
  /// Sends a text body with Transfer-Encoding: chunked (as the Batch service does with JSON) instead of a length.
  bool chunked = false;
  bool close = false;  ///< close the connection afterwards
};

}  // namespace http
