// Times as text, in all the forms that clients send.
#include "wire/time_text.h"

#include <gtest/gtest.h>

namespace wire {
namespace {

using base::Errc;
using base::Ticks;
using base::Timestamp;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

Timestamp at(std::string_view text) {
  return parse_timestamp(text).value();
}
Ticks duration(std::string_view text) {
  return parse_duration(text).value();
}

TEST(HttpDateTest, PrintsRfc1123AndCutsFractionsOff) {
  EXPECT_EQ(print_http_date(at("2014-07-29T21:49:13.9999999Z")), "Tue, 29 Jul 2014 21:49:13 GMT");
  EXPECT_EQ(print_http_date(at("1969-12-31T23:59:59.5Z")), "Wed, 31 Dec 1969 23:59:59 GMT");
}

TEST(HttpDateTest, ReadsWhatItPrints) {
  EXPECT_EQ(parse_http_date("Tue, 29 Jul 2014 21:49:13 GMT").value(), at("2014-07-29T21:49:13Z"));
}

TEST(HttpDateTest, DayMayHaveOneDigit) {
  EXPECT_EQ(parse_http_date("Tue, 3 Jun 2008 11:05:30 GMT").value(), at("2008-06-03T11:05:30Z"));
}

TEST(HttpDateTest, ReadsRfc850WithTwoDigitYears) {
  EXPECT_EQ(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT").value(), at("1994-11-06T08:49:37Z"));
  EXPECT_EQ(parse_http_date("Tuesday, 29-Jul-14 21:49:13 GMT").value(), at("2014-07-29T21:49:13Z"));
}

TEST(HttpDateTest, RefusesWhatIsNoDate) {
  for (auto text : {"", "now", "Tue, 32 Jul 2014 21:49:13 GMT", "Tue, 29 Jul 2014 24:49:13 GMT",
                    "Tue, 29 Jul 2014 21:49:13", "Tue, 29 Jul 2014 21:49:13 GMT x", "2014-07-29T21:49:13Z"}) {
    EXPECT_EQ(parse_http_date(text).error().code, Errc::invalid_argument) << text;
  }
}

TEST(TimestampTest, PrintsSevenDigitsAtMostAndTrimsZeros) {
  EXPECT_EQ(print_timestamp(at("2022-09-06T23:47:58.4177348Z")), "2022-09-06T23:47:58.4177348Z");
  EXPECT_EQ(print_timestamp(at("2022-09-06T23:47:58.4170000Z")), "2022-09-06T23:47:58.417Z");
  EXPECT_EQ(print_timestamp(at("2022-09-06T23:47:58Z")), "2022-09-06T23:47:58Z");
  EXPECT_EQ(print_timestamp(at("1969-12-31T23:59:59.0000001Z")), "1969-12-31T23:59:59.0000001Z");
}

TEST(TimestampTest, PrintsAllSevenDigitsForErrors) {
  EXPECT_EQ(print_long_timestamp(at("2022-09-06T23:48:11.7165Z")), "2022-09-06T23:48:11.7165000Z");
  EXPECT_EQ(print_long_timestamp(at("2022-09-06T23:48:11Z")), "2022-09-06T23:48:11.0000000Z");
}

TEST(TimestampTest, ReadsDateMinutesSecondsAndFractions) {
  EXPECT_EQ(at("2011-05-08"), at("2011-05-08T00:00:00Z"));
  EXPECT_EQ(at("2011-05-08T08:49Z"), at("2011-05-08T08:49:00Z"));
  EXPECT_EQ(at("2011-05-08T08:49:37.12345678901Z"), at("2011-05-08T08:49:37.1234567Z"));
  EXPECT_EQ(at("2011-05-08T08:49:37"), at("2011-05-08T08:49:37Z"));
}

TEST(TimestampTest, OffsetIsTakenIntoUtc) {
  EXPECT_EQ(at("2011-05-08T08:49:37+02:00"), at("2011-05-08T06:49:37Z"));
  EXPECT_EQ(at("2011-05-08T08:49:37.5-0130"), at("2011-05-08T10:19:37.5Z"));
}

TEST(TimestampTest, RefusesWhatIsNoTime) {
  for (auto text : {"", "2011", "2011-13-01", "2011-02-29", "2011-05-08T", "2011-05-08T08", "2011-05-08T25:00Z",
                    "2011-05-08T08:49:37.Z", "2011-05-08T08:49:37Zx", "0000-01-01", "-2011-05-08", "2011-05-08 08:49Z",
                    "2011-05-08T08:49+99:00"}) {
    EXPECT_FALSE(parse_timestamp(text).has_value()) << text;
  }
}

TEST(DurationTest, PrintsNormalisedToDaysAndDown) {
  EXPECT_EQ(print_duration(days(1) + hours(2) + minutes(3) + seconds(4) + Ticks(5'000'000)), "P1DT2H3M4.5S");
  EXPECT_EQ(print_duration(Ticks(0)), "PT0S");
  EXPECT_EQ(print_duration(minutes(90)), "PT1H30M");
  EXPECT_EQ(print_duration(days(7)), "P7D");
  EXPECT_EQ(print_duration(Ticks(1)), "PT0.0000001S");
}

TEST(DurationTest, LargestValueIsTheServicesNoLimit) {
  EXPECT_EQ(print_duration(Ticks::max()), "P10675199DT2H48M5.4775807S");
  EXPECT_EQ(duration("P10675199DT2H48M5.4775807S"), Ticks::max());
}

TEST(DurationTest, SmallestValuePrints) {
  EXPECT_EQ(print_duration(Ticks::min()), "-P10675199DT2H48M5.4775808S");
}

TEST(DurationTest, YearsHave365DaysAndMonths30) {
  EXPECT_EQ(print_duration(duration("P3Y6M4DT12H30M5S")), "P1279DT12H30M5S");
}

TEST(DurationTest, ReadsWeeksFractionsAndSign) {
  EXPECT_EQ(duration("P2W"), Ticks(days(14)));
  EXPECT_EQ(duration("PT0.25S"), Ticks(2'500'000));
  EXPECT_EQ(duration("-PT1S"), Ticks(-10'000'000));
  EXPECT_EQ(duration("PT36H"), Ticks(hours(36)));
}

TEST(DurationTest, RefusesWhatIsNoDuration) {
  for (auto text : {"", "P", "PT", "P1", "1D", "P1H", "PT1D", "PT1M1H", "PT.5S", "PT1.S", "PT0.5H", "P1DT", "PT1S ",
                    "P--1D", "P-1D", "PT5", "P10675200D", "P99999999999999999999D", "P9223372036854775807D"}) {
    EXPECT_FALSE(parse_duration(text).has_value()) << text;
  }
}

TEST(EtagTest, CountsTicksSinceYearOne) {
  EXPECT_EQ(etag_of(at("2016-09-06T06:59:15.1161429Z")), "0x8D3D62350711C55");
}

TEST(EtagTest, ReadsPlainQuotedAndWeakForms) {
  Timestamp time = at("2016-09-06T06:59:15.1161429Z");
  for (auto text : {"0x8D3D62350711C55", "\"0x8D3D62350711C55\"", "W/\"0x8D3D62350711C55\"", "0x8d3d62350711c55"}) {
    EXPECT_EQ(parse_etag(text).value(), time) << text;
  }
}

TEST(EtagTest, RefusesWhatIsNoEtag) {
  for (auto text : {"", "*", "0x", "8D3D62350711C55", "0xZZ", "0x-1", "0xFFFFFFFFFFFFFFFFFF", "\"0x8D"}) {
    EXPECT_FALSE(parse_etag(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace wire
