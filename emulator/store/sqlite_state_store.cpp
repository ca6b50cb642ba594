// The Batch state in one SQLite file: a table for each kind of record, one transaction per commit
// (docs/storage_format.md, State).
//
// A commit often carries several versions of one row (a node changes with every task); only the last is written.
#include "base/sqlite.h"
#include "base/text.h"
#include "emulator/store/record_codec.h"
#include "emulator/store/state_store.h"

#include <array>
#include <unordered_set>

namespace emulator::store {
namespace {

using base::sqlite::Database;
using base::sqlite::Statement;
using core::Change;

/// Step i leads from schema version i to i + 1. A step is never changed once it was released.
constexpr auto kMigrations = std::to_array<std::string_view>({
    R"(CREATE TABLE pools (id TEXT PRIMARY KEY, document BLOB, state TEXT NOT NULL) WITHOUT ROWID;
       CREATE TABLE nodes (pool TEXT, node TEXT, state TEXT NOT NULL, PRIMARY KEY (pool, node)) WITHOUT ROWID;
       CREATE TABLE jobs (id TEXT PRIMARY KEY, document BLOB, state TEXT NOT NULL);
       CREATE TABLE tasks (job TEXT, task TEXT, document BLOB, state TEXT NOT NULL, PRIMARY KEY (job, task));)",
    R"(CREATE TABLE samples (pool TEXT, at INTEGER, state TEXT NOT NULL, PRIMARY KEY (pool, at)) WITHOUT ROWID;)",
    R"(CREATE TABLE applications (id TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID;
       CREATE TABLE certificates (thumbprint TEXT PRIMARY KEY, document BLOB, state TEXT NOT NULL) WITHOUT ROWID;)",
    R"(CREATE TABLE job_schedules (id TEXT PRIMARY KEY, document BLOB, state TEXT NOT NULL);
       CREATE TABLE usage (begin INTEGER, pool TEXT, vm_size TEXT, state TEXT NOT NULL,
                           PRIMARY KEY (begin, pool, vm_size)) WITHOUT ROWID;
       CREATE TABLE totals (id INTEGER PRIMARY KEY CHECK (id = 1), state TEXT NOT NULL);)",
    R"(CREATE TABLE job_nodes (job TEXT, pool TEXT, node TEXT, state TEXT NOT NULL,
                               PRIMARY KEY (job, pool, node)) WITHOUT ROWID;)",
});

struct Statements {
  Statement put_schedule, put_usage, put_totals, drop_schedule, drop_usage;
  Statement put_pool, put_node, put_job, put_task, put_sample;
  Statement drop_pool, drop_node, drop_job, drop_tasks, drop_task, drop_samples;
  Statement put_application, put_certificate, drop_application, drop_certificate;
  Statement put_job_node, drop_job_nodes;

