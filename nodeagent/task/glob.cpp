// A search walks only where a match is possible: each level of directories is compared with the pattern names that can
// stand there (a set of positions, since "**" may cover any number of levels).
#include "nodeagent/task/glob.h"

#include <algorithm>
#include <optional>
#include <set>

namespace nodeagent::task {
namespace {

constexpr std::string_view kWildcards = "*?[";

// ----- one name

/// The characters of UTF-8 text; a byte that is none becomes a value outside of Unicode.
std::u32string characters(std::string_view text) {
  std::u32string out;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80                   ? 1
                               : lead >= 0xF0 && lead < 0xF8 ? 4
                               : lead >= 0xE0                ? 3
                               : lead >= 0xC2                ? 2
                                                             : 0;
    char32_t value = length == 1 ? lead : length == 0 ? 0 : lead & (0xFF >> (length + 1));
    bool valid = length != 0 && i + length <= text.size() && lead < 0xF8;
    for (std::size_t k = 1; valid && k < length; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      valid = (next & 0xC0) == 0x80;
      value = (value << 6) | (next & 0x3F);
    }
    // Longer forms than needed are no characters: two spellings of one would otherwise match each other.
    valid = valid && (length < 3 || value >= (length == 3 ? 0x800u : 0x10000u)) && value <= 0x10FFFF;
    out.push_back(valid ? value : 0x110000 + lead);
    i += valid ? length : 1;
  }
  return out;
}

/// A set "[...]" that starts at `open`: where it ends, and whether it holds `c`. Absent when it is not closed.
struct SetMatch {
  std::size_t end = 0;  ///< behind ']'
  bool matches = false;
};
std::optional<SetMatch> match_set(std::u32string_view pattern, std::size_t open, char32_t c) {
  std::size_t i = open + 1;
  const bool negated = i < pattern.size() && pattern[i] == U'!';
  if (negated) ++i;
  bool held = false;
  for (bool first = true; i < pattern.size(); first = false) {
    if (pattern[i] == U']' && !first) return SetMatch{.end = i + 1, .matches = held != negated};
    const bool range = i + 2 < pattern.size() && pattern[i + 1] == U'-' && pattern[i + 2] != U']';
    held |= range ? pattern[i] <= c && c <= pattern[i + 2] : pattern[i] == c;
    i += range ? 3 : 1;
  }
  return std::nullopt;
}

/// The usual backtracking to the last '*': never worse than pattern length times name length.
bool characters_match(std::u32string_view pattern, std::u32string_view name) {
  std::size_t p = 0;
  std::size_t n = 0;
  std::optional<std::size_t> star;
  std::size_t star_name = 0;
  while (n < name.size()) {
    std::optional<SetMatch> set;
    if (p < pattern.size() && pattern[p] == U'*') {
      star = p++;
      star_name = n;
      continue;
    }
    if (p < pattern.size() && pattern[p] == U'[') set = match_set(pattern, p, name[n]);
    const bool one = p < pattern.size() && (set ? set->matches : pattern[p] == U'?' || pattern[p] == name[n]);
    if (one) {
      p = set ? set->end : p + 1;
      ++n;
    } else if (star) {
      p = *star + 1;
      n = ++star_name;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of(U'*', p) == std::u32string_view::npos;
}

/// "[*]", "[?]" and "[[]" stand for the character itself.
bool is_escape(std::string_view text, std::size_t i) {
  return i + 2 < text.size() && text[i] == '[' && text[i + 2] == ']' &&
         kWildcards.find(text[i + 1]) != std::string_view::npos;
}

bool closes_set(std::string_view text, std::size_t open) {
  const auto wide = characters(text.substr(open));
  return match_set(wide, 0, U'\0').has_value();
}

GlobPattern::Name read_name(std::string_view text) {
  GlobPattern::Name name{.text = std::string(text)};
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_escape(text, i)) {
      name.literal += text[i + 1];
      i += 2;
      continue;
    }
    name.wild |= text[i] == '*' || text[i] == '?' || (text[i] == '[' && closes_set(text, i));
    name.literal += text[i];
  }
  name.any_depth = text == "**";
  if (name.wild) name.literal.clear();
  return name;
}

bool hidden(std::string_view name) {
  return name.starts_with('.');
}

bool one_name_matches(const GlobPattern::Name& pattern, const std::string& name) {
  return pattern.wild ? name_matches(pattern.text, name) : pattern.literal == name;
}

// ----- sets of positions

/// Positions in the pattern that can follow, "**" counted as covering nothing so far.
using Positions = std::set<std::size_t>;

void add_position(const std::vector<GlobPattern::Name>& names, std::size_t at, Positions& to) {
  to.insert(at);
  while (at < names.size() && names[at].any_depth) to.insert(++at);
}

/// Where the pattern stands after one more name.
Positions step(const std::vector<GlobPattern::Name>& names, const Positions& from, const std::string& name) {
  Positions next;
  for (const auto at : from) {
    if (at >= names.size()) continue;
    if (names[at].any_depth) {
      if (!hidden(name)) add_position(names, at, next);
    } else if (one_name_matches(names[at], name)) {
      add_position(names, at + 1, next);
    }
  }
  return next;
}

/// A pattern that ends in "**" means every file below.
bool complete(const std::vector<GlobPattern::Name>& names, const Positions& positions) {
  return positions.contains(names.size());
}

// ----- the walk

class Search {
 public:
  Search(const GlobPattern& pattern, std::filesystem::path base) : pattern_(pattern), base_(std::move(base)) {}

