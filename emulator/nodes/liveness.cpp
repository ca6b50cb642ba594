#include "emulator/nodes/liveness.h"

namespace emulator::nodes {

std::chrono::milliseconds Liveness::limit() const {
  switch (phase_) {
    case Phase::absent: break;
    case Phase::starting: return limits_.join;
    case Phase::returning: return limits_.adoption;
    case Phase::joined: return limits_.silence;
    case Phase::silent: return limits_.unknown;
  }
  return std::chrono::milliseconds::zero();
}

std::optional<base::SteadyTime> Liveness::deadline() const {
  if (phase_ == Phase::absent) return std::nullopt;
  return since_ + limit();
}

bool Liveness::overdue(base::SteadyTime now) {
  const auto until = deadline();
  if (!until || now < *until) return false;
  if (now < *until + kOwnLateness) return true;
  since_ = now;
  return false;
}

bool Liveness::falls_silent(base::SteadyTime now) {
  if (phase_ != Phase::joined || !overdue(now)) return false;
  become(Phase::silent, now);
  return true;
}

std::string Liveness::reason() const {
  const auto seconds = std::to_string(std::chrono::duration<double>(limit()).count());
  const auto text = seconds.substr(0, seconds.find('.') + 2) + " s";
  switch (phase_) {
    case Phase::absent: break;
    case Phase::starting: return "the node agent did not register within " + text;
    case Phase::returning: return "the node agent did not come back within " + text;
    case Phase::joined:
    case Phase::silent: return "the node agent was silent for " + text;
  }
  return "the node has no agent";
}

}  // namespace emulator::nodes
