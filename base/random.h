// Randomness from the operating system: keys, tokens and GUIDs.
#pragma once

#include <cstddef>
#include <string>

namespace base {

/// `count` bytes from the kernel's generator; the process stops when it has none to give.
std::string random_bytes(std::size_t count);
/// A random (version 4) GUID in lower case: 8-4-4-4-12.
std::string random_guid();

}  // namespace base
