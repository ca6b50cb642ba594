// Patterns of output files, name by name and on a real tree.
#include "nodeagent/task/glob.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <fstream>

namespace nodeagent::task {
namespace {

TEST(NameMatchTest, StarMatchesAnyCharactersOfOneName) {
  EXPECT_TRUE(name_matches("*", "abc"));
  EXPECT_TRUE(name_matches("a*", "a"));
  EXPECT_TRUE(name_matches("a*c*e", "abcde"));
  EXPECT_TRUE(name_matches("*.mp3", "a.b.mp3"));
  EXPECT_FALSE(name_matches("*.mp3", "a.mp4"));
  EXPECT_FALSE(name_matches("a*b", "ac"));
  EXPECT_TRUE(name_matches("a**b", "axb"));
}
TEST(NameMatchTest, QuestionMarkMatchesOneCharacter) {
  EXPECT_TRUE(name_matches("a?c", "abc"));
  EXPECT_FALSE(name_matches("a?c", "ac"));
  EXPECT_FALSE(name_matches("?", ""));
  EXPECT_FALSE(name_matches("?", "ab"));
}
TEST(NameMatchTest, OneCharacterIsOneOfUtf8) {
  EXPECT_TRUE(name_matches("?", "ä"));
  EXPECT_TRUE(name_matches("a?b", "a€b"));
  EXPECT_TRUE(name_matches("[äö]", "ö"));
  EXPECT_TRUE(name_matches("[!a]", "😀"));
  EXPECT_TRUE(name_matches("a?", "a\xff"));
}
TEST(NameMatchTest, SetMatchesOneOfItsCharacters) {
  EXPECT_TRUE(name_matches("[abc]", "b"));
  EXPECT_FALSE(name_matches("[abc]", "d"));
  EXPECT_TRUE(name_matches("x[a-c]y", "xcy"));
  EXPECT_FALSE(name_matches("x[a-c]y", "xdy"));
  EXPECT_TRUE(name_matches("[a-cx-z0]", "0"));
  EXPECT_FALSE(name_matches("[c-a]", "b"));
}
TEST(NameMatchTest, NegatedSetMatchesAllOthers) {
  EXPECT_TRUE(name_matches("[!abc]", "d"));
  EXPECT_FALSE(name_matches("[!abc]", "a"));
  EXPECT_FALSE(name_matches("[!a-z]", "q"));
  EXPECT_TRUE(name_matches("[!]]", "a"));
}
TEST(NameMatchTest, BracketAtTheStartOfASetIsPartOfIt) {
  EXPECT_TRUE(name_matches("[]a]", "]"));
  EXPECT_TRUE(name_matches("[]a]", "a"));
  EXPECT_FALSE(name_matches("[!]]", "]"));
}
TEST(NameMatchTest, DashAtTheEndsOfASetIsItself) {
  EXPECT_TRUE(name_matches("[-a]", "-"));
  EXPECT_TRUE(name_matches("[a-]", "-"));
  EXPECT_FALSE(name_matches("[a-]", "b"));
}
TEST(NameMatchTest, UnclosedSetIsItself) {
  EXPECT_TRUE(name_matches("a[b", "a[b"));
  EXPECT_FALSE(name_matches("a[b", "ab"));
  EXPECT_TRUE(name_matches("[*", "[abc"));
}
TEST(NameMatchTest, WildcardInBracketsIsItself) {
  EXPECT_TRUE(name_matches("a[*]b", "a*b"));
  EXPECT_FALSE(name_matches("a[*]b", "axb"));
  EXPECT_TRUE(name_matches("[?]", "?"));
  EXPECT_TRUE(name_matches("[[]", "["));
}
TEST(NameMatchTest, HiddenNamesNeedADotInThePattern) {
  EXPECT_FALSE(name_matches("*", ".profile"));
  EXPECT_FALSE(name_matches("?profile", ".profile"));
  EXPECT_FALSE(name_matches("[.]profile", ".profile"));
  EXPECT_TRUE(name_matches(".*", ".profile"));
}
TEST(NameMatchTest, ManyStarsEndQuickly) {
  EXPECT_FALSE(name_matches("a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", std::string(2000, 'a')));
}

TEST(GlobPatternTest, WithoutWildcardsAllOfItIsFixed) {
  const auto pattern = GlobPattern::parse("out//./sub/a.txt");
  EXPECT_FALSE(pattern.has_wildcards());
  EXPECT_EQ(pattern.fixed_part(), "out/sub/a.txt");
}
TEST(GlobPatternTest, FixedPartEndsBeforeTheFirstWildcard) {
  EXPECT_EQ(GlobPattern::parse("../std*.txt").fixed_part(), "..");
  EXPECT_EQ(GlobPattern::parse("a/b/*/c").fixed_part(), "a/b");
  EXPECT_EQ(GlobPattern::parse("/tmp/x/?").fixed_part(), "/tmp/x");
  EXPECT_EQ(GlobPattern::parse("**").fixed_part(), "");
}
TEST(GlobPatternTest, EscapedWildcardIsNone) {
  const auto pattern = GlobPattern::parse("a[*]b/c[[]d[?]");
  EXPECT_FALSE(pattern.has_wildcards());
  EXPECT_EQ(pattern.fixed_part(), "a*b/c[d?");
}
TEST(GlobPatternTest, UnclosedBracketIsNoWildcard) {
  const auto pattern = GlobPattern::parse("a[b");
  EXPECT_FALSE(pattern.has_wildcards());
  EXPECT_EQ(pattern.fixed_part(), "a[b");
}
TEST(GlobPatternTest, DoubleStarCoversAnyNumberOfDirectories) {
  const auto pattern = GlobPattern::parse("**/*.txt");
  EXPECT_TRUE(pattern.matches_rest({"a.txt"}));
  EXPECT_TRUE(pattern.matches_rest({"x", "a.txt"}));
  EXPECT_TRUE(pattern.matches_rest({"x", "y", "z", "a.txt"}));
  EXPECT_FALSE(pattern.matches_rest({"x", "a.mp3"}));
  EXPECT_FALSE(pattern.matches_rest({".hidden", "a.txt"}));
}
TEST(GlobPatternTest, DoubleStarInTheMiddleMayCoverNothing) {
  const auto pattern = GlobPattern::parse("*/**/**/z");
  EXPECT_TRUE(pattern.matches_rest({"a", "z"}));
  EXPECT_TRUE(pattern.matches_rest({"a", "b", "c", "z"}));
  EXPECT_FALSE(pattern.matches_rest({"z"}));
}
TEST(GlobPatternTest, DoubleStarAtTheEndIsEverythingBelow) {
  const auto pattern = GlobPattern::parse("**");
  EXPECT_TRUE(pattern.matches_rest({"a"}));
  EXPECT_TRUE(pattern.matches_rest({"a", "b"}));
}

TEST(ExpandVariablesTest, AllThreeFormsAreReplaced) {
  const std::vector<std::pair<std::string, std::string>> variables{{"A", "one"}, {"B_2", "two"}};
  EXPECT_EQ(expand_variables("$A/%B_2%/${A}x/$B_2.txt", variables), "one/two/onex/two.txt");
}
TEST(ExpandVariablesTest, UnknownNamesStayAsTheyAre) {
  const std::vector<std::pair<std::string, std::string>> variables{{"A", "one"}};
  EXPECT_EQ(expand_variables("$B/%C%/${D}/$/%/100%/${A", variables), "$B/%C%/${D}/$/%/100%/${A");
  EXPECT_EQ(expand_variables("50%$A%A%", variables), "50%oneone");
}
TEST(ExpandVariablesTest, ValuesAreNotExpandedAgain) {
  EXPECT_EQ(expand_variables("$A", {{"A", "$A"}}), "$A");
}

class FindFilesTest : public ::testing::Test {
 protected:
  FindFilesTest() {
    char name[] = "/tmp/glob-XXXXXX";
    root_ = ::mkdtemp(name);
    wd_ = root_ / "wd";
    for (const auto* file : {"stdout.txt", "stderr.txt", "wd/a.mp3", "wd/b.mp3", "wd/c.txt", "wd/.hidden", "wd/d*e",
                             "wd/sub/f.mp3", "wd/sub/deep/g.mp3", "wd/.secret/h.mp3", "wd/sub/.i.mp3"}) {
      std::filesystem::create_directories((root_ / file).parent_path());
      std::ofstream(root_ / file) << file;
    }
  }
  ~FindFilesTest() override { std::filesystem::remove_all(root_); }

