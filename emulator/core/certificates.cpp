// Certificates: added, used by pools and their nodes, deleted when nobody uses them (contract 4.6).
#include "emulator/core/failures.h"
#include "emulator/core/state.h"

#include <algorithm>

namespace emulator::core {
namespace {

/// A certificate that many use names about this many of them (contract 3.5).
constexpr std::size_t kMostNamedUsers = 100;

bool names(const std::vector<CertificateId>& references, const CertificateId& thumbprint) {
  return std::ranges::find(references, thumbprint) != references.end();
}

}  // namespace

base::Result<Certificate*> Batch::State::existing_certificate(const CertificateId& thumbprint) {
  const auto found = certificates.find(thumbprint);
  if (found == certificates.end()) return wire::batch::make_error(ErrorCode::CertificateNotFound);
  return &found->second;
}

Batch::State::Replied Batch::State::on(AddCertificate& command) {
  if (const auto found = certificates.find(command.certificate.thumbprint); found != certificates.end()) {
    const bool deleting = found->second.record.state == CertificateState::deleting;
    return wire::batch::make_error(deleting ? ErrorCode::CertificateBeingDeleted : ErrorCode::CertificateExists);
  }
  Certificate& certificate = certificates[command.certificate.thumbprint];
  certificate.record = std::move(command.certificate);
  certificate.alarm.serial = ++last_serial;
  begin(certificate.record, now);
  changed_certificates.add(certificate);
  return Reply{.written = touch(certificate.record.version), .each = {}};
}

Batch::State::Replied Batch::State::on(DeleteCertificate& command) {
  ASSIGN_OR_RETURN(Certificate * certificate, existing_certificate(command.thumbprint));
  if (certificate->record.state == CertificateState::deleting) {
    return wire::batch::make_error(ErrorCode::CertificateBeingDeleted);
  }
  change_state(*certificate, CertificateEvent::delete_asked);
  certificate->decides_at = now + kOneTick;
  return Reply{.written = touch(certificate->record.version), .each = {}};
}

Batch::State::Replied Batch::State::on(CancelCertificateDeletion& command) {
  ASSIGN_OR_RETURN(Certificate * certificate, existing_certificate(command.thumbprint));
  switch (certificate->record.state) {
    case CertificateState::active: return wire::batch::make_error(ErrorCode::CertificateStateActive);
    case CertificateState::deleting: return wire::batch::make_error(ErrorCode::CertificateBeingDeleted);
    case CertificateState::deletefailed: break;
  }
  change_state(*certificate, CertificateEvent::deletion_cancelled);
  return Reply{.written = touch(certificate->record.version), .each = {}};
}

// A certificate whose deletion failed is still there and still in use, so it may be referred to; one on its way out may
// not.
base::Result<void> Batch::State::check_certificates(const std::vector<CertificateId>& references) const {
  for (const auto& thumbprint : references) {
    const auto found = certificates.find(thumbprint);
    if (found != certificates.end() && found->second.record.state != CertificateState::deleting) continue;
    return wire::batch::make_error(ErrorCode::InvalidCertificateReferences,
                                   {{"CertificateReference", "sha1-" + thumbprint.text()}});
  }
  return {};
}

std::optional<ResourceError> Batch::State::who_uses(const CertificateId& thumbprint) const {
  std::vector<std::string> of_pools;
  std::vector<std::string> of_nodes;
  for (const auto& [pool_id, pool] : pools) {
    if (of_pools.size() < kMostNamedUsers && names(pool.record.certificates, thumbprint)) {
      of_pools.push_back(pool_id.text());
    }
    for (const auto& [node_id, node] : pool.nodes) {
      if (of_nodes.size() == kMostNamedUsers) break;
      if (names(node.record.certificates, thumbprint)) of_nodes.push_back(node_id.text());
    }
  }
  if (!of_pools.empty()) return certificate_used_by_pools(of_pools);
  if (!of_nodes.empty()) return certificate_used_by_nodes(of_nodes);
  return std::nullopt;
}

void Batch::State::change_state(Certificate& certificate, CertificateEvent event) {
  transition(certificate.record, event, now);
  certificate.record.delete_error.reset();
  changed_certificates.add(certificate);
}

void Batch::State::rearm(Certificate& certificate) {
  const bool deciding = certificate.record.state == CertificateState::deleting;
  timers.set(certificate.alarm, &certificate, deciding ? certificate.decides_at : kNever);
}

void Batch::State::alarm(Certificate& certificate) {
  if (auto users = who_uses(certificate.record.thumbprint)) {
    change_state(certificate, CertificateEvent::found_in_use);
    certificate.record.delete_error = std::move(users);
    touch(certificate.record.version);
    return;
  }
  changed_certificates.forget(certificate);
  const CertificateId thumbprint = certificate.record.thumbprint;
  removals.emplace_back(CertificateRemoved{thumbprint});
  certificates.erase(thumbprint);
}

}  // namespace emulator::core
