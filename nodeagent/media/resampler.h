// From decoded audio frames to frames as the encoder wants them: cut in time, converted, cut in length.
//
//   decoder -> Trim (-ss/-t of the input) -> Converter (swresample) -> Trim (-ss/-t of the output) -> FrameCutter ->
//   encoder
//
// This is what the command's filter graph (abuffer, atrim, aresample, aformat, atrim, abuffersink) does, without the
// 20 MB of libraries that libavfilter brings: the results are byte-identical because the formats are chosen by the
// same rules (AudioFormat::best_for) before libswresample is asked, with its default settings.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>

#include "base/result.h"
#include "nodeagent/media/av_handles.h"

namespace nodeagent::media {

/// What samples look like at one point of the chain.
struct AudioFormat {
  AVSampleFormat sample_format = AV_SAMPLE_FMT_NONE;
  int rate = 0;
  ChannelLayout layout;

  static AudioFormat of(const AVFrame& frame);
  [[nodiscard]] bool operator==(const AudioFormat& other) const {
    return sample_format == other.sample_format && rate == other.rate && layout.same(*other.layout.get());
  }
  /// The format closest to this one that the encoder takes; `rate` and `channels` are -ar and -ac, 0 if not given.
  [[nodiscard]] AudioFormat best_for(const AVCodec& encoder, int wanted_rate, int wanted_channels) const;
};

using TakeAudio = std::function<base::Result<void>(FramePtr)>;

/// Keeps the samples from `start` (inclusive, pts) for `duration`; both in microseconds.
class Trim {
 public:
  static constexpr std::int64_t kNoLimit = std::numeric_limits<std::int64_t>::max();
  Trim(std::optional<std::int64_t> start, std::int64_t duration) : start_(start), duration_(duration) {}
  /// True once nothing more will pass.
  [[nodiscard]] bool finished() const { return finished_; }
  base::Result<void> pass(FramePtr frame, const TakeAudio& next);

 private:
  std::optional<std::int64_t> start_;
  std::int64_t duration_;
  std::int64_t first_pts_ = AV_NOPTS_VALUE;
  std::int64_t next_pts_ = AV_NOPTS_VALUE;
  bool finished_ = false;
};

/// libswresample between two formats; passes frames through untouched when they are the same.
class Converter {
 public:
  static base::Result<Converter> open(const AudioFormat& from, const AudioFormat& to);
  base::Result<void> pass(FramePtr frame, const TakeAudio& next);
  /// The samples still inside.
  base::Result<void> drain(const TakeAudio& next);

 private:
  base::Result<FramePtr> new_frame(int samples) const;
  AudioFormat from_, to_;
  SwrPtr swr_;
  std::int64_t next_pts_ = AV_NOPTS_VALUE;
};

/// Cuts frames to the encoder's size; the last one may be short. Size 0 passes frames as they come.
class FrameCutter {
 public:
  void set_size(int samples) { size_ = samples; }
  base::Result<void> pass(FramePtr frame, const TakeAudio& next);
  base::Result<void> drain(const TakeAudio& next);

 private:
  base::Result<FramePtr> take(int samples);
  int size_ = 0;
  std::int64_t queued_ = 0;
  std::deque<FramePtr> frames_;
  int used_of_first_ = 0;
};

}  // namespace nodeagent::media
