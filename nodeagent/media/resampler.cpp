#include "nodeagent/media/resampler.h"

#include <algorithm>
#include <array>
#include <bit>
#include <climits>
#include <cstdlib>

#include "nodeagent/media/av_error.h"

namespace nodeagent::media {
namespace {

using base::Result;

Result<FramePtr> audio_frame(AVSampleFormat format, int rate, const AVChannelLayout& layout, int samples) {
  auto frame = make_frame();
  frame->format = format;
  frame->sample_rate = rate;
  frame->nb_samples = samples;
  int code = av_channel_layout_copy(&frame->ch_layout, &layout);
  if (code >= 0) code = av_frame_get_buffer(frame.get(), 0);
  if (code < 0) return av_failure("Could not allocate an audio frame: " + error_text(code), code);
  return frame;
}

/// A new frame with samples [first, first + count) of `frame`, pts moved along.
Result<FramePtr> part_of(const AVFrame& frame, int first, int count) {
  ASSIGN_OR_RETURN(auto part,
                   audio_frame(static_cast<AVSampleFormat>(frame.format), frame.sample_rate, frame.ch_layout, count));
  av_frame_copy_props(part.get(), &frame);
  if (frame.pts != AV_NOPTS_VALUE) part->pts = frame.pts + first;
  av_samples_copy(part->extended_data, frame.extended_data, 0, first, count, frame.ch_layout.nb_channels,
                  static_cast<AVSampleFormat>(frame.format));
  return part;
}

/// Cost of turning one sample format into another; the smaller the better.
int conversion_cost(AVSampleFormat to, AVSampleFormat from) {
  int cost = av_sample_fmt_is_planar(to) != av_sample_fmt_is_planar(from) ? 1 : 0;
  const int gain = av_get_bytes_per_sample(to) - av_get_bytes_per_sample(from);
  cost += gain < 0 ? -100 * gain : 10 * gain;
  const auto packed_to = av_get_packed_sample_fmt(to);
  const auto packed_from = av_get_packed_sample_fmt(from);
  if (packed_to == AV_SAMPLE_FMT_S32 && packed_from == AV_SAMPLE_FMT_FLT) cost += 20;
  if (packed_to == AV_SAMPLE_FMT_FLT && packed_from == AV_SAMPLE_FMT_S32) cost += 2;
  return cost;
}

AVSampleFormat best_sample_format(const AVCodec& encoder, AVSampleFormat from) {
  if (encoder.sample_fmts == nullptr) return from;
  AVSampleFormat best = encoder.sample_fmts[0];
  for (const auto* candidate = encoder.sample_fmts; *candidate != AV_SAMPLE_FMT_NONE; ++candidate) {
    if (*candidate == from) return from;
    // Of two equally good ones the later wins, as in libavfilter.
    if (conversion_cost(*candidate, from) <= conversion_cost(best, from)) best = *candidate;
  }
  return best;
}

int best_rate(const AVCodec& encoder, int from) {
  if (encoder.supported_samplerates == nullptr) return from;
  int best = encoder.supported_samplerates[0];
  for (const int* candidate = encoder.supported_samplerates; *candidate != 0; ++candidate) {
    if (std::abs(*candidate - from) < std::abs(best - from)) best = *candidate;
  }
  return best;
}

/// Groups of speakers that stand for each other when layouts are compared, in order of preference.
using Family = std::array<std::uint64_t, 4>;
constexpr Family kFront{AV_CH_FRONT_LEFT | AV_CH_FRONT_RIGHT, AV_CH_FRONT_LEFT_OF_CENTER | AV_CH_FRONT_RIGHT_OF_CENTER,
                        AV_CH_WIDE_LEFT | AV_CH_WIDE_RIGHT, AV_CH_FRONT_CENTER};
constexpr Family kRear{AV_CH_BACK_LEFT | AV_CH_BACK_RIGHT, AV_CH_SIDE_LEFT | AV_CH_SIDE_RIGHT, AV_CH_BACK_CENTER, 0};

constexpr int kChannelScore = 10;
constexpr int kSubstitutionCost = 2;
constexpr int kExtraChannelCost = 5;

/// Takes groups out of both layouts where `to` has another of the family in a group's place; returns their score.
int substitute(const Family& family, std::uint64_t& from, std::uint64_t& to) {
  int score = 0;
  for (const auto group : family) {
    for (const auto other : family) {
      if (group == other || (from & group) == 0 || (to & group) != 0 || (to & other) == 0 || (from & other) != 0) {
        continue;
      }
      from &= ~group;
      to &= ~other;
      score += kChannelScore * std::popcount(other) - kSubstitutionCost;
    }
  }
  return score;
}

/// How much of `from` survives in `to`; the larger the better.
int layout_score(std::uint64_t from, std::uint64_t to) {
  int score = substitute(kFront, from, to) + substitute(kRear, from, to);
  // A missing low-frequency channel is no loss.
  if ((from & to & AV_CH_LOW_FREQUENCY) != 0) score += kChannelScore;
  from &= ~AV_CH_LOW_FREQUENCY;
  to &= ~AV_CH_LOW_FREQUENCY;
  return score + kChannelScore * std::popcount(from & to) - kExtraChannelCost * std::popcount(to & ~from);
}

ChannelLayout best_layout(const AVCodec& encoder, const ChannelLayout& from) {
  if (encoder.ch_layouts == nullptr) return from;
  const AVChannelLayout* best = nullptr;
  int best_score = INT_MIN;
  int best_difference = INT_MAX;
  for (const auto* candidate = encoder.ch_layouts; candidate->nb_channels != 0; ++candidate) {
    if (from.same(*candidate)) return from;
    if (from.get()->order != AV_CHANNEL_ORDER_NATIVE || candidate->order != AV_CHANNEL_ORDER_NATIVE) continue;
    const int score = layout_score(from.get()->u.mask, candidate->u.mask);
    const int difference = candidate->nb_channels - from.channels();
    if (score > best_score || (score == best_score && difference < best_difference)) {
      best = candidate;
      best_score = score;
      best_difference = difference;
    }
  }
  return ChannelLayout(best != nullptr ? *best : encoder.ch_layouts[0]);
}

}  // namespace

AudioFormat AudioFormat::of(const AVFrame& frame) {
  AudioFormat format{static_cast<AVSampleFormat>(frame.format), frame.sample_rate, ChannelLayout(frame.ch_layout)};
  if (frame.ch_layout.order == AV_CHANNEL_ORDER_UNSPEC) {
    format.layout = ChannelLayout::standard(frame.ch_layout.nb_channels);
  }
  return format;
}

AudioFormat AudioFormat::best_for(const AVCodec& encoder, int wanted_rate, int wanted_channels) const {
  AudioFormat best = *this;
  best.sample_format = best_sample_format(encoder, sample_format);
  best.rate = wanted_rate > 0 ? wanted_rate : best_rate(encoder, rate);
  best.layout = wanted_channels > 0 ? ChannelLayout::standard(wanted_channels) : best_layout(encoder, layout);
  return best;
}

Result<void> Trim::pass(FramePtr frame, const TakeAudio& next) {
  if (finished_) return {};
  if (!start_ && duration_ == kNoLimit) return next(std::move(frame));
  const AVRational samples{1, frame->sample_rate};
  const std::int64_t count = frame->nb_samples;
  const std::int64_t pts = frame->pts != AV_NOPTS_VALUE ? frame->pts : next_pts_;
  next_pts_ = pts == AV_NOPTS_VALUE ? AV_NOPTS_VALUE : pts + count;
  std::int64_t first = 0;
  if (start_) {
    const std::int64_t start = av_rescale_q(*start_, kMicroseconds, samples);
    if (pts == AV_NOPTS_VALUE || pts + count <= start) return {};
    first = std::clamp<std::int64_t>(start - pts, 0, count);
  }
  if (first_pts_ == AV_NOPTS_VALUE) first_pts_ = pts + first;
  std::int64_t last = count;
  if (duration_ != kNoLimit) {
    const std::int64_t length = av_rescale_q(duration_, kMicroseconds, samples);
    if (pts - first_pts_ >= length) {
      finished_ = true;
      return {};
    }
    last = std::min(count, first_pts_ + length - pts);
  }
  if (first >= last) return {};
  if (first == 0 && last == count) return next(std::move(frame));
  ASSIGN_OR_RETURN(auto part, part_of(*frame, static_cast<int>(first), static_cast<int>(last - first)));
  return next(std::move(part));
}

Result<Converter> Converter::open(const AudioFormat& from, const AudioFormat& to) {
  Converter converter;
  converter.from_ = from;
  converter.to_ = to;
  if (from == to) return converter;
  SwrContext* raw = nullptr;
  auto to_layout = *to.layout.get();
  auto from_layout = *from.layout.get();
  int code = swr_alloc_set_opts2(&raw, &to_layout, to.sample_format, to.rate, &from_layout, from.sample_format,
                                 from.rate, 0, nullptr);
  converter.swr_.reset(raw);
  if (code >= 0) code = swr_init(raw);
  if (code < 0) return av_failure("Error reinitializing filters!", code);
  return converter;
}

Result<FramePtr> Converter::new_frame(int samples) const {
  return audio_frame(to_.sample_format, to_.rate, *to_.layout.get(), samples);
}

Result<void> Converter::pass(FramePtr frame, const TakeAudio& next) {
  if (!swr_) return next(std::move(frame));
  // Room for what goes in, twice, and what waits inside: libswresample gives all it has.
  std::int64_t room = av_rescale_rnd(frame->nb_samples, to_.rate, from_.rate, AV_ROUND_UP) * 2 + 32;
  const std::int64_t delay = swr_get_delay(swr_.get(), to_.rate);
  if (delay > 0) room += std::min(delay, std::max<std::int64_t>(4096, room));
  ASSIGN_OR_RETURN(auto converted, new_frame(static_cast<int>(room)));
  av_frame_copy_props(converted.get(), frame.get());
  converted->sample_rate = to_.rate;
  if (frame->pts != AV_NOPTS_VALUE) {
    const std::int64_t in = av_rescale(frame->pts, std::int64_t{to_.rate} * from_.rate, from_.rate);
    const std::int64_t out = swr_next_pts(swr_.get(), in);
    converted->pts = next_pts_ = (out + (out < 0 ? -from_.rate / 2 : from_.rate / 2)) / from_.rate;
  } else {
    converted->pts = AV_NOPTS_VALUE;
  }
  const int count = swr_convert(swr_.get(), converted->extended_data, static_cast<int>(room),
                                const_cast<const std::uint8_t**>(frame->extended_data), frame->nb_samples);
  if (count < 0) return av_failure("Error while filtering: " + error_text(count), count);
  if (count == 0) return {};
  converted->nb_samples = count;
  if (next_pts_ != AV_NOPTS_VALUE) next_pts_ += count;
  return next(std::move(converted));
}

Result<void> Converter::drain(const TakeAudio& next) {
  if (!swr_) return {};
  constexpr int kDrainSamples = 4096;
  while (true) {
    ASSIGN_OR_RETURN(auto rest, new_frame(kDrainSamples));
    const std::int64_t out = swr_next_pts(swr_.get(), INT64_MIN);
    const int count = swr_convert(swr_.get(), rest->extended_data, kDrainSamples, nullptr, 0);
    if (count < 0) return av_failure("Error while filtering: " + error_text(count), count);
    if (count == 0) return {};
    rest->nb_samples = count;
    rest->pts = (out + (out < 0 ? -from_.rate / 2 : from_.rate / 2)) / from_.rate;
    RETURN_IF_ERROR(next(std::move(rest)));
  }
}

Result<void> FrameCutter::pass(FramePtr frame, const TakeAudio& next) {
  if (size_ == 0) return next(std::move(frame));
  queued_ += frame->nb_samples;
  frames_.push_back(std::move(frame));
  while (queued_ >= size_) {
    ASSIGN_OR_RETURN(auto cut, take(size_));
    RETURN_IF_ERROR(next(std::move(cut)));
  }
  return {};
}

Result<void> FrameCutter::drain(const TakeAudio& next) {
  if (queued_ == 0) return {};
  ASSIGN_OR_RETURN(auto rest, take(static_cast<int>(queued_)));
  return next(std::move(rest));
}

Result<FramePtr> FrameCutter::take(int samples) {
  if (used_of_first_ == 0 && frames_.front()->nb_samples == samples) {
    auto whole = std::move(frames_.front());
    frames_.pop_front();
    queued_ -= samples;
    return whole;
  }
  const AVFrame& first = *frames_.front();
  const auto format = static_cast<AVSampleFormat>(first.format);
  ASSIGN_OR_RETURN(auto cut, audio_frame(format, first.sample_rate, first.ch_layout, samples));
  av_frame_copy_props(cut.get(), &first);
  if (first.pts != AV_NOPTS_VALUE) cut->pts = first.pts + used_of_first_;
  int filled = 0;
  while (filled < samples) {
    const AVFrame& source = *frames_.front();
    const int count = std::min(samples - filled, source.nb_samples - used_of_first_);
    av_samples_copy(cut->extended_data, source.extended_data, filled, used_of_first_, count,
                    source.ch_layout.nb_channels, format);
    filled += count;
    used_of_first_ += count;
    if (used_of_first_ == source.nb_samples) {
      frames_.pop_front();
      used_of_first_ = 0;
    }
  }
  queued_ -= samples;
  return cut;
}

}  // namespace nodeagent::media
