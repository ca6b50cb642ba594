// Private links and endpoints, and what nodes have to reach: the emulator is on one machine and needs none of them.
#include "emulator/management/handlers.h"
#include "emulator/management/operation.h"
#include "emulator/management/responses.h"

namespace emulator::management {

Answer list_nothing(Call& call) {
  co_return list_response(call, nlohmann::ordered_json::array());
}

Answer get_nothing(Call&) {
  co_return wire::management::make_error(wire::management::ErrorCode::NotFound);
}

Answer delete_nothing(Call&) {
  constexpr int kNothingToDelete = 204;
  co_return empty_response(kNothingToDelete);
}

}  // namespace emulator::management
