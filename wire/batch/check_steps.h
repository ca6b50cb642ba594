// Steps shared by the checks of pools, jobs and tasks. Not for use outside wire/batch.
#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string_view>

namespace wire::batch::steps {

using nlohmann::json;

/// The member, or null when the object lacks it.
const json* member(const json& object, std::string_view name);
/// Whether the member is true.
bool is_true(const json& object, std::string_view name);

/// A duration in canonical form within [least, most]; absent is fine.
base::Result<void> duration_between(const json& object, std::string_view name, base::Ticks least, base::Ticks most);
/// Metadata: EmptyMetadataKey, InvalidMetadata, MetadataTooLarge.
base::Result<void> metadata(const json& owner);
base::Result<void> environment(const json& owner, std::string_view name = "environmentSettings");
/// Exactly one source each, with what it needs; RequestEntityTooLarge for too many.
base::Result<void> resource_files(const json& owner, std::string_view name = "resourceFiles");
/// Exactly one of username and autoUser.
base::Result<void> user_identity(const json& owner);
/// commandLine is not blank and not too long.
base::Result<void> command_line(const json& owner, std::string_view name = "commandLine");
/// At most `most` items and no application named twice in the same version.
base::Result<void> packages(const json& owner, std::size_t most);
base::Result<void> constraints(const json& owner);
/// Output files: a pattern, a container.
base::Result<void> output_files(const json& owner);
/// Everything a start, preparation, release, manager or ordinary task has in common.
base::Result<void> common_task(const json& task);

}  // namespace wire::batch::steps
