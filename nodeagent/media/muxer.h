// An output file: opened where the command opens it, its header written once all streams know their parameters, its
// packets in order, its trailer at the end.
//
// The file is written in place under its final name, as the command does: a run that is stopped leaves the part
// written so far, finished and playable.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "nodeagent/media/arguments.h"
#include "nodeagent/media/av_handles.h"
#include "nodeagent/media/run_context.h"

namespace nodeagent::media {

/// Bound on packets that wait for a header; the command's queue has the same kind of limit.
inline constexpr std::size_t kMaxQueuedPackets = 4096;

class OutputFile {
 public:
  /// Chooses the format; the file is not touched. `index` is its number in log lines.
  static base::Result<std::unique_ptr<OutputFile>> create(RunContext& run, const OutputArguments& arguments, int index);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  /// Creates or truncates the file.
  base::Result<void> open_file();
  AVStream* new_stream();
  /// Streams that will call stream_ready() before the header.
  [[nodiscard]] unsigned stream_count() const { return context_->nb_streams; }

  /// The stream's parameters are complete; `time_base` is that of its packets. The last stream's call writes the header
  /// and describes the file on the log.
  base::Result<void> stream_ready(int stream, AVRational time_base);
  /// Queues or writes one packet; takes its reference. A failed write is logged and remembered in write_failed().
  base::Result<void> write(int stream, AVPacket& packet);
  base::Result<void> write_trailer();
  /// Closes the file; a failure (a full disk) is logged and told.
  bool close();

  [[nodiscard]] AVFormatContext& context() const { return *context_; }
  [[nodiscard]] const OutputArguments& arguments() const { return arguments_; }
  [[nodiscard]] int index() const { return index_; }
  [[nodiscard]] bool header_written() const { return header_written_; }
  [[nodiscard]] bool write_failed() const { return write_failed_; }
  /// Bytes written so far, for the progress line; after close(), the final size.
  [[nodiscard]] std::int64_t size() const;
  [[nodiscard]] std::uint64_t stream_bytes(int stream) const { return tracks_[stream].bytes; }
  /// The stream's last dts on the muxer's clock, or AV_NOPTS_VALUE.
  [[nodiscard]] std::int64_t last_dts(int stream) const { return tracks_[stream].last_dts; }
  [[nodiscard]] std::int64_t recording_time() const;

 private:
  struct Track {
    AVRational packet_base{0, 1};
    bool ready = false;
    std::int64_t last_dts = AV_NOPTS_VALUE;
    std::uint64_t bytes = 0;
    std::uint64_t packets = 0;
    std::vector<PacketPtr> waiting;
  };

  OutputFile(RunContext& run, const OutputArguments& arguments, int index)
      : run_(run), arguments_(arguments), index_(index) {}
  base::Result<void> write_header();
  base::Result<void> write_now(int stream, AVPacket& packet);
  void order_timestamps(Track& track, AVPacket& packet, const AVStream& stream) const;

  RunContext& run_;
  OutputArguments arguments_;
  int index_;
  OutputContextPtr context_;
  std::vector<Track> tracks_;
  bool header_written_ = false;
  bool write_failed_ = false;
  std::int64_t final_size_ = -1;
};

}  // namespace nodeagent::media