  static base::Result<Statements> prepare(Database& database) {
    ASSIGN_OR_RETURN(auto put_schedule, database.prepare("INSERT INTO job_schedules VALUES (?, ?, ?) ON CONFLICT DO "
                                                         "UPDATE SET document = excluded.document, state = "
                                                         "excluded.state"));
    ASSIGN_OR_RETURN(auto put_usage, database.prepare("INSERT OR REPLACE INTO usage VALUES (?, ?, ?, ?)"));
    ASSIGN_OR_RETURN(auto put_totals, database.prepare("INSERT OR REPLACE INTO totals VALUES (1, ?)"));
    ASSIGN_OR_RETURN(auto drop_schedule, database.prepare("DELETE FROM job_schedules WHERE id = ?"));
    ASSIGN_OR_RETURN(auto drop_usage,
                     database.prepare("DELETE FROM usage WHERE begin = ? AND pool = ? AND vm_size = ?"));
    ASSIGN_OR_RETURN(auto put_pool, database.prepare("INSERT OR REPLACE INTO pools VALUES (?, ?, ?)"));
    ASSIGN_OR_RETURN(auto put_node, database.prepare("INSERT OR REPLACE INTO nodes VALUES (?, ?, ?)"));
    ASSIGN_OR_RETURN(auto put_job, database.prepare("INSERT INTO jobs VALUES (?, ?, ?) ON CONFLICT DO UPDATE "
                                                    "SET document = excluded.document, state = excluded.state"));
    ASSIGN_OR_RETURN(auto put_task, database.prepare("INSERT INTO tasks VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE "
                                                     "SET document = excluded.document, state = excluded.state"));
    ASSIGN_OR_RETURN(auto drop_pool, database.prepare("DELETE FROM pools WHERE id = ?"));
    ASSIGN_OR_RETURN(auto drop_node, database.prepare("DELETE FROM nodes WHERE pool = ? AND node = ?"));
    ASSIGN_OR_RETURN(auto drop_job, database.prepare("DELETE FROM jobs WHERE id = ?"));
    ASSIGN_OR_RETURN(auto drop_tasks, database.prepare("DELETE FROM tasks WHERE job = ?"));
    ASSIGN_OR_RETURN(auto drop_task, database.prepare("DELETE FROM tasks WHERE job = ? AND task = ?"));
    ASSIGN_OR_RETURN(auto put_application, database.prepare("INSERT OR REPLACE INTO applications VALUES (?, ?)"));
    ASSIGN_OR_RETURN(auto put_certificate, database.prepare("INSERT OR REPLACE INTO certificates VALUES (?, ?, ?)"));
    ASSIGN_OR_RETURN(auto drop_application, database.prepare("DELETE FROM applications WHERE id = ?"));
    ASSIGN_OR_RETURN(auto drop_certificate, database.prepare("DELETE FROM certificates WHERE thumbprint = ?"));
    ASSIGN_OR_RETURN(auto put_job_node, database.prepare("INSERT OR REPLACE INTO job_nodes VALUES (?, ?, ?, ?)"));
    ASSIGN_OR_RETURN(auto drop_job_nodes, database.prepare("DELETE FROM job_nodes WHERE job = ?"));
    ASSIGN_OR_RETURN(auto put_sample, database.prepare("INSERT OR REPLACE INTO samples VALUES (?, ?, ?)"));
    ASSIGN_OR_RETURN(auto drop_samples, database.prepare("DELETE FROM samples WHERE pool = ? AND at < ?"));
    return Statements{.put_schedule = std::move(put_schedule),
                      .put_usage = std::move(put_usage),
                      .put_totals = std::move(put_totals),
                      .drop_schedule = std::move(drop_schedule),
                      .drop_usage = std::move(drop_usage),
                      .put_pool = std::move(put_pool),
                      .put_node = std::move(put_node),
                      .put_job = std::move(put_job),
                      .put_task = std::move(put_task),
                      .put_sample = std::move(put_sample),
                      .drop_pool = std::move(drop_pool),
                      .drop_node = std::move(drop_node),
                      .drop_job = std::move(drop_job),
                      .drop_tasks = std::move(drop_tasks),
                      .drop_task = std::move(drop_task),
                      .drop_samples = std::move(drop_samples),
                      .put_application = std::move(put_application),
                      .put_certificate = std::move(put_certificate),
                      .drop_application = std::move(drop_application),
                      .drop_certificate = std::move(drop_certificate),
                      .put_job_node = std::move(put_job_node),
                      .drop_job_nodes = std::move(drop_job_nodes)};
  }
};

/// Ids compare without case, so keys are stored in lower case; the id as given is in the state.
template <class Id>
std::string key_of(const Id& id) {
  return base::lower_case(id.text());
}

void bind_document(Statement& statement, int index, const core::Document& document) {
  if (document) {
    statement.bind_blob(index, *document);
  } else {
    statement.bind_null(index);
  }
}

