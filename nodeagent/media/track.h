// One stream of an output, from what its input delivers to packets in the file. Three kinds: audio that is encoded,
// a cover picture that is encoded, packets that are copied.
#pragma once

#include <memory>
#include <optional>

#include "nodeagent/media/decoder.h"
#include "nodeagent/media/encoder.h"
#include "nodeagent/media/muxer.h"
#include "nodeagent/media/resampler.h"

namespace nodeagent::media {

/// The code of errors that keep an output stream from starting (encoder or header): the run ends at once, without
/// trailers.
inline constexpr base::Errc kStreamNotStarted = base::Errc::unsupported;

class Track {
 public:
  Track(OutputFile& file, AVStream& stream, InputFile& input, InputStream& source)
      : file_(file), stream_(stream), input_(input), source_(source) {}
  virtual ~Track() = default;
  Track(const Track&) = delete;
  Track& operator=(const Track&) = delete;

  /// Whether this track wants decoded frames (else packets).
  [[nodiscard]] virtual bool wants_frames() const { return true; }
  /// For a copied stream: makes it ready before anything is read.
  virtual base::Result<void> prepare() { return {}; }
  virtual base::Result<void> take_frame(const AVFrame& frame, const Decoder& decoder);
  virtual base::Result<void> take_packet(const AVPacket& packet);
  /// The source has ended: everything that waits before the encoder goes into it.
  virtual base::Result<void> finish() = 0;
  /// After all tracks finished: what waits in the encoder. `decoder` describes the source if no frame ever came.
  virtual base::Result<void> flush_encoder(const Decoder* decoder) = 0;
  /// "libmp3lame" or "png"; null for a copy.
  [[nodiscard]] virtual const AVCodec* encoder() const { return nullptr; }
  /// Bytes of codec headers kept apart from packets.
  [[nodiscard]] virtual int header_bytes() const { return 0; }

  [[nodiscard]] bool finished() const { return finished_; }
  [[nodiscard]] bool ready() const { return ready_; }
  [[nodiscard]] std::uint64_t frames() const { return frames_; }
  [[nodiscard]] OutputFile& file() const { return file_; }
  [[nodiscard]] AVStream& stream() const { return stream_; }
  [[nodiscard]] InputFile& input() const { return input_; }
  [[nodiscard]] InputStream& source() const { return source_; }
  /// "0:1": the output's and the stream's number.
  [[nodiscard]] std::string place() const;

 protected:
  /// The last steps of every kind: side data and durations to the stream, then the file may write its header.
  base::Result<void> become_ready(AVRational packet_base);
  /// The encoder's parameters and name to the stream, then become_ready().
  base::Result<void> encoder_ready(const Encoder& encoder);
  base::Error opening_failed(const base::Error& cause) const;
  base::Result<void> write(AVPacket& packet);
  /// What -ss of the output subtracts, in `base` units.
  [[nodiscard]] std::int64_t start_offset(AVRational base) const;

  OutputFile& file_;
  AVStream& stream_;
  InputFile& input_;
  InputStream& source_;
  bool ready_ = false;
  bool finished_ = false;
  std::uint64_t frames_ = 0;
};

class AudioTrack final : public Track {
 public:
  AudioTrack(OutputFile& file, AVStream& stream, InputFile& input, InputStream& source, EncoderSettings settings);
  base::Result<void> take_frame(const AVFrame& frame, const Decoder& decoder) override;
  base::Result<void> finish() override;
  base::Result<void> flush_encoder(const Decoder* decoder) override;
  [[nodiscard]] const AVCodec* encoder() const override { return settings_.codec; }
  [[nodiscard]] int header_bytes() const override { return encoder_ ? encoder_->context().extradata_size : 0; }

 private:
  base::Result<void> adapt_to(const AudioFormat& format, int bits_per_raw_sample);
  base::Result<void> after_conversion(FramePtr frame);
  base::Result<void> encode(FramePtr frame);

  EncoderSettings settings_;
  AudioFormat source_format_, target_format_;
  Trim input_trim_, output_trim_;
  std::optional<Converter> converter_;
  FrameCutter cutter_;
  std::optional<Encoder> encoder_;
  std::int64_t next_pts_ = 0;
};

class PictureTrack final : public Track {
 public:
  PictureTrack(OutputFile& file, AVStream& stream, InputFile& input, InputStream& source, EncoderSettings settings)
      : Track(file, stream, input, source), settings_(settings) {}
  base::Result<void> take_frame(const AVFrame& frame, const Decoder& decoder) override;
  base::Result<void> finish() override;
  base::Result<void> flush_encoder(const Decoder* decoder) override;
  [[nodiscard]] const AVCodec* encoder() const override { return settings_.codec; }

 private:
  base::Result<void> open_for(const AVFrame& picture);
  EncoderSettings settings_;
  std::optional<Encoder> encoder_;
};

class CopyTrack final : public Track {
 public:
  using Track::Track;
  [[nodiscard]] bool wants_frames() const override { return false; }
  base::Result<void> prepare() override;
  base::Result<void> take_packet(const AVPacket& packet) override;
  base::Result<void> finish() override;
  base::Result<void> flush_encoder(const Decoder* decoder) override;

 private:
  AVRational packet_base_{0, 1};
  std::int64_t rescale_state_ = AV_NOPTS_VALUE;
  bool started_ = false;
};

}  // namespace nodeagent::media
