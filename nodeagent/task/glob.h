// The patterns of output files (contract 7.6), and the files that match one.
//
//   *  any characters inside one name     ?  one character     [a-c] [!abc]  one of / none of a set
//   **  any directory, any depth          [*]  the wildcard itself, as itself
// A name that begins with '.' is matched only by a pattern name that begins with '.'. '/' separates names. A character
// is one of UTF-8; bytes that are none count one each.
#pragma once

#include "base/result.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace nodeagent::task {

/// A pattern without wildcards names one file; with them, a set of files below its fixed directory.
class GlobPattern {
 public:
  /// Never fails: an unclosed '[' stands for itself. Repeated and trailing slashes and "." are dropped.
  static GlobPattern parse(std::string_view text);

  [[nodiscard]] bool absolute() const noexcept { return absolute_; }
  [[nodiscard]] bool has_wildcards() const noexcept { return wild_from_ < names_.size(); }
  /// The names in front of the first with a wildcard, joined; all of them when there is none. Escapes are resolved.
  [[nodiscard]] std::string fixed_part() const;
  /// Whether the names below the fixed directory match the pattern's rest.
  [[nodiscard]] bool matches_rest(const std::vector<std::string>& names) const;

  /// One name of the pattern.
  struct Name {
    std::string text;     ///< as written
    std::string literal;  ///< escapes resolved; only without wildcards
    bool wild = false;
    bool any_depth = false;  ///< "**"
    bool operator==(const Name&) const = default;
  };
  [[nodiscard]] const std::vector<Name>& names() const noexcept { return names_; }
  /// Index of the first name with a wildcard; names().size() without.
  [[nodiscard]] std::size_t wild_from() const noexcept { return wild_from_; }

 private:
  bool absolute_ = false;
  std::size_t wild_from_ = 0;
  std::vector<Name> names_;
};

/// Whether one name matches a pattern for one name.
bool name_matches(std::string_view pattern, std::string_view name);

/// `$NAME`, `${NAME}` and `%NAME%` replaced by values; an unknown name stays as it is written.
std::string expand_variables(std::string_view text, const std::vector<std::pair<std::string, std::string>>& variables);

struct FoundFile {
  std::filesystem::path path;
  std::string rest;  ///< below the pattern's fixed directory, with '/'; the file's name when there was no wildcard
};

/// More files than one rule may upload.
inline constexpr std::size_t kMostFoundFiles = 100'000;
/// Directories below one another that a search enters.
inline constexpr std::size_t kDeepestSearch = 256;

/// The files (not directories) that match, sorted, relative patterns below `from`. Symbolic links to files count as
/// files; "**" does not enter links to directories, so no loop is followed. too_large past kMostFoundFiles; a directory
/// that cannot be read is io. No match is no error. Blocks.
base::Result<std::vector<FoundFile>> find_files(const GlobPattern& pattern, const std::filesystem::path& from);

}  // namespace nodeagent::task