/// What row a change is about, for all tables; empty for a removed job and forgotten samples, which are about many.
std::string row_of(const Change& change) {
  struct Name {
    std::string operator()(const core::PoolRecord& row) { return "p/" + key_of(row.id); }
    std::string operator()(const core::PoolRemoved& row) { return "p/" + key_of(row.id); }
    std::string operator()(const core::SampleRecord& row) {
      return "s/" + key_of(row.pool) + '/' + std::to_string(row.at.time_since_epoch().count());
    }
    std::string operator()(const core::SamplesForgotten&) { return {}; }
    std::string operator()(const core::JobScheduleRecord& row) { return "js/" + key_of(row.id); }
    std::string operator()(const core::JobScheduleRemoved& row) { return "js/" + key_of(row.id); }
    std::string operator()(const core::UsageRecord& row) { return (*this)(core::UsageRemoved{row.key}); }
    std::string operator()(const core::UsageRemoved& row) {
      return "u/" + std::to_string(row.key.begin.time_since_epoch().count()) + '/' + key_of(row.key.pool) + '/' +
             row.key.vm_size;
    }
    std::string operator()(const core::TotalsRecord&) { return "totals"; }
    std::string operator()(const core::NodeRecord& row) { return (*this)(core::NodeRemoved{row.key}); }
    std::string operator()(const core::NodeRemoved& row) {
      return "n/" + key_of(row.key.pool) + '/' + key_of(row.key.node);
    }
    std::string operator()(const core::ApplicationRecord& row) { return "a/" + key_of(row.id); }
    std::string operator()(const core::ApplicationRemoved& row) { return "a/" + key_of(row.id); }
    std::string operator()(const core::CertificateRecord& row) { return "c/" + key_of(row.thumbprint); }
    std::string operator()(const core::CertificateRemoved& row) { return "c/" + key_of(row.thumbprint); }
    std::string operator()(const core::JobRecord& row) { return "j/" + key_of(row.id); }
    std::string operator()(const core::JobRemoved&) { return {}; }
    std::string operator()(const core::TaskRecord& row) { return (*this)(core::TaskRemoved{row.key}); }
    std::string operator()(const core::TaskRemoved& row) {
      return "t/" + key_of(row.key.job) + '/' + key_of(row.key.task);
    }
    std::string operator()(const core::JobNodeRecord& row) {
      return "jn/" + key_of(row.key.job) + '/' + key_of(row.key.node.pool) + '/' + key_of(row.key.node.node);
    }
  };
  return std::visit(Name{}, change);
}

/// Which changes are made void by a later one about the same row.
std::vector<bool> superseded(std::span<const Change> changes) {
  std::vector<bool> result(changes.size());
  std::unordered_set<std::string> seen;
  for (std::size_t i = changes.size(); i-- > 0;) {
    std::string row = row_of(changes[i]);
    result[i] = !row.empty() && !seen.insert(std::move(row)).second;
  }
  return result;
}

class SqliteStateStore final : public StateStore {
 public:
  SqliteStateStore(std::filesystem::path file, Database database, Statements statements)
      : file_(std::move(file)), database_(std::move(database)), statements_(std::move(statements)) {}

  base::Result<core::Snapshot> load() override {
    core::Snapshot snapshot;
    RETURN_IF_ERROR(load_rows("pools", "document", decode_pool_state, snapshot.pools));
    RETURN_IF_ERROR(load_rows("nodes", "NULL", decode_node_state, snapshot.nodes));
    RETURN_IF_ERROR(load_rows("jobs", "document", decode_job_state, snapshot.jobs));
    RETURN_IF_ERROR(load_rows("tasks", "document", decode_task_state, snapshot.tasks));
    RETURN_IF_ERROR(load_rows("samples", "NULL", decode_sample_state, snapshot.samples));
    RETURN_IF_ERROR(load_rows("applications", "NULL", decode_application_state, snapshot.applications));
    RETURN_IF_ERROR(load_rows("certificates", "document", decode_certificate_state, snapshot.certificates));
    RETURN_IF_ERROR(load_rows("job_schedules", "document", decode_job_schedule_state, snapshot.job_schedules));
    RETURN_IF_ERROR(load_rows("usage", "NULL", decode_usage_state, snapshot.usage));
    std::vector<core::TotalsRecord> totals;
    RETURN_IF_ERROR(load_rows("totals", "NULL", decode_totals_state, totals));
    if (!totals.empty()) snapshot.totals = totals.front();
    RETURN_IF_ERROR(load_rows("job_nodes", "NULL", decode_job_node_state, snapshot.job_nodes));
    return snapshot;
  }

