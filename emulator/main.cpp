// batch-emulator: Azure Batch and Blob Storage on this machine.
#include "emulator/app.h"
#include "emulator/authority.h"
#include "emulator/options.h"
#include "emulator/run/run.h"
#include "emulator/running_file.h"
#include "emulator/status.h"
#include "emulator/version.h"
#include "http/certificates.h"

#include <unistd.h>
#include <exception>
#include <iostream>
#include <nlohmann/json.hpp>

extern char** environ;

namespace {

int failed(const base::Error& error) {
  std::cerr << "batch-emulator: " << error.message << "\n";
  return emulator::kFailureExitCode;
}

int print_environment(const emulator::Options& options) {
  const auto running = emulator::find_running_emulator(options.data_dir);
  if (!running) return failed(running.error());
  std::cout << emulator::environment_lines(*running);
  return 0;
}

int print_status(const emulator::Options& options) {
  const auto running = emulator::find_running_emulator(options.data_dir);
  if (!running) return failed(running.error());
  const auto status = emulator::ask_for_status(*running);
  if (!status) return failed(status.error());
  std::cout << "Batch " << running->batch.url << " (" << running->batch.account << "), Blob " << running->blob.url
            << "\n"
            << emulator::status_lines(*status);
  return 0;
}

int print_authority(const emulator::Options& options) {
  const base::SystemClock clock;
  const auto directory = emulator::authority_directory(options.data_dir);
  const auto authority = http::CertificateAuthority::open(directory, emulator::authority_names(), clock);
  if (!authority) return failed(authority.error());
  std::cout << emulator::authority_lines(options.data_dir);
  return 0;
}

int say(const emulator::EarlyExit& exit) {
  (exit.code == 0 ? std::cout : std::cerr) << exit.text;
  return exit.code;
}

int run(int argc, char** argv) {
  std::vector<std::string> environment;
  for (char** entry = environ; *entry != nullptr; ++entry) environment.emplace_back(*entry);
  const std::vector<std::string> arguments{argv + 1, argv + argc};
  if (emulator::run::is_run(arguments)) {
    const auto parsed = emulator::run::parse_arguments(arguments, environment);
    if (const auto* exit = std::get_if<emulator::EarlyExit>(&parsed)) return say(*exit);
    return emulator::run::run_command(*std::get_if<emulator::run::Arguments>(&parsed), environment);
  }
  auto parsed = emulator::parse_command_line(arguments, environment);
  if (const auto* exit = std::get_if<emulator::EarlyExit>(&parsed)) return say(*exit);
  const auto& line = *std::get_if<emulator::CommandLine>(&parsed);
  switch (line.command) {
    case emulator::Command::env: return print_environment(line.options);
    case emulator::Command::status: return print_status(line.options);
    case emulator::Command::ca: return print_authority(line.options);
    case emulator::Command::run:
    case emulator::Command::start: break;
  }
  return emulator::run_emulator(line.options);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "batch-emulator: unexpected: " << error.what() << "\n";
    return emulator::kFailureExitCode;
  }
}