  using Rests = std::vector<std::string>;
  Rests find(const std::string& pattern) const {
    auto found = find_files(GlobPattern::parse(pattern), wd_);
    if (found.has_error()) return {found.error().message};
    Rests rests;
    for (const auto& file : *found) {
      EXPECT_TRUE(std::filesystem::is_regular_file(file.path)) << file.path;
      rests.push_back(file.rest);
    }
    return rests;
  }
  std::filesystem::path root_;
  std::filesystem::path wd_;
};

TEST_F(FindFilesTest, StarFindsFilesOfOneDirectory) {
  EXPECT_EQ(find("*.mp3"), (Rests{"a.mp3", "b.mp3"}));
}
TEST_F(FindFilesTest, DirectoriesAreNoFiles) {
  EXPECT_EQ(find("*"), (Rests{"a.mp3", "b.mp3", "c.txt", "d*e"}));
  EXPECT_EQ(find("sub"), Rests{});
}
TEST_F(FindFilesTest, DoubleStarFindsFilesAtEveryDepthButNotHiddenOnes) {
  EXPECT_EQ(find("**/*.mp3"), (Rests{"a.mp3", "b.mp3", "sub/deep/g.mp3", "sub/f.mp3"}));
  EXPECT_EQ(find("**"), (Rests{"a.mp3", "b.mp3", "c.txt", "d*e", "sub/deep/g.mp3", "sub/f.mp3"}));
}
TEST_F(FindFilesTest, HiddenFilesAreFoundByName) {
  EXPECT_EQ(find(".hidden"), (Rests{".hidden"}));
  EXPECT_EQ(find(".*"), (Rests{".hidden"}));
  EXPECT_EQ(find(".secret/*"), (Rests{"h.mp3"}));
  EXPECT_EQ(find("**/.i*"), (Rests{"sub/.i.mp3"}));
}
TEST_F(FindFilesTest, LogsAreFoundAboveTheWorkingDirectory) {
  EXPECT_EQ(find("../std*.txt"), (Rests{"stderr.txt", "stdout.txt"}));
  EXPECT_EQ(find("../stdout.txt"), (Rests{"stdout.txt"}));
}
TEST_F(FindFilesTest, RestStartsBelowTheFixedDirectory) {
  EXPECT_EQ(find("sub/**/*.mp3"), (Rests{"deep/g.mp3", "f.mp3"}));
}
TEST_F(FindFilesTest, AbsolutePatternIgnoresTheWorkingDirectory) {
  EXPECT_EQ(find((root_ / "std*").string()), (Rests{"stderr.txt", "stdout.txt"}));
}
TEST_F(FindFilesTest, EscapedWildcardFindsTheFileOfThatName) {
  EXPECT_EQ(find("d[*]e"), (Rests{"d*e"}));
}
TEST_F(FindFilesTest, NoMatchAndNoDirectoryAreNoErrors) {
  EXPECT_EQ(find("*.none"), Rests{});
  EXPECT_EQ(find("none/*.mp3"), Rests{});
  EXPECT_EQ(find("none"), Rests{});
  EXPECT_EQ(find(""), Rests{});
}
TEST_F(FindFilesTest, LoopOfLinksIsNotFollowed) {
  std::filesystem::create_directory_symlink(wd_, wd_ / "sub/loop");
  std::filesystem::create_directory_symlink("..", wd_ / "sub/deep/up");
  EXPECT_EQ(find("**/*.mp3"), (Rests{"a.mp3", "b.mp3", "sub/deep/g.mp3", "sub/f.mp3"}));
}
TEST_F(FindFilesTest, LinkedDirectoryIsEnteredWhenThePatternNamesIt) {
  std::filesystem::create_directory_symlink("sub", wd_ / "link");
  EXPECT_EQ(find("li*/*.mp3"), (Rests{"link/f.mp3"}));
  EXPECT_EQ(find("link/*.mp3"), (Rests{"f.mp3"}));
}
TEST_F(FindFilesTest, LinkToAFileIsAFileAndLinkToNowhereIsNone) {
  std::filesystem::create_symlink("a.mp3", wd_ / "l1.mp3");
  std::filesystem::create_symlink("nowhere", wd_ / "l2.mp3");
  EXPECT_EQ(find("l*.mp3"), (Rests{"l1.mp3"}));
}
TEST_F(FindFilesTest, SpecialFilesAreNotRead) {
  ASSERT_EQ(::mkfifo((wd_ / "pipe.mp3").c_str(), 0600), 0);
  EXPECT_EQ(find("pipe*"), Rests{});
  EXPECT_EQ(find("pipe.mp3"), Rests{});
}

}  // namespace
}  // namespace nodeagent::task
