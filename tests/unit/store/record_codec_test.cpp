// Rows come back as they were written, whatever is set in them.
#include "emulator/store/record_codec.h"

#include "tests/unit/store/sample_records.h"

#include <gtest/gtest.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

namespace emulator::store {
namespace {

using nlohmann::json;

/// Every member must have left its default: otherwise its round trip proves nothing.
template <class Record>
void expect_no_default_member(const Record& sample) {
  const json full = json::parse(encode_state(sample));
  const json empty = json::parse(encode_state(Record{}));
  for (const auto& [name, value] : full.items()) {
    EXPECT_TRUE(!empty.contains(name) || empty[name] != value) << name;
  }
}

TEST(RecordCodecTest, SamplesSetEveryMember) {
  expect_no_default_member(sample_pool());
  expect_no_default_member(sample_node());
  expect_no_default_member(sample_job());
  expect_no_default_member(sample_task());
  expect_no_default_member(sample_usage_record());
  expect_no_default_member(sample_totals());
  expect_no_default_member(sample_job_node());
}

TEST(RecordCodecTest, PoolComesBackWithEveryMember) {
  const auto text = encode_state(sample_pool());
  const auto back = decode_pool_state(text);
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(encode_state(*back), text);
  EXPECT_EQ(back->id.text(), "Pool-1");
  EXPECT_EQ(back->resize.timeout, 7min);
  EXPECT_EQ(back->resize_errors, sample_pool().resize_errors);
  EXPECT_EQ(back->next_node_number, 17U);
}

TEST(RecordCodecTest, NodeComesBackWithEveryMember) {
  const auto text = encode_state(sample_node());
  const auto back = decode_node_state(text);
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(encode_state(*back), text);
  EXPECT_EQ(back->recent_tasks.at(0).failure, sample_failure());
  EXPECT_EQ(back->start_task_info->last_retry, sample_time(11));
  EXPECT_EQ(back->pending, wire::batch::DeallocationOption::taskcompletion);
  EXPECT_EQ(back->pending_action, core::NodeAction::reimage);
  EXPECT_TRUE(back->halted);
  EXPECT_TRUE(back->wipe);
  EXPECT_EQ(back->users.at(0).name, "ada");
  EXPECT_EQ(back->users.at(0).expires, sample_time(12));
}

TEST(RecordCodecTest, JobScheduleComesBackWithEveryMember) {
  const auto text = encode_state(sample_job_schedule());
  const auto back = decode_job_schedule_state(text);
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(encode_state(*back), text);
  EXPECT_EQ(back->times, sample_job_schedule().times);
  EXPECT_EQ(back->next_job_number, 10U);
  const auto& job = back->specification->job;
  EXPECT_EQ(encode_state(job), encode_state(sample_job()));
  EXPECT_EQ(*job.document, *sample_job().document);
  EXPECT_EQ(*job.auto_pool->pool.document, *sample_pool().document);
}

TEST(RecordCodecTest, AJobScheduleKeepsTheManagerTaskOfItsJobs) {
  auto schedule = sample_job_schedule();
  core::AddJob specification{.job = sample_job(), .manager = core::NewTask{.id = core::TaskId{"boss"}}};
  specification.manager->document = sample_text("manager");
  specification.manager->rules = sample_task().rules;
  schedule.specification = std::make_shared<const core::AddJob>(std::move(specification));
  const auto back = decode_job_schedule_state(encode_state(schedule));
  ASSERT_TRUE(back.has_value());
  const auto& manager = back->specification->manager;
  ASSERT_TRUE(manager.has_value());
  EXPECT_EQ(manager->id, core::TaskId{"boss"});
  EXPECT_EQ(*manager->document, "manager");
  EXPECT_FALSE(manager->rules.manager->ends_job);
}

TEST(RecordCodecTest, JobScheduleWithoutSpecificationIsCorrupt) {
  EXPECT_EQ(decode_job_schedule_state(R"({"id":"s"})").error().code, base::Errc::corrupt);
}

TEST(RecordCodecTest, UsageAndTotalsComeBackWithEveryMember) {
  const auto usage = decode_usage_state(encode_state(sample_usage_record()));
  ASSERT_TRUE(usage.has_value());
  EXPECT_EQ(encode_state(*usage), encode_state(sample_usage_record()));
  const auto totals = decode_totals_state(encode_state(sample_totals()));
  ASSERT_TRUE(totals.has_value());
  EXPECT_EQ(totals->work, sample_totals().work);
  EXPECT_EQ(totals->pools, sample_totals().pools);
}

TEST(RecordCodecTest, JobComesBackWithEveryMember) {
  const auto text = encode_state(sample_job());
  const auto back = decode_job_state(text);
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(encode_state(*back), text);
  EXPECT_EQ(back->sequence, sample_job().sequence);
  EXPECT_EQ(back->max_wall_clock, 7h);
}

TEST(RecordCodecTest, TaskComesBackWithEveryMember) {
  const auto text = encode_state(sample_task());
  const auto back = decode_task_state(text);
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(encode_state(*back), text);
  EXPECT_EQ(back->rules.constraints.retention, core::kUnlimited);
  EXPECT_EQ(back->rules.exit_conditions->codes.at(0).options.job_action, wire::batch::JobAction::disable);
  EXPECT_FALSE(back->rules.exit_conditions->ranges.at(0).options.job_action);
  EXPECT_TRUE(back->rules.exit_conditions->otherwise);
  EXPECT_EQ(back->rules.depends_on_ranges, sample_task().rules.depends_on_ranges);
  EXPECT_EQ(back->execution.failure, sample_failure());
  EXPECT_EQ(back->stopping, core::StopReason::wall_clock);
}

TEST(RecordCodecTest, JobNodeComesBackWithEveryMember) {
  const auto text = encode_state(sample_job_node());
  const auto back = decode_job_node_state(text);
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(encode_state(*back), text);
  EXPECT_EQ(back->key, sample_job_node().key);
  EXPECT_EQ(back->release->attempt, 7U);
  EXPECT_EQ(back->preparation->failure, sample_failure());
}

/// Takes every member out of a row in turn: the rest must still be read, and the member be its default.
template <class Decode>
void expect_every_member_optional(const std::string& text, Decode decode) {
  const json full = json::parse(text);
  for (const auto& [name, value] : full.items()) {
    json less = full;
    less.erase(name);
    EXPECT_TRUE(decode(less.dump()).has_value()) << name;
    json wrong = full;
    wrong[name] = 1.5;
    EXPECT_EQ(decode(wrong.dump()).error().code, base::Errc::corrupt) << name;
  }
}

TEST(RecordCodecTest, AbsentMemberReadsAsDefaultAndAMemberOfTheWrongTypeIsCorrupt) {
  expect_every_member_optional(encode_state(sample_pool()), decode_pool_state);
  expect_every_member_optional(encode_state(sample_node()), decode_node_state);
  expect_every_member_optional(encode_state(sample_job()), decode_job_state);
  expect_every_member_optional(encode_state(sample_task()), decode_task_state);
  expect_every_member_optional(encode_state(sample_job_node()), decode_job_node_state);
}

TEST(RecordCodecTest, UnknownMemberIsIgnored) {
  EXPECT_TRUE(decode_job_state(R"({"id":"j","later":1})").has_value());
}

TEST(RecordCodecTest, UnknownStateIsCorrupt) {
  EXPECT_EQ(decode_job_state(R"({"id":"j","state":"sleeping"})").error().code, base::Errc::corrupt);
}

TEST(RecordCodecTest, NumberOutOfRangeIsCorrupt) {
  EXPECT_EQ(decode_job_state(R"({"priority":2147483648})").error().code, base::Errc::corrupt);
  EXPECT_EQ(decode_job_state(R"({"priority":18446744073709551615})").error().code, base::Errc::corrupt);
  EXPECT_EQ(decode_job_state(R"({"sequence":-1})").error().code, base::Errc::corrupt);
}

/// Every name of the object and of the objects in it.
void collect_names(const json& value, std::set<std::string>& names) {
  for (const auto& [name, member] : value.items()) {
    if (value.is_object()) names.insert(name);
    if (member.is_structured()) collect_names(member, names);
  }
}

TEST(RecordCodecTest, TheDocumentNamesEveryMember) {
  std::ifstream file(std::string(SOURCE_DIRECTORY) + "/docs/storage_format.md");
  std::ostringstream text;
  text << file.rdbuf();
  std::set<std::string> names;
  for (const auto& state :
       {encode_state(sample_pool()), encode_state(sample_node()), encode_state(sample_job()),
        encode_state(sample_task()), encode_state(sample_sample()), encode_state(sample_job_node())}) {
    collect_names(json::parse(state), names);
  }
  EXPECT_GT(names.size(), 70U);
  for (const auto& name : names) EXPECT_NE(text.str().find('`' + name + '`'), std::string::npos) << name;
}

TEST(RecordCodecTest, TornTextIsCorrupt) {
  const auto text = encode_state(sample_task());
  EXPECT_EQ(decode_task_state(text.substr(0, text.size() / 2)).error().code, base::Errc::corrupt);
  EXPECT_EQ(decode_task_state("").error().code, base::Errc::corrupt);
  EXPECT_EQ(decode_task_state("[]").error().code, base::Errc::corrupt);
}

TEST(RecordCodecTest, SubtasksComeBackWithEveryMember) {
  const auto back = decode_task_state(encode_state(sample_task()));
  ASSERT_TRUE(back.has_value());
  ASSERT_EQ(back->subtasks.size(), 1U);
  const auto& subtask = back->subtasks[0];
  EXPECT_EQ(subtask.node, sample_task().subtasks[0].node);
  EXPECT_EQ(subtask.state, wire::batch::SubtaskState::completed);
  EXPECT_EQ(subtask.exit_code, 16);
  EXPECT_EQ(subtask.container, sample_task().subtasks[0].container);
  EXPECT_EQ(subtask.retention, 17h);
  EXPECT_TRUE(subtask.coordinated && subtask.processes_gone && subtask.files_removed);
}

}  // namespace
}  // namespace emulator::store
