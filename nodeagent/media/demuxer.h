// An input file: opened, described on the log, and read packet by packet with timestamps that start at zero.
//
// Only the named file itself can be opened: a demuxer that wants a second file (a playlist, a data reference) is
// refused at the door, and formats that exist to name other files or devices are not on the list at all.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "nodeagent/media/arguments.h"
#include "nodeagent/media/av_handles.h"
#include "nodeagent/media/run_context.h"

namespace nodeagent::media {

/// Position of one input stream on the run's clock; times in AV_TIME_BASE units unless named otherwise.
struct InputStream {
  AVStream* stream = nullptr;
  bool usable = true;            ///< false: taken away by -vn
  bool used = false;             ///< some output wants it
  bool decoded = false;          ///< some output wants its frames
  int frame_size = 0;            ///< samples a packet, for codecs that fix it
  int decoder_delay_frames = 0;  ///< has_b_frames
  std::int64_t first_dts = 0;
  bool saw_first = false;
  std::int64_t dts = AV_NOPTS_VALUE;
  std::int64_t next_dts = AV_NOPTS_VALUE;
  std::int64_t pts = AV_NOPTS_VALUE;
  std::int64_t next_pts = AV_NOPTS_VALUE;
  bool wrap_settled = false;
  std::uint64_t packets = 0;

  [[nodiscard]] AVMediaType type() const { return stream->codecpar->codec_type; }
};

class InputFile {
 public:
  /// Opens, probes, seeks to -ss. `index` is the file's number in log lines. The error's message is the line to print.
  static base::Result<std::unique_ptr<InputFile>> open(RunContext& run, const InputArguments& arguments, int index);
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  /// Prints "Input #n, ..." with its streams.
  void describe() const;
  /// Tells the demuxer which streams to skip; before the first read.
  void discard_unused();
  /// The next packet of a used stream into `packet`, timestamps shifted to start at zero. False at the end of the file;
  /// a read error is logged and ends it too.
  bool read(AVPacket& packet);

  [[nodiscard]] int index() const { return index_; }
  [[nodiscard]] bool at_end() const { return at_end_; }
  [[nodiscard]] AVFormatContext& context() const { return *context_; }
  [[nodiscard]] const InputArguments& arguments() const { return arguments_; }
  std::vector<InputStream>& streams() { return streams_; }
  [[nodiscard]] const std::vector<InputStream>& streams() const { return streams_; }
  /// What is added to every timestamp.
  [[nodiscard]] std::int64_t timestamp_offset() const { return timestamp_offset_; }
  [[nodiscard]] std::int64_t recording_time() const {
    return arguments_.range.duration.value_or(std::numeric_limits<std::int64_t>::max());
  }

 private:
  InputFile(RunContext& run, const InputArguments& arguments, int index)
      : run_(run), arguments_(arguments), index_(index) {}
  base::Result<void> open_context();
  base::Result<void> seek_to_start();
  void take_streams();
  void correct_timestamps(AVPacket& packet, InputStream& stream);
  void correct_discontinuity(AVPacket& packet, InputStream& stream);
  static int open_io(AVFormatContext* context, AVIOContext** io, const char* url, int flags, AVDictionary** options);

  RunContext& run_;
  InputArguments arguments_;
  int index_;
  InputContextPtr context_;
  std::vector<InputStream> streams_;
  std::int64_t timestamp_offset_ = 0;
  std::int64_t last_timestamp_ = AV_NOPTS_VALUE;
  bool main_file_opened_ = false;
  bool at_end_ = false;
};

}  // namespace nodeagent::media
