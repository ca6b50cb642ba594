// One input stream's decoder: packets in, frames out, in the stream's time base.
#pragma once

#include <functional>

#include "nodeagent/media/demuxer.h"

namespace nodeagent::media {

/// How many packets or frames a decoder delivered and refused; the command fails when two thirds are refused.
struct DecodeCount {
  std::uint64_t good = 0;
  std::uint64_t bad = 0;
};

class Decoder {
 public:
  /// Takes a decoded frame; its pts is in samples for audio (time base 1/sample_rate), in the stream's base else.
  using TakeFrame = std::function<base::Result<void>(AVFrame&)>;

  /// Opens the stream's decoder with one thread. The error's message is the line to print.
  static base::Result<std::unique_ptr<Decoder>> open(InputFile& file, InputStream& stream, DecodeCount& count);

  /// Decodes one packet, or drains with null; keeps the stream's clock. Damaged data is logged and skipped; an error
  /// comes only from `take`.
  base::Result<void> decode(const AVPacket* packet, const TakeFrame& take);

  [[nodiscard]] const AVCodecContext& context() const { return *context_; }

 private:
  Decoder(InputFile& file, InputStream& stream, DecodeCount& count) : file_(file), stream_(stream), count_(count) {}
  base::Result<void> take_frames(const AVPacket* packet, const TakeFrame& take);
  void stamp_audio(AVFrame& frame, const AVPacket* packet);
  void report_failure(int code);

  InputFile& file_;
  InputStream& stream_;
  DecodeCount& count_;
  CodecContextPtr context_;
  FramePtr frame_ = make_frame();
  std::int64_t previous_packet_pts_ = AV_NOPTS_VALUE;
  std::int64_t rescale_state_ = AV_NOPTS_VALUE;
};

/// Moves the stream's clock to a packet (or leaves it, with null); before the packet is decoded or copied.
void start_packet(InputStream& stream, const AVPacket* packet, bool decoding);
/// Moves the clock past a packet that is only copied.
void finish_copied_packet(InputStream& stream);

}  // namespace nodeagent::media
