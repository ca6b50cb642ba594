// The JSON body of each diagnostic event (contract 9.2).
#pragma once

#include "emulator/core/diagnostic_event.h"

#include <nlohmann/json_fwd.hpp>
#include <string_view>

namespace emulator::events {

/// "PoolCreate", "TaskStart" ...
std::string_view name_of(const core::DiagnosticEventBody& body);
/// The members that the contract lists.
nlohmann::ordered_json properties_of(const core::DiagnosticEventBody& body);

}  // namespace emulator::events
