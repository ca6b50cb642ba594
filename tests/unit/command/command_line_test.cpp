// The quoting of contract 7.3, character by character.
#include "nodeagent/command/command_line.h"

#include <gtest/gtest.h>

namespace nodeagent::command {
namespace {

using Words = std::vector<std::string>;

Words split(std::string_view text) {
  auto words = split_command_line(text);
  return words.has_value() ? *words : Words{"<refused>"};
}

TEST(CommandLineTest, WordsAreSeparatedByAnyWhiteSpace) {
  EXPECT_EQ(split("  a  b\tc\nd\r\n"), (Words{"a", "b", "c", "d"}));
}
TEST(CommandLineTest, SingleQuotesKeepEverything) {
  EXPECT_EQ(split(R"(sh -c 'echo "$HOME" \n; ls')"), (Words{"sh", "-c", R"(echo "$HOME" \n; ls)"}));
}
TEST(CommandLineTest, DoubleQuotesKeepSpacesAndSingleQuotes) {
  EXPECT_EQ(split(R"(/bin/bash -c "echo 'a b'  c")"), (Words{"/bin/bash", "-c", "echo 'a b'  c"}));
}
TEST(CommandLineTest, BackslashInDoubleQuotesEscapesOnlyWhatAShellEscapes) {
  EXPECT_EQ(split(R"("\"\\\$\`\n\a")"), (Words{R"("\$`\n\a)"}));
}
TEST(CommandLineTest, BackslashOutsideQuotesEscapesAnyCharacter) {
  EXPECT_EQ(split(R"(a\ b \"c\' \\)"), (Words{"a b", "\"c'", "\\"}));
}
TEST(CommandLineTest, BackslashAtTheEndStandsForItself) {
  EXPECT_EQ(split("a\\"), (Words{"a\\"}));
}
TEST(CommandLineTest, AdjacentQuotesAreOneWord) {
  EXPECT_EQ(split(R"(a"b"'c'd)"), (Words{"abcd"}));
}
TEST(CommandLineTest, EmptyQuotesAreAnEmptyWord) {
  EXPECT_EQ(split(R"(a "" '')"), (Words{"a", "", ""}));
}
TEST(CommandLineTest, NothingIsExpandedOrInterpreted) {
  EXPECT_EQ(split("echo $HOME `id` *.txt > out | cat ; x & #y ~"),
            (Words{"echo", "$HOME", "`id`", "*.txt", ">", "out", "|", "cat", ";", "x", "&", "#y", "~"}));
}
TEST(CommandLineTest, UnclosedQuoteIsRefused) {
  for (const auto* text : {"a 'b", "a \"b", "\"", "'", "a \"b\\\""}) {
    auto words = split_command_line(text);
    ASSERT_TRUE(words.has_error()) << text;
    EXPECT_EQ(words.error().code, base::Errc::invalid_argument);
  }
}
TEST(CommandLineTest, EmptyLineIsRefused) {
  EXPECT_TRUE(split_command_line("").has_error());
  EXPECT_TRUE(split_command_line(" \t\n").has_error());
}
TEST(CommandLineTest, NulByteIsRefusedEverywhere) {
  for (const auto& text :
       {std::string("a\0b", 3), std::string("'a\0'", 4), std::string("\"\0\"", 3), std::string("\\\0", 2)}) {
    EXPECT_TRUE(split_command_line(text).has_error());
  }
}

TEST(PlainShellTextTest, WordsAndQuotesArePlain) {
  EXPECT_EQ(split_plain_shell_text(R"(ffmpeg -i "in put.mp4" 'o$ut.mp3' -b:a 128k a\ b)"),
            (Words{"ffmpeg", "-i", "in put.mp4", "o$ut.mp3", "-b:a", "128k", "a b"}));
}
TEST(PlainShellTextTest, EveryCharacterWithAMeaningIsRefused) {
  for (const char c : std::string("|&;<>()$`*?[]{}~#!\n\r")) {
    EXPECT_EQ(split_plain_shell_text(std::string("ffmpeg a") + c + "b"), std::nullopt) << static_cast<int>(c);
  }
}
TEST(PlainShellTextTest, TheSameCharactersAreHarmlessInSingleQuotes) {
  EXPECT_EQ(split_plain_shell_text("a '|&;<>()$`*?[]{}~#!\n'"), (Words{"a", "|&;<>()$`*?[]{}~#!\n"}));
}
TEST(PlainShellTextTest, ExpansionsAreRefusedInDoubleQuotesToo) {
  EXPECT_EQ(split_plain_shell_text("a \"$x\""), std::nullopt);
  EXPECT_EQ(split_plain_shell_text("a \"`x`\""), std::nullopt);
  EXPECT_EQ(split_plain_shell_text(R"(a "\$x")"), (Words{"a", "$x"}));
}
TEST(PlainShellTextTest, JoinedLinesAreRefused) {
  EXPECT_EQ(split_plain_shell_text("a \\\nb"), std::nullopt);
  EXPECT_EQ(split_plain_shell_text("a \"\\\n\""), std::nullopt);
}
TEST(PlainShellTextTest, UnclosedQuoteIsRefused) {
  EXPECT_EQ(split_plain_shell_text("a 'b"), std::nullopt);
}

}  // namespace
}  // namespace nodeagent::command
