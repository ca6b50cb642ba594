#include "emulator/status.h"

#include "emulator/control_client.h"
#include "wire/batch/vocabulary.h"

#include <map>
#include <nlohmann/json.hpp>

namespace emulator {
namespace {

using nlohmann::json;

constexpr int kOk = 200;

struct Tally {
  std::size_t pools = 0;
  std::size_t jobs = 0;
  std::map<std::string, std::int64_t> nodes;
  core::TaskCounts tasks;
};

Tally tally(const core::Batch& batch) {
  Tally counted;
  batch.visit_pools(std::nullopt, [&](const core::PoolRecord& pool) {
    ++counted.pools;
    batch.visit_nodes(pool.id, std::nullopt, [&](const core::NodeRecord& node) {
      ++counted.nodes[std::string{wire::batch::name_of(node.state)}];
      return true;
    });
    return true;
  });
  batch.visit_jobs(std::nullopt, [&](const core::JobRecord& job) {
    ++counted.jobs;
    const auto counts = batch.task_counts(job.id);
    counted.tasks.active += counts.active;
    counted.tasks.running += counts.running;
    counted.tasks.completed += counts.completed;
    counted.tasks.succeeded += counts.succeeded;
    counted.tasks.failed += counts.failed;
    return true;
  });
  return counted;
}

json figures_json(const Tally& counted, const service::BatchService::Figures& figures) {
  const auto& tasks = counted.tasks;
  return {{"pools", counted.pools},
          {"nodes", counted.nodes},
          {"jobs", counted.jobs},
          {"tasks",
           {{"active", tasks.active},
            {"running", tasks.running},
            {"completed", tasks.completed},
            {"succeeded", tasks.succeeded},
            {"failed", tasks.failed}}},
          {"commands", figures.commands},
          {"commits", figures.commits},
          {"largestBatch", figures.largest_batch},
          {"waiting", figures.waiting}};
}

void append_counts(std::string& line, const json& counts) {
  for (const auto& [name, count] : counts.items()) line += " " + name + " " + count.dump() + ",";
  if (line.ends_with(",")) line.pop_back();
}

}  // namespace

base::Async<base::Result<json>> account_figures(service::BatchService& service) {
  auto look = [](const core::Batch& batch) { return tally(batch); };
  CO_ASSIGN_OR_RETURN(const auto counted, co_await service.read(std::move(look)));
  co_return figures_json(counted, service.figures());
}

base::Result<json> ask_for_status(const RunningEmulator& running) {
  ASSIGN_OR_RETURN(const auto answer, ask_emulator(running, "GET", kStatusPath));
  if (answer.status != kOk) {
    return base::Error{base::Errc::unavailable,
                       "asking for the status: the answer is HTTP " + std::to_string(answer.status)};
  }
  auto status = json::parse(answer.body, nullptr, false);
  if (!status.is_object()) return base::Error{base::Errc::corrupt, "the status is not JSON"};
  return status;
}

std::string status_lines(const json& status) {
  std::string text = "pid " + status.value("pid", json{}).dump() + ", version " + status.value("version", "") + "\n";
  const auto accounts = status.value("accounts", json::object());
  for (const auto& [name, account] : accounts.items()) {
    std::string line = "account " + name + ": " + account.value("pools", json{}).dump() + " pools, " +
                       account.value("jobs", json{}).dump() + " jobs\n  nodes:";
    append_counts(line, account.value("nodes", json::object()));
    line += "\n  tasks:";
    append_counts(line, account.value("tasks", json::object()));
    line += "\n  commands " + account.value("commands", json{}).dump() + ", commits " +
            account.value("commits", json{}).dump() + ", largest batch " +
            account.value("largestBatch", json{}).dump() + ", waiting " + account.value("waiting", json{}).dump() +
            "\n  agents:";
    append_counts(line, account.value("agents", json::object()));
    text += line + "\n";
  }
  text += "requests:";
  append_counts(text, status.value("requests", json::object()));
  return text + "\n";
}

}  // namespace emulator
