// The one place where the bodies of Asio and Beast are compiled (BOOST_*_SEPARATE_COMPILATION).
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>

#if defined(__SANITIZE_THREAD__)
// Asio counts the owners of an executor with a release decrement and an acquire fence; ThreadSanitizer knows no fences
// and reports the last owner's delete.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() {
  return "race:boost::asio::execution::detail::shared_target_executor\nrace:boost::asio::detail::ref_count_down\n"
         "race:boost::asio::execution::detail::any_executor_base::destroy_shared\n";
}
#endif
