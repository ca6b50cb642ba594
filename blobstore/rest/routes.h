// The whole Blob API as one table. What is not offered stands in it too, and is answered 501 by name.
#pragma once

#include "base/result.h"
#include "blobstore/rest/call.h"

#include <span>
#include <string_view>

namespace blobstore::rest {

enum class Scope { service, container, blob };

/// What tells operations apart that share method and comp.
struct Selector {
  enum class Kind { always, header_is, header_given, copy_of_type, parameter_given } kind = Kind::always;
  std::string_view name{};
  std::string_view value{};
};

/// Who may do it, besides the account's key ("Create an account SAS", "Create a service SAS": permissions by
/// operation).
struct Access {
  char resource_type = 'o';                ///< of an account SAS: s, c or o
  std::string_view account_permissions{};  ///< any of these; empty: no account SAS suffices
  std::string_view service_permissions{};  ///< any of these; empty: no service SAS suffices
  wire::blob::PublicAccess anonymous = wire::blob::PublicAccess::none;  ///< the least public access that suffices
  bool writes = false;                                                  ///< not on the secondary
};

struct Operation {
  std::string_view name;    ///< operationId of the OpenAPI document, or of the same form
  std::string_view method;  ///< "GET" also answers HEAD unless a HEAD row comes first
  Scope scope;
  std::string_view restype;
  std::string_view comp;
  Selector selector;
  Access access;
  Handler handler;  ///< null: not offered
};

std::span<const Operation> operations();

/// The first row that fits. InvalidQueryParameterValue for a comp or restype that no row has, UnsupportedHttpVerb where
/// only the method is wrong.
base::Result<const Operation*> find_operation(const Call& call);

}  // namespace blobstore::rest
