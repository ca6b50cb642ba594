#include "base/sqlite.h"

#include "base/check.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

namespace base::sqlite {
namespace {

constexpr int kBusyTimeoutMilliseconds = 5000;

Error sqlite_error(sqlite3* database, std::string_view attempted) {
  const int code = sqlite3_extended_errcode(database);
  Errc kind = Errc::io;
  if ((code & 0xFF) == SQLITE_FULL) kind = Errc::no_space;
  if ((code & 0xFF) == SQLITE_CORRUPT || (code & 0xFF) == SQLITE_NOTADB) kind = Errc::corrupt;
  if ((code & 0xFF) == SQLITE_CONSTRAINT) kind = Errc::already_exists;
  return {kind,
          std::string(attempted) + ": " + sqlite3_errmsg(database) + " (SQLite code " + std::to_string(code) + ")"};
}

/// SQLite creates files with the process's umask; ours must not be readable by others.
Result<void> create_private(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return errno_error("creating " + file.string(), errno);
  ::close(descriptor);
  return {};
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const noexcept {
  sqlite3_finalize(statement);
}
void Database::Close::operator()(sqlite3* database) const noexcept {
  sqlite3_close_v2(database);
}

Statement& Statement::bind(int index, std::int64_t value) {
  CHECK(sqlite3_bind_int64(statement_.get(), index, value) == SQLITE_OK, "binding an integer");
  return *this;
}

Statement& Statement::bind(int index, std::string_view text) {
  CHECK(sqlite3_bind_text64(statement_.get(), index, text.data() ? text.data() : "", text.size(), SQLITE_TRANSIENT,
                            SQLITE_UTF8) == SQLITE_OK,
        "binding a text");
  return *this;
}

Statement& Statement::bind_blob(int index, std::string_view bytes) {
  CHECK(sqlite3_bind_blob64(statement_.get(), index, bytes.data() ? bytes.data() : "", bytes.size(),
                            SQLITE_TRANSIENT) == SQLITE_OK,
        "binding a blob");
  return *this;
}

Statement& Statement::bind_null(int index) {
  CHECK(sqlite3_bind_null(statement_.get(), index) == SQLITE_OK, "binding NULL");
  return *this;
}

Result<bool> Statement::step() {
  switch (sqlite3_step(statement_.get())) {
    case SQLITE_ROW: return true;
    case SQLITE_DONE: return false;
    default: break;
  }
  auto error =
      sqlite_error(sqlite3_db_handle(statement_.get()), std::string("running ") + sqlite3_sql(statement_.get()));
  reset();
  return error;
}

Result<void> Statement::run() {
  while (true) {
    ASSIGN_OR_RETURN(const bool row, step());
    if (!row) break;
  }
  reset();
  return {};
}

void Statement::reset() {
  // The return value repeats the error of the last step, which was reported then.
  sqlite3_reset(statement_.get());
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::string Statement::text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
  if (!text) return {};
  return {text, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

std::string Statement::blob(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
  if (!bytes) return {};
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

Result<Database> Database::open(const std::filesystem::path& file) {
  if (file != ":memory:") RETURN_IF_ERROR(create_private(file));
  sqlite3* raw = nullptr;
  const int code =
      sqlite3_open_v2(file.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  Database database(raw);
  if (code != SQLITE_OK) {
    if (raw == nullptr) return Error(Errc::io, "opening " + file.string() + ": no memory");
    return sqlite_error(raw, "opening " + file.string());
  }
  sqlite3_busy_timeout(raw, kBusyTimeoutMilliseconds);
  RETURN_IF_ERROR(database.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY;"));
  return database;
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &raw,
                         nullptr) != SQLITE_OK) {
    return sqlite_error(database_.get(), "preparing " + std::string(sql));
  }
  return Statement(raw);
}

Result<void> Database::execute(const std::string& sql) {
  if (sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return sqlite_error(database_.get(), "executing " + sql);
  }
  return {};
}

Result<std::int64_t> Database::user_version() {
  ASSIGN_OR_RETURN(auto statement, prepare("PRAGMA user_version"));
  RETURN_IF_ERROR(statement.step());
  return statement.integer(0);
}

std::int64_t Database::changes() const {
  return sqlite3_changes64(database_.get());
}

Result<Transaction> Transaction::begin(Database& database) {
  RETURN_IF_ERROR(database.execute("BEGIN IMMEDIATE"));
  return Transaction(database);
}

Transaction::~Transaction() {
  if (!database_) return;
  // A failed rollback leaves the transaction to SQLite, which rolls it back when the connection closes.
  [[maybe_unused]] const auto ignored = database_->execute("ROLLBACK");
}

Result<void> Transaction::commit() {
  RETURN_IF_ERROR(database_->execute("COMMIT"));
  database_ = nullptr;
  return {};
}

}  // namespace base::sqlite
