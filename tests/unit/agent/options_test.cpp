#include "nodeagent/options.h"

#include <gtest/gtest.h>

namespace nodeagent {
namespace {

TEST(AgentOptionsTest, AllThreeOptionsAreRead) {
  const auto options = parse_options({"--node-directory", "/n", "--token-fd=3", "--endpoint-file", "/e"});
  ASSERT_TRUE(options.has_value());
  EXPECT_EQ(options->node_directory, "/n");
  EXPECT_EQ(options->token_fd, 3);
  EXPECT_EQ(options->endpoint_file, "/e");
}

TEST(AgentOptionsTest, HelpAndVersionNeedNothingElse) {
  EXPECT_EQ(parse_options({"--help"})->action, Options::Action::help);
  EXPECT_EQ(parse_options({"--version"})->action, Options::Action::version);
}

TEST(AgentOptionsTest, HelpNamesEveryOption) {
  for (const auto* flag : {"--node-directory", "--token-fd", "--endpoint-file", "--help", "--version"}) {
    EXPECT_NE(help_text().find(flag), std::string::npos) << flag;
  }
}

TEST(AgentOptionsTest, WhatIsUnknownMissingOrMalformedIsRefused) {
  const std::vector<std::vector<std::string_view>> wrong = {
      {},
      {"--node-directory", "/n", "--token-fd", "3"},
      {"--node-directory", "/n", "--token-fd", "x", "--endpoint-file", "/e"},
      {"--node-directory", "/n", "--token-fd", "-1", "--endpoint-file", "/e"},
      {"--node-directory", "", "--token-fd", "3", "--endpoint-file", "/e"},
      {"--token-fd"},
      {"--verbose"},
      {"file"},
  };
  for (const auto& arguments : wrong) EXPECT_TRUE(parse_options(arguments).has_error());
}

}  // namespace
}  // namespace nodeagent
