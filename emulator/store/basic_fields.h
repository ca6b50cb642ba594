// The members of what several records have, under their stored names (record_fields.h).
#pragma once

#include "emulator/core/commands.h"
#include "emulator/core/records.h"

#include <concepts>
#include <type_traits>

namespace emulator::store {

/// R is T, const or not.
template <class R, class T>
concept Is = std::same_as<std::remove_const_t<R>, T>;

template <class Archive, Is<core::Failure> R>
void fields(Archive& archive, R& r) {
  archive("category", r.category);
  archive("code", r.code);
  archive("message", r.message);
  archive("details", r.details);
}

template <class Archive, Is<core::ContainerInfo> R>
void fields(Archive& archive, R& r) {
  archive("id", r.id);
  archive("state", r.state);
  archive("error", r.error);
}

template <class Archive, Is<core::ResourceError> R>
void fields(Archive& archive, R& r) {
  archive("code", r.code);
  archive("message", r.message);
  archive("values", r.values);
}

template <class Archive, Is<core::NodeKey> R>
void fields(Archive& archive, R& r) {
  archive("pool", r.pool);
  archive("node", r.node);
}

template <class Archive, Is<core::TaskKey> R>
void fields(Archive& archive, R& r) {
  archive("job", r.job);
  archive("task", r.task);
}

template <class Archive, Is<core::Usage> R>
void fields(Archive& archive, R& r) {
  archive("userCpu", r.user_cpu);
  archive("kernelCpu", r.kernel_cpu);
  archive("wallClock", r.wall_clock);
  archive("reads", r.read_operations);
  archive("writes", r.write_operations);
  archive("readBytes", r.read_bytes);
  archive("writtenBytes", r.written_bytes);
}

template <class Archive, Is<core::WorkStatistics> R>
void fields(Archive& archive, R& r) {
  archive("usage", r.usage);
  archive("succeeded", r.succeeded);
  archive("failed", r.failed);
  archive("retries", r.retries);
  archive("wait", r.wait);
}

template <class Archive, Is<core::PoolUsage> R>
void fields(Archive& archive, R& r) {
  archive("coreTime", r.core_time);
  archive("dedicatedCoreTime", r.dedicated_core_time);
  archive("tasks", r.tasks);
}

}  // namespace emulator::store
