#include "wire/management/errors.h"

#include <gtest/gtest.h>

namespace wire::management {
namespace {

TEST(ManagementErrorsTest, EveryCodeHasANameAStatusAndAMessage) {
  for (int value = 1; value <= static_cast<int>(ErrorCode::ServerUnavailable); ++value) {
    const auto code = static_cast<ErrorCode>(value);
    EXPECT_FALSE(name_of(code).empty());
    EXPECT_GE(http_status(code), 400);
    EXPECT_TRUE(message_of(code).ends_with('.')) << name_of(code);
  }
}

TEST(ManagementErrorsTest, ErrorsOfOtherPartsGetACodeOfTheirKind) {
  EXPECT_EQ(code_of(make_error(ErrorCode::ApplicationNotFound)), ErrorCode::ApplicationNotFound);
  EXPECT_EQ(code_of({base::Errc::unavailable, "x"}), ErrorCode::ServerUnavailable);
  EXPECT_EQ(code_of({base::Errc::io, "x"}), ErrorCode::InternalServerError);
}

}  // namespace
}  // namespace wire::management
