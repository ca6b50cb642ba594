#include "tests/unit/entra/entra_fixture.h"

namespace emulator::entra {
namespace {

class KeyFileTest : public EntraTest {
 protected:
  KeyFileTest() { std::filesystem::remove(file()); }
  [[nodiscard]] std::filesystem::path file() const { return directory_ / "signing.key"; }
  Reply token() {
    return post(kV2Token, {{"grant_type", "client_credentials"},
                           {"client_id", "a"},
                           {"client_secret", "s"},
                           {"scope", "https://batch.core.windows.net/.default"}});
  }
};

base::Async<void> keep_id(base::Async<base::Result<KeyFile::Key>> made, std::vector<std::string>* ids) {
  const auto key = co_await std::move(made);
  ids->push_back(key ? (*key)->public_key().id() : key.error().message);
}

TEST_F(KeyFileTest, IsMadeWithTheFirstTokenAndReadByItsOwnerAlone) {
  EXPECT_EQ(get("/common/.well-known/openid-configuration").status, 200);
  EXPECT_FALSE(
      api_->verifier(wire::entra::Audience::batch)(wire::entra::print_token({{"aud", "x"}}, wire::entra::our_key())));
  EXPECT_FALSE(std::filesystem::exists(file()));
  const auto made = token();
  ASSERT_EQ(made.status, 200) << made.text;
  EXPECT_EQ(std::filesystem::status(file()).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(KeyFileTest, IsMadeOnceForAllWhoAskAtTheSameTime) {
  base::Workers workers{4};
  KeyFile key{file()};
  std::vector<std::string> ids;
  const auto rethrow = [](const std::exception_ptr& thrown) {
    if (thrown) std::rethrow_exception(thrown);
  };
  constexpr std::size_t kAskers = 4;
  for (std::size_t i = 0; i < kAskers; ++i) boost::asio::co_spawn(context_, keep_id(key.get(workers), &ids), rethrow);
  while (ids.size() < kAskers) {
    if (context_.run_one() == 0) context_.restart();
  }
  EXPECT_EQ(ids, std::vector<std::string>(kAskers, ids.front()));
}

TEST_F(KeyFileTest, KeepsTokensGoodOverRestarts) {
  const auto text = token().json()["access_token"].get<std::string>();
  api_ = std::make_unique<EntraApi>(directory_, workers_, clock_);
  EXPECT_TRUE(api_->verifier(wire::entra::Audience::batch)(text));
}

TEST_F(KeyFileTest, ThatIsDamagedIsReportedAndLeftAlone) {
  ASSERT_TRUE(base::write_file_durably(file(), "damaged"));
  const auto reply = token();
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(reply.error(), "temporarily_unavailable");
  const auto identity = api_->verifier(wire::entra::Audience::batch)("a.b.c");
  ASSERT_FALSE(identity);
  EXPECT_EQ(identity.error().code, base::Errc::corrupt);
  EXPECT_EQ(base::read_file(file(), 100).value(), "damaged");
}

}  // namespace
}  // namespace emulator::entra
