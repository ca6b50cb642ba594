// The states of a certificate (contract 4.6). Whether a certificate that is asked to go can go is decided a moment
// later: when a pool or a node has it, the deletion has failed, and stays so until it is tried again or taken back.
#pragma once

#include "emulator/core/records.h"
#include "emulator/core/states.h"

#include <string_view>

namespace emulator::core {

enum class CertificateEvent {
  delete_asked,
  found_in_use,
  deletion_cancelled,
};
constexpr auto names_of(CertificateEvent) {
  return std::to_array<std::string_view>({"delete asked", "found in use", "deletion cancelled"});
}

using CertificateTransition = Transition<wire::batch::CertificateState, CertificateEvent>;
inline constexpr auto kCertificateTransitions = [] {
  using enum wire::batch::CertificateState;
  using enum CertificateEvent;
  return std::to_array<CertificateTransition>({
      {active, delete_asked, deleting},
      {deleting, found_in_use, deletefailed},
      {deletefailed, delete_asked, deleting},
      {deletefailed, deletion_cancelled, active},
  });
}();
static_assert(unambiguous(kCertificateTransitions));

/// The state of a new certificate: active.
void begin(CertificateRecord& certificate, Timestamp now);
/// Applies the event; a pair that is not in the table is a bug.
void transition(CertificateRecord& certificate, CertificateEvent event, Timestamp now);

}  // namespace emulator::core