  base::Result<std::vector<FoundFile>> run() {
    Positions start;
    add_position(pattern_.names(), pattern_.wild_from(), start);
    RETURN_IF_ERROR(enter(base_, "", start, 0));
    std::sort(found_.begin(), found_.end(), [](const auto& a, const auto& b) { return a.rest < b.rest; });
    return std::move(found_);
  }

 private:
  /// Whether a position other than inside "**" asks for this directory by a name of its own.
  bool asked_for_by_name(const Positions& positions, const std::string& name) const {
    return std::any_of(positions.begin(), positions.end(), [&](std::size_t at) {
      return at < pattern_.names().size() && !pattern_.names()[at].any_depth &&
             one_name_matches(pattern_.names()[at], name);
    });
  }

  base::Result<void> enter(const std::filesystem::path& directory, const std::string& rest, const Positions& positions,
                           std::size_t depth) {
    if (depth > kDeepestSearch)
      return base::Error(base::Errc::too_large, "searching " + directory.string() + ": too deep");
    std::error_code error;
    std::filesystem::directory_iterator entry(directory, error);
    if (error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory) return {};
    for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
      RETURN_IF_ERROR(look_at(*entry, rest, positions, depth));
    }
    if (error) return base::errno_error("searching " + directory.string(), error.value());
    return {};
  }

  base::Result<void> look_at(const std::filesystem::directory_entry& entry, const std::string& rest,
                             const Positions& positions, std::size_t depth) {
    const auto name = entry.path().filename().string();
    const auto next = step(pattern_.names(), positions, name);
    if (next.empty()) return {};
    const auto path = rest.empty() ? name : rest + "/" + name;
    std::error_code gone;  // an entry that vanished meanwhile, or a link to nowhere, is neither file nor directory
    if (entry.is_directory(gone)) {
      if (entry.is_symlink(gone) && !asked_for_by_name(positions, name)) return {};
      return enter(entry.path(), path, next, depth + 1);
    }
    if (!entry.is_regular_file(gone) || !complete(pattern_.names(), next)) return {};
    if (found_.size() == kMostFoundFiles) {
      return base::Error(base::Errc::too_large,
                         "searching " + base_.string() + ": more than " + std::to_string(kMostFoundFiles) + " files");
    }
    found_.push_back({.path = entry.path(), .rest = path});
    return {};
  }

  const GlobPattern& pattern_;
  std::filesystem::path base_;
  std::vector<FoundFile> found_;
};

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

const std::string* value_of(const std::vector<std::pair<std::string, std::string>>& variables, std::string_view name) {
  const auto found = std::find_if(variables.begin(), variables.end(), [&](const auto& v) { return v.first == name; });
  return found == variables.end() || name.empty() ? nullptr : &found->second;
}

}  // namespace

bool name_matches(std::string_view pattern, std::string_view name) {
  if (hidden(name) && !hidden(pattern)) return false;
  return characters_match(characters(pattern), characters(name));
}

GlobPattern GlobPattern::parse(std::string_view text) {
  GlobPattern pattern;
  pattern.absolute_ = text.starts_with('/');
  while (!text.empty()) {
    const auto end = std::min(text.find('/'), text.size());
    const auto name = text.substr(0, end);
    if (!name.empty() && name != ".") pattern.names_.push_back(read_name(name));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  const auto wild = std::find_if(pattern.names_.begin(), pattern.names_.end(), [](const Name& n) { return n.wild; });
  pattern.wild_from_ = static_cast<std::size_t>(wild - pattern.names_.begin());
  return pattern;
}

std::string GlobPattern::fixed_part() const {
  std::string joined = absolute_ ? "/" : "";
  for (std::size_t i = 0; i < wild_from_; ++i) joined += (i == 0 ? "" : "/") + names_[i].literal;
  return joined;
}

bool GlobPattern::matches_rest(const std::vector<std::string>& rest) const {
  Positions positions;
  add_position(names_, wild_from_, positions);
  for (const auto& name : rest) positions = step(names_, positions, name);
  return complete(names_, positions);
}

std::string expand_variables(std::string_view text, const std::vector<std::pair<std::string, std::string>>& variables) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i + 1;
    std::string_view name;
    if (text[i] == '%' || text.substr(i, 2) == "${") {
      const std::size_t start = text[i] == '%' ? i + 1 : i + 2;
      const auto close = text.find(text[i] == '%' ? '%' : '}', start);
      if (close != std::string_view::npos) {
        name = text.substr(start, close - start);
        end = close + 1;
      }
    } else if (text[i] == '$') {
      while (end < text.size() && is_name_character(text[end])) ++end;
      name = text.substr(i + 1, end - i - 1);
    }
    const auto* value = value_of(variables, name);
    if (value == nullptr) end = i + 1;
    out += value == nullptr ? std::string(1, text[i]) : *value;
    i = end;
  }
  return out;
}

base::Result<std::vector<FoundFile>> find_files(const GlobPattern& pattern, const std::filesystem::path& from) {
  const auto fixed = (from / pattern.fixed_part()).lexically_normal();
  if (pattern.has_wildcards()) return Search(pattern, fixed).run();
  std::vector<FoundFile> found;
  std::error_code error;
  if (std::filesystem::is_regular_file(fixed, error)) {
    found.push_back({.path = fixed, .rest = fixed.filename().string()});
  }
  return found;
}

}  // namespace nodeagent::task
