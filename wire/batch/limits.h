// Lengths, counts and durations of the Batch service's public contract, each with the section that states it. What the
// emulator chose itself (the last block) bounds what the contract leaves open.
#pragma once

#include "base/clock.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace wire::batch {

/// "No limit": the largest count of ticks, printed P10675199DT2H48M5.4775807S (contract 1.5).
inline constexpr base::Ticks kUnlimited = base::Ticks::max();

// ---- contract 4.0: all resources ----
inline constexpr std::size_t kMaxIdLength = 64;
inline constexpr std::size_t kMaxDisplayNameLength = 1024;  ///< Unicode characters
inline constexpr std::size_t kMaxTasksPerCollection = 100;
inline constexpr std::size_t kMaxCollectionBodyBytes = 1024 * 1024;         ///< contract 1.2: below 1 MB from 6.1
inline constexpr std::size_t kMaxOldCollectionBodyBytes = 4 * 1024 * 1024;  ///< and below 4 MB until 6.0
inline constexpr std::int32_t kMinPriority = -1000;
inline constexpr std::int32_t kMaxPriority = 1000;
inline constexpr std::size_t kMaxPackagesPerPool = 10;
inline constexpr std::size_t kMaxMountsPerNode = 10;
inline constexpr std::chrono::days kTaskLifetime{180};
inline constexpr std::chrono::days kShortTaskLifetime{7};  ///< contract 1.2: until 7.0
inline constexpr std::int32_t kDefaultMaxPools = 100;
inline constexpr std::int32_t kDefaultMaxActiveJobsAndSchedules = 300;

// ---- contract 1.3: paging and timeouts ----
inline constexpr std::int32_t kMaxPageSize = 1000;
inline constexpr std::int32_t kMaxNodeCountsPageSize = 10;
inline constexpr std::chrono::seconds kDefaultTimeout{30};
inline constexpr std::chrono::seconds kAddCollectionTimeout{120};  ///< from 19.0

// ---- contract 2.1: authentication ----
inline constexpr std::chrono::minutes kMaxClockSkew{15};

// ---- contract 4.1: pools ----
inline constexpr std::chrono::minutes kDefaultResizeTimeout{15};
inline constexpr std::chrono::minutes kMinResizeTimeout{5};
inline constexpr std::chrono::minutes kDefaultAutoScaleInterval{15};
inline constexpr std::chrono::minutes kMinAutoScaleInterval{5};
inline constexpr std::chrono::hours kMaxAutoScaleInterval{168};
inline constexpr std::chrono::seconds kEnableAutoScaleInterval{30};  ///< contract 1.11
inline constexpr std::size_t kMaxAutoScaleFormulaLength = 8192;
inline constexpr std::int32_t kMaxTaskSlotsPerNode = 256;
inline constexpr std::int32_t kTaskSlotsPerCore = 4;  ///< slots <= min(4 x cores, 256)
inline constexpr std::size_t kMaxRemovedNodes = 100;
inline constexpr std::size_t kMaxRecentTasks = 10;  ///< contract 4.2

// ---- contract 4.1.2: networks ----
inline constexpr std::size_t kMaxInboundNatPools = 5;
inline constexpr std::size_t kMaxNatPoolNameLength = 77;
inline constexpr std::int32_t kMinFrontendPorts = 40;
inline constexpr std::int32_t kMaxBackendPort = 65535;
inline constexpr std::int32_t kMaxFrontendPort = 65534;
inline constexpr std::int32_t kFirstReservedFrontendPort = 50000;
inline constexpr std::int32_t kLastReservedFrontendPort = 55000;
inline constexpr std::size_t kMaxSecurityRules = 25;
inline constexpr std::int32_t kMinSecurityRulePriority = 150;
inline constexpr std::int32_t kMaxSecurityRulePriority = 4096;

// ---- contract 4.3, 4.4: jobs and schedules ----
inline constexpr std::chrono::minutes kMaxReleaseTaskWallClock{15};
inline constexpr std::chrono::minutes kMinRecurrence{1};

// ---- contract 4.5, 3.3: tasks ----
inline constexpr std::chrono::days kDefaultRetention{7};  ///< from 8.0
inline constexpr std::size_t kMaxDependencyIdCharacters = 64000;

// ---- contract 4.6: certificates ----
inline constexpr std::size_t kMaxCertificateBytes = 10 * 1024;

// ---- contract 4.8: $filter and $select; the numbers are ours ----
inline constexpr std::size_t kMaxFilterLength = 4096;
inline constexpr std::size_t kMaxFilterDepth = 32;
inline constexpr std::size_t kMaxFilterTerms = 100;
inline constexpr std::size_t kMaxSelectLength = 4096;

// ---- ours, where the contract says "unpublished" ----
inline constexpr std::size_t kMaxBodyBytes = 4 * 1024 * 1024;  ///< other calls than add collection
inline constexpr std::size_t kMaxJsonDepth = 32;
inline constexpr std::size_t kMaxJsonValues = 200'000;
inline constexpr std::size_t kMaxResourceFiles = 5000;  ///< 10000 are refused by the service, 100 pass (contract 4.0)
inline constexpr std::size_t kMaxMetadataItems = 100;
inline constexpr std::size_t kMaxMetadataCharacters = 16 * 1024;
inline constexpr std::size_t kMaxDependencyRanges = 1000;
inline constexpr std::size_t kMaxEnvironmentSettings = 1000;
inline constexpr std::size_t kMaxPackagesPerTask = 100;
inline constexpr std::size_t kMaxCommandLineLength = 64 * 1024;

static_assert(kMaxCollectionBodyBytes <= kMaxBodyBytes);

}  // namespace wire::batch
