// The certificate authority of a data directory: for the real service's names, and for this machine's own.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace emulator {

/// The names that its certificates are for, with what is below them: *.batch.azure.com, localhost and so on.
std::vector<std::string> authority_names();
/// `<data-dir>/ca`
std::filesystem::path authority_directory(const std::filesystem::path& data_dir);
/// The lines of `batch-emulator ca`: a word and a path each.
std::string authority_lines(const std::filesystem::path& data_dir);

}  // namespace emulator
