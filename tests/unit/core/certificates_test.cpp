// Certificates: their states, and who keeps one from going (contract 4.6).
#include "tests/unit/core/batch_fixture.h"

namespace emulator::core {
namespace {

using wire::batch::CertificateState;

class CertificatesTest : public BatchFixture {
 protected:
  const CertificateId id_{std::string(40, 'a')};

  void add() {
    CertificateRecord record;
    record.thumbprint = id_;
    record.document = std::make_shared<const std::string>("{}");
    ok(AddCertificate{std::move(record)});
  }
  std::error_code add_again() {
    CertificateRecord record;
    record.thumbprint = CertificateId{std::string(40, 'A')};
    return error_of(AddCertificate{std::move(record)});
  }
  const CertificateRecord* certificate() { return batch_->find_certificate(id_); }
  PoolRecord pool_with_certificate() {
    auto pool = new_pool("pool", 1);
    pool.certificates = {id_};
    pool.certificate_references = std::make_shared<const std::string>("[{}]");
    return pool;
  }
  void use() {
    ok(AddPool{pool_with_certificate()});
    join(node());
    ok(NodePrepared{node(), 1, std::nullopt});
  }
  void take_from_pool() {
    UpdatePool update{.id = PoolId{"pool"}, .seen = pool_record().version, .document = pool_record().document};
    update.certificates.emplace();
    ok(update);
  }
  void ask_and_decide() {
    ok(DeleteCertificate{id_});
    ASSERT_NE(certificate(), nullptr);
    EXPECT_EQ(certificate()->state, CertificateState::deleting);
    advance(1s);
  }
};

TEST_F(CertificatesTest, AnUnusedCertificateGoesWhenItIsDeleted) {
  add();
  EXPECT_EQ(certificate()->state, CertificateState::active);
  EXPECT_FALSE(certificate()->previous_state);
  ask_and_decide();
  EXPECT_EQ(certificate(), nullptr);
  EXPECT_EQ(error_of(DeleteCertificate{id_}), ErrorCode::CertificateNotFound);
  add();
}

TEST_F(CertificatesTest, ThumbprintsCompareWithoutCase) {
  add();
  EXPECT_EQ(add_again(), ErrorCode::CertificateExists);
}

TEST_F(CertificatesTest, DeletionOfACertificateThatAPoolUsesEndsInDeleteFailed) {
  add();
  use();
  ask_and_decide();
  ASSERT_NE(certificate(), nullptr);
  EXPECT_EQ(certificate()->state, CertificateState::deletefailed);
  EXPECT_EQ(certificate()->previous_state, CertificateState::deleting);
  ASSERT_TRUE(certificate()->delete_error);
  EXPECT_EQ(certificate()->delete_error->code, "PoolsReferencingCertificate");
  EXPECT_EQ(certificate()->delete_error->values, (NameValues{{"Pools", "pool"}}));
}

TEST_F(CertificatesTest, ACertificateStaysInUseOnNodesUntilTheyStartAgain) {
  add();
  use();
  take_from_pool();
  ask_and_decide();
  EXPECT_EQ(certificate()->delete_error->code, "NodesReferencingCertificate");
  lose(node());
  ask_and_decide();
  EXPECT_EQ(certificate(), nullptr);
}

TEST_F(CertificatesTest, AFailedDeletionMayBeTakenBack) {
  add();
  use();
  EXPECT_EQ(error_of(CancelCertificateDeletion{id_}), ErrorCode::CertificateStateActive);
  ask_and_decide();
  ok(CancelCertificateDeletion{id_});
  EXPECT_EQ(certificate()->state, CertificateState::active);
  EXPECT_EQ(certificate()->previous_state, CertificateState::deletefailed);
  EXPECT_FALSE(certificate()->delete_error);
}

TEST_F(CertificatesTest, ACertificateOnItsWayOutTakesNothingNew) {
  add();
  ok(DeleteCertificate{id_});
  EXPECT_EQ(error_of(DeleteCertificate{id_}), ErrorCode::CertificateBeingDeleted);
}

TEST_F(CertificatesTest, AddingOneThatIsBeingDeletedIsRefusedAsThat) {
  add();
  CertificateRecord again;
  again.thumbprint = id_;
  ok(DeleteCertificate{id_});
  EXPECT_EQ(error_of(AddCertificate{again}), ErrorCode::CertificateBeingDeleted);
}

TEST_F(CertificatesTest, APoolThatNamesAnUnknownCertificateIsRefused) {
  EXPECT_EQ(error_of(AddPool{pool_with_certificate()}), ErrorCode::InvalidCertificateReferences);
  add();
  ok(AddPool{pool_with_certificate()});
}

TEST_F(CertificatesTest, ADeletionUnderWayIsDecidedAfterARestart) {
  add();
  ok(DeleteCertificate{id_});
  restart();
  ASSERT_TRUE(batch_->next_deadline());
  advance(1s);
  EXPECT_EQ(certificate(), nullptr);
}

TEST_F(CertificatesTest, AFailedDeletionOutlivesARestart) {
  add();
  use();
  ask_and_decide();
  restart();
  EXPECT_EQ(certificate()->state, CertificateState::deletefailed);
  EXPECT_EQ(certificate()->delete_error->values.size(), 1U);
  EXPECT_EQ(node_record(node()).certificates, std::vector{id_});
}

}  // namespace
}  // namespace emulator::core
