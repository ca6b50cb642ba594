#include "nodeagent/media/progress.h"

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdarg>
#include <cstdio>

#include "nodeagent/media/av_log.h"

namespace nodeagent::media {
namespace {

__attribute__((format(printf, 2, 3))) void append(std::string& line, const char* format, ...) {
  std::array<char, 256> text{};
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text.data(), text.size(), format, arguments);
  va_end(arguments);
  line += text.data();
}

void append_time(std::string& line, std::int64_t micros) {
  const std::int64_t positive = micros < 0 ? -micros : micros;
  const auto seconds = positive / AV_TIME_BASE;
  const auto hundredths = (positive % AV_TIME_BASE) * 100 / AV_TIME_BASE;
  append(line, "%s%02" PRId64 ":%02d:%02d.%02d ", micros < 0 ? "-" : "", seconds / 3600,
         static_cast<int>(seconds / 60 % 60), static_cast<int>(seconds % 60), static_cast<int>(hundredths));
}

}  // namespace

void Progress::update() {
  if (!wanted_) return;
  const auto now = SteadyClock::now();
  const bool all_described = std::ranges::all_of(outputs_, [](const auto& output) { return output->header_written(); });
  if (first_ ? !all_described : now - last_ < kPeriod) return;
  first_ = false;
  last_ = now;
  print_line(false);
}

void Progress::finish() {
  print_line(true);
  print_summary();
}

void Progress::print_line(bool last) {
  const double elapsed = std::chrono::duration<double>(SteadyClock::now() - started_).count();
  std::string line;
  std::int64_t reached = INT64_MIN + 1;
  bool pictures = false;
  for (const auto& track : tracks_) {
    if (track->source().type() == AVMEDIA_TYPE_VIDEO && !pictures) {
      pictures = true;
      const auto frames = static_cast<int>(track->frames());
      const double rate = elapsed > 1 ? frames / elapsed : 0;
      append(line, "frame=%5d fps=%3.*f q=%3.1f ", frames, rate < 9.95 ? 1 : 0, rate, last ? -0.0 : 0.0);
      if (last) line += 'L';
    }
    const std::int64_t end = track->ready() ? av_stream_get_end_pts(&track->stream()) : AV_NOPTS_VALUE;
    if (end != AV_NOPTS_VALUE) {
      reached = std::max(reached, av_rescale_q(end, track->stream().time_base, kMicroseconds));
    }
  }
  const std::int64_t size = outputs_.front()->size();
  const bool known = reached != INT64_MIN + 1;
  const double bitrate =
      known && reached != 0 && size >= 0 ? static_cast<double>(size) * 8 / (static_cast<double>(reached) / 1000.0) : -1;
  const double speed = elapsed > 0 && known ? static_cast<double>(reached) / AV_TIME_BASE / elapsed : -1;
  if (size < 0) {
    line += "size=N/A time=";
  } else {
    append(line, "size=%8.0fkB time=", static_cast<double>(size) / 1024.0);
  }
  if (known) {
    append_time(line, reached);
  } else {
    line += "N/A ";
  }
  if (bitrate < 0) {
    line += "bitrate=N/A";
  } else {
    append(line, "bitrate=%6.1fkbits/s", bitrate);
  }
  if (speed < 0) {
    line += " speed=N/A";
  } else {
    append(line, " speed=%4.3gx", speed);
  }
  say_part(AV_LOG_INFO, line + "    " + (last ? '\n' : '\r'));
}

void Progress::print_summary() const {
  std::uint64_t video = 0;
  std::uint64_t audio = 0;
  std::uint64_t headers = 0;
  for (const auto& track : tracks_) {
    const auto bytes = track->file().stream_bytes(track->stream().index);
    (track->source().type() == AVMEDIA_TYPE_VIDEO ? video : audio) += bytes;
    headers += static_cast<std::uint64_t>(track->header_bytes());
  }
  const auto kilobytes = [](std::uint64_t bytes) { return static_cast<double>(bytes) / 1024.0; };
  std::string line;
  append(line, "video:%1.0fkB audio:%1.0fkB subtitle:0kB other streams:0kB global headers:%1.0fkB muxing overhead: ",
         kilobytes(video), kilobytes(audio), kilobytes(headers));
  const auto payload = static_cast<std::int64_t>(video + audio);
  const std::int64_t size = outputs_.front()->size();
  if (payload > 0 && size > 0 && size >= payload) {
    // Single precision, as the command computes it: its last digits show.
    const auto percent = static_cast<float>(100.0 * static_cast<double>(size - payload) / static_cast<double>(payload));
    append(line, "%f%%", static_cast<double>(percent));
  } else {
    line += "unknown";
  }
  say(AV_LOG_INFO, line);
  if (video + audio + headers == 0) {
    say(AV_LOG_WARNING, "Output file is empty, nothing was encoded (check -ss / -t / -frames parameters if used)");
  }
}

}  // namespace nodeagent::media
