// Operation: one row of the route table.
#pragma once

#include "emulator/rest/call.h"

#include <cstddef>
#include <span>
#include <string_view>

namespace emulator::rest {

/// Query parameters beside api-version and timeout, which every operation takes.
enum QueryParameter : unsigned {
  kNoQuery = 0,
  kFilter = 1,
  kSelect = 2,
  kExpand = 4,
  kPage = 8,  ///< maxresults and $skiptoken
  kRecursive = 16,
  kForce = 32,       ///< from 20.0
  kUsageTimes = 64,  ///< starttime, endtime
  kOldSelect = 128,  ///< $select in 2.2 alone, where it means nothing: the answer has no body
};

/// Conditional headers that the operation takes; others are refused with UnsupportedHeader.
enum class ConditionHeaders { none, times, all };

enum class BodyRule { none, optional, required };

struct Operation {
  std::string_view name;  ///< operationId of the published description
  std::string_view method;
  std::string_view path;  ///< template for http::Router
  wire::batch::Version first;
  wire::batch::Version last;
  unsigned query;         ///< set of QueryParameter
  std::int32_t max_page;  ///< largest and default maxresults
  ConditionHeaders conditions;
  BodyRule body;
  std::size_t body_limit;  ///< bytes, in the most generous version
  int success;             ///< contract 1.10
  Handler handler;         ///< null: answered 501 with the operation's name
};

/// The whole API.
std::span<const Operation> operations();

}  // namespace emulator::rest
