// Times as text: RFC 1123 in headers, ISO 8601 in bodies and queries, and the ETag that a time becomes.
//
// Every parser takes text from strangers: it reads at most the text, never throws, and refuses what it does not know
// with base::Errc::invalid_argument. Years are 0001 to 9999.
#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <string>
#include <string_view>

namespace wire {

/// "Tue, 29 Jul 2014 21:49:13 GMT" (RFC 1123); fractions of a second are cut off.
std::string print_http_date(base::Timestamp time);
/// RFC 1123 (Java writes days before the tenth with one digit), or RFC 850 ("Tuesday, 29-Jul-14 21:49:13 GMT", whose
/// two-digit years are 1970 to 2069). The name of the day is not compared with the date.
base::Result<base::Timestamp> parse_http_date(std::string_view text);

/// "2022-09-06T23:47:58.4177348Z": up to seven digits of fraction, trailing zeros trimmed (contract 1.5).
std::string print_timestamp(base::Timestamp time);
/// "2022-09-06T23:48:11.7165000Z": always seven digits, as in the text of an error (seen on the live service).
std::string print_long_timestamp(base::Timestamp time);
/// A date, or a date with hours and minutes, seconds, a fraction (digits past the seventh are cut off), each with Z, an
/// offset (+hh:mm) or nothing, which means UTC.
base::Result<base::Timestamp> parse_timestamp(std::string_view text);

/// Normalised to days, hours, minutes and seconds: "P1DT2H3M4.5S", "PT0S"; base::Ticks::max() is
/// "P10675199DT2H48M5.4775807S", the service's "no limit". Negative values start with '-'.
std::string print_duration(base::Ticks duration);
/// ISO 8601 with years of 365 days, months of 30 days, weeks, and a fraction on the seconds; '-' in front negates.
/// What does not fit 64 bits of ticks is refused.
base::Result<base::Ticks> parse_duration(std::string_view text);

/// The version of a Batch resource: "0x" and upper-case hexadecimal ticks since 0001-01-01 (contract 1.6).
std::string etag_of(base::Timestamp last_modified);
/// The reverse; quotes and the weak prefix W/ are accepted, hexadecimal digits in any casing.
base::Result<base::Timestamp> parse_etag(std::string_view text);

}  // namespace wire