  base::Result<void> commit(std::span<const Change> changes) override {
    if (failed_) return base::Error(base::Errc::io, "an earlier commit to " + file_.string() + " failed");
    auto result = write(changes);
    failed_ = result.has_error();
    if (failed_) return std::move(result).error().in("committing to " + file_.string());
    return {};
  }

 private:
  base::Result<void> write(std::span<const Change> changes) {
    ASSIGN_OR_RETURN(auto transaction, base::sqlite::Transaction::begin(database_));
    const std::vector<bool> skip = superseded(changes);
    for (std::size_t i = 0; i < changes.size(); ++i) {
      if (skip[i]) continue;
      RETURN_IF_ERROR(std::visit([&](const auto& row) { return write(row); }, changes[i]));
    }
    return transaction.commit();
  }

  base::Result<void> write(const core::PoolRecord& row) {
    auto& put = statements_.put_pool.bind(1, key_of(row.id));
    bind_document(put, 2, row.document);
    return put.bind(3, encode_state(row)).run();
  }
  base::Result<void> write(const core::NodeRecord& row) {
    return statements_.put_node.bind(1, key_of(row.key.pool))
        .bind(2, key_of(row.key.node))
        .bind(3, encode_state(row))
        .run();
  }
  base::Result<void> write(const core::JobRecord& row) {
    auto& put = statements_.put_job.bind(1, key_of(row.id));
    bind_document(put, 2, row.document);
    return put.bind(3, encode_state(row)).run();
  }
  base::Result<void> write(const core::TaskRecord& row) {
    auto& put = statements_.put_task.bind(1, key_of(row.key.job)).bind(2, key_of(row.key.task));
    bind_document(put, 3, row.document);
    return put.bind(4, encode_state(row)).run();
  }
  base::Result<void> write(const core::SampleRecord& row) {
    return statements_.put_sample.bind(1, key_of(row.pool))
        .bind(2, row.at.time_since_epoch().count())
        .bind(3, encode_state(row))
        .run();
  }
  base::Result<void> write(const core::SamplesForgotten& row) {
    return statements_.drop_samples.bind(1, key_of(row.pool)).bind(2, row.before.time_since_epoch().count()).run();
  }
  base::Result<void> write(const core::ApplicationRecord& row) {
    return statements_.put_application.bind(1, key_of(row.id)).bind(2, encode_state(row)).run();
  }
  base::Result<void> write(const core::ApplicationRemoved& row) {
    return statements_.drop_application.bind(1, key_of(row.id)).run();
  }
  base::Result<void> write(const core::CertificateRecord& row) {
    auto& put = statements_.put_certificate.bind(1, key_of(row.thumbprint));
    bind_document(put, 2, row.document);
    return put.bind(3, encode_state(row)).run();
  }
  base::Result<void> write(const core::CertificateRemoved& row) {
    return statements_.drop_certificate.bind(1, key_of(row.thumbprint)).run();
  }
  base::Result<void> write(const core::JobScheduleRecord& row) {
    auto& put = statements_.put_schedule.bind(1, key_of(row.id));
    bind_document(put, 2, row.document);
    return put.bind(3, encode_state(row)).run();
  }
  base::Result<void> write(const core::JobScheduleRemoved& row) {
    return statements_.drop_schedule.bind(1, key_of(row.id)).run();
  }
  base::Result<void> write(const core::UsageRecord& row) {
    return bind_key(statements_.put_usage, row.key).bind(4, encode_state(row)).run();
  }
  base::Result<void> write(const core::UsageRemoved& row) { return bind_key(statements_.drop_usage, row.key).run(); }
  base::Result<void> write(const core::TotalsRecord& row) {
    return statements_.put_totals.bind(1, encode_state(row)).run();
  }
  static Statement& bind_key(Statement& statement, const core::UsageKey& key) {
    return statement.bind(1, key.begin.time_since_epoch().count()).bind(2, key_of(key.pool)).bind(3, key.vm_size);
  }
  base::Result<void> write(const core::JobNodeRecord& row) {
    return statements_.put_job_node.bind(1, key_of(row.key.job))
        .bind(2, key_of(row.key.node.pool))
        .bind(3, key_of(row.key.node.node))
        .bind(4, encode_state(row))
        .run();
  }
  base::Result<void> write(const core::PoolRemoved& row) { return statements_.drop_pool.bind(1, key_of(row.id)).run(); }
  base::Result<void> write(const core::NodeRemoved& row) {
    return statements_.drop_node.bind(1, key_of(row.key.pool)).bind(2, key_of(row.key.node)).run();
  }
  base::Result<void> write(const core::JobRemoved& row) {
    RETURN_IF_ERROR(statements_.drop_tasks.bind(1, key_of(row.id)).run());
    RETURN_IF_ERROR(statements_.drop_job_nodes.bind(1, key_of(row.id)).run());
    return statements_.drop_job.bind(1, key_of(row.id)).run();
  }
  base::Result<void> write(const core::TaskRemoved& row) {
    return statements_.drop_task.bind(1, key_of(row.key.job)).bind(2, key_of(row.key.task)).run();
  }

