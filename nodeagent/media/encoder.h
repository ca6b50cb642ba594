// One output stream's encoder: frames in, packets out, in the encoder's time base.
#pragma once

#include <cstdint>
#include <functional>

#include "base/result.h"
#include "nodeagent/media/arguments.h"
#include "nodeagent/media/av_handles.h"
#include "nodeagent/media/resampler.h"

namespace nodeagent::media {

/// Settings that do not come from the frames.
struct EncoderSettings {
  const AVCodec* codec = nullptr;
  std::optional<std::int64_t> bit_rate;
  std::optional<float> quality;
  bool bitexact = false;
  bool global_header = false;   ///< the container keeps codec headers apart from packets
  int bits_per_raw_sample = 0;  ///< of the source, 0 if unknown
  std::uint32_t codec_tag = 0;
};

class Encoder {
 public:
  using TakePacket = std::function<base::Result<void>(AVPacket&)>;

  static base::Result<Encoder> open_audio(const EncoderSettings& settings, const AudioFormat& format);
  /// For a picture: size, pixel format and colour properties come from `frame`.
  static base::Result<Encoder> open_picture(const EncoderSettings& settings, const AVFrame& frame);

  /// Encodes one frame, or drains with null.
  base::Result<void> encode(AVFrame* frame, const TakePacket& take);

  [[nodiscard]] AVCodecContext& context() const { return *context_; }
  /// Samples a frame must have, 0 for any number.
  [[nodiscard]] int frame_size() const;

 private:
  base::Result<void> open(const EncoderSettings& settings);
  CodecContextPtr context_;
  PacketPtr packet_ = make_packet();
};

}  // namespace nodeagent::media
