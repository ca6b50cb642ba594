// What the command says about itself.
#pragma once

namespace nodeagent::media {

/// The lines at the start of every run, on the log.
void print_banner();
/// -version: the same on a descriptor, with the licence-relevant configuration of the loaded library.
void print_version(int descriptor);
/// A run without arguments.
void print_usage();

}  // namespace nodeagent::media
