#include "emulator/autoscale/formula.h"

#include "emulator/autoscale/evaluate.h"
#include "emulator/autoscale/parser.h"
#include "wire/batch/errors.h"
#include "wire/batch/limits.h"

namespace emulator::autoscale {

Formula::Formula(std::vector<Statement> statements)
    : statements_(std::make_shared<const std::vector<Statement>>(std::move(statements))) {}

base::Result<Formula> Formula::parse(std::string_view text) {
  if (text.size() > wire::batch::kMaxAutoScaleFormulaLength) {
    return wire::batch::make_error(wire::batch::ErrorCode::AutoScalingFormulaTooLong);
  }
  ASSIGN_OR_RETURN(std::vector<Statement> statements, parse_statements(text));
  return Formula(std::move(statements));
}

Evaluation Formula::evaluate(const Situation& situation) const {
  return Evaluator(situation).run(*statements_);
}

}  // namespace emulator::autoscale