  template <class Record>
  base::Result<void> load_rows(const std::string& table, const std::string& document,
                               base::Result<Record> (*decode)(std::string_view), std::vector<Record>& into) {
    const auto named = [&](base::Error error) {
      return std::move(error).in("reading table " + table + " of " + file_.string());
    };
    auto select = database_.prepare("SELECT " + document + ", state FROM " + table);
    if (select.has_error()) return named(std::move(select).error());
    while (true) {
      auto row = select->step();
      if (row.has_error()) return named(std::move(row).error());
      if (!*row) return {};
      auto record = decode(select->text(1));
      if (record.has_error()) return named(std::move(record).error());
      if constexpr (requires { record->document; }) {
        if (!select->is_null(0)) record->document = std::make_shared<const std::string>(select->blob(0));
      }
      into.push_back(std::move(*record));
    }
  }

  std::filesystem::path file_;
  Database database_;
  Statements statements_;
  bool failed_ = false;
};

base::Result<void> migrate(Database& database) {
  ASSIGN_OR_RETURN(std::int64_t version, database.user_version());
  const auto newest = static_cast<std::int64_t>(kMigrations.size());
  if (version > newest) {
    return base::Error(base::Errc::unsupported, "schema version " + std::to_string(version) +
                                                    " is newer than this program's " + std::to_string(newest));
  }
  for (; version < newest; ++version) {
    ASSIGN_OR_RETURN(auto transaction, base::sqlite::Transaction::begin(database));
    RETURN_IF_ERROR(database.execute(std::string(kMigrations.at(static_cast<std::size_t>(version)))));
    RETURN_IF_ERROR(database.execute("PRAGMA user_version = " + std::to_string(version + 1)));
    RETURN_IF_ERROR(transaction.commit());
  }
  return {};
}

base::Result<std::unique_ptr<StateStore>> open_file(const std::filesystem::path& file) {
  ASSIGN_OR_RETURN(auto database, Database::open(file));
  RETURN_IF_ERROR(migrate(database));
  ASSIGN_OR_RETURN(auto statements, Statements::prepare(database));
  return std::unique_ptr<StateStore>(
      std::make_unique<SqliteStateStore>(file, std::move(database), std::move(statements)));
}

}  // namespace

base::Result<std::unique_ptr<StateStore>> open_sqlite_state_store(const std::filesystem::path& file) {
  auto store = open_file(file);
  if (store.has_error()) return std::move(store).error().in("opening the state store " + file.string());
  return store;
}

}  // namespace emulator::store
