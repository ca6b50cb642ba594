// Functions and methods: the tables of contract 8.4 and 8.6. Not for use outside this folder.
#pragma once

#include "emulator/autoscale/values.h"

namespace emulator::autoscale {

struct Argument {
  Position at;
  Value value;
};
using Arguments = std::vector<Argument>;

/// Whether there is such a function or method with that many arguments; else AutoScalingFormulaSyntaxError.
base::Result<void> check_function_call(Position at, std::string_view function, std::size_t arguments);
base::Result<void> check_method_call(Position at, std::string_view method, std::size_t arguments);

base::Result<Value> call_function(Workspace& workspace, Position at, std::string_view function,
                                  const Arguments& arguments);
/// GetSample and the others of a samples object.
base::Result<Value> call_method(Workspace& workspace, Position at, const Value& object, std::string_view method,
                                const Arguments& arguments);
/// The members of a timestamp.
base::Result<Value> member_of(Position at, const Value& object, std::string_view member);

}  // namespace emulator::autoscale
