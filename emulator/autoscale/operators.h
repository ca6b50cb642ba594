// Operators: the table of contract 8.3. What is not in it is an evaluation error. Not for use outside this folder.
#pragma once

#include "emulator/autoscale/syntax.h"
#include "emulator/autoscale/values.h"

namespace emulator::autoscale {

base::Result<Value> apply_unary(Workspace& workspace, Position at, char operation, const Value& operand);
base::Result<Value> apply_binary(Workspace& workspace, Position at, Operation operation, const Value& left,
                                 const Value& right);

}  // namespace emulator::autoscale
