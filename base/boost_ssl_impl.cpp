// The one place where the body of Asio's TLS part is compiled.
#include <boost/asio/ssl/impl/src.hpp>
