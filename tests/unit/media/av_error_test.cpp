// The texts are libav's; the codes are what the rest of the node agent tests for.
#include "nodeagent/media/av_error.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "nodeagent/media/av_handles.h"

namespace nodeagent::media {
namespace {

struct Row {
  int av_error;
  const char* text;
  base::Errc code;
};

class AvErrorTable : public ::testing::TestWithParam<Row> {};

TEST_P(AvErrorTable, TextAndCodeMatch) {
  const auto& row = GetParam();
  EXPECT_EQ(error_text(row.av_error), row.text);
  EXPECT_EQ(av_failure("line", row.av_error).code, row.code);
}

INSTANTIATE_TEST_SUITE_P(Numbers, AvErrorTable,
                         ::testing::Values(Row{AVERROR_INVALIDDATA, "Invalid data found when processing input",
                                               base::Errc::corrupt},
                                           Row{AVERROR_EOF, "End of file", base::Errc::corrupt},
                                           Row{AVERROR_EXIT, "Immediate exit requested", base::Errc::cancelled},
                                           Row{AVERROR(ENOENT), "No such file or directory", base::Errc::not_found},
                                           Row{AVERROR(EISDIR), "Is a directory", base::Errc::io},
                                           Row{AVERROR(ENOSPC), "No space left on device", base::Errc::no_space},
                                           Row{AVERROR(EEXIST), "File exists", base::Errc::already_exists},
                                           Row{AVERROR(EINVAL), "Invalid argument", base::Errc::invalid_argument}));

TEST(AvErrorTest, UnknownNumberStillHasAText) {
  EXPECT_EQ(error_text(-123456789), "Error number -123456789 occurred");
}

TEST(AvErrorTest, FailureKeepsTheLineToPrint) {
  EXPECT_EQ(av_failure("x.mp4: Is a directory", AVERROR(EISDIR)).message, "x.mp4: Is a directory");
}

}  // namespace
}  // namespace nodeagent::media
