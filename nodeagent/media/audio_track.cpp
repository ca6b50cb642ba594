#include "nodeagent/media/av_error.h"
#include "nodeagent/media/av_log.h"
#include "nodeagent/media/track.h"

namespace nodeagent::media {

using base::Result;

namespace {

/// -ss of an input has already moved its timestamps: what is before zero was read only to reach the place.
std::optional<std::int64_t> input_start(const InputFile& input) {
  return input.arguments().range.start ? std::optional<std::int64_t>(0) : std::nullopt;
}

}  // namespace

AudioTrack::AudioTrack(OutputFile& file, AVStream& stream, InputFile& input, InputStream& source,
                       EncoderSettings settings)
    : Track(file, stream, input, source),
      settings_(settings),
      input_trim_(input_start(input), input.recording_time()),
      output_trim_(file.arguments().range.start, file.recording_time()) {}

Result<void> AudioTrack::adapt_to(const AudioFormat& format, int bits_per_raw_sample) {
  if (converter_ && format == source_format_) return {};
  source_format_ = format;
  if (!encoder_) {
    const auto& wanted = file_.arguments();
    target_format_ = format.best_for(*settings_.codec, wanted.sample_rate, wanted.channels);
  } else {
    // The source changed in the middle: what the old chain still held is dropped, as the command does.
    cutter_ = FrameCutter();
    cutter_.set_size(encoder_->frame_size());
    input_trim_ = Trim(input_start(input_), input_.recording_time());
    output_trim_ = Trim(file_.arguments().range.start, file_.recording_time());
  }
  ASSIGN_OR_RETURN(converter_, Converter::open(format, target_format_));
  if (encoder_) return {};
  // A conversion forgets how many of the bits the source really used.
  settings_.bits_per_raw_sample = format == target_format_ ? bits_per_raw_sample : 0;
  auto opened = Encoder::open_audio(settings_, target_format_);
  if (opened.has_error()) return opening_failed(opened.error());
  encoder_.emplace(std::move(opened).value());
  cutter_.set_size(encoder_->frame_size());
  return encoder_ready(*encoder_);
}

Result<void> AudioTrack::take_frame(const AVFrame& frame, const Decoder& decoder) {
  if (finished_) return {};
  const auto format = AudioFormat::of(frame);
  RETURN_IF_ERROR(adapt_to(format, decoder.context().bits_per_raw_sample));
  auto reference = make_frame();
  if (const int code = av_frame_ref(reference.get(), &frame); code < 0) return av_failure(error_text(code), code);
  if (reference->ch_layout.order == AV_CHANNEL_ORDER_UNSPEC) {
    av_channel_layout_copy(&reference->ch_layout, format.layout.get());
  }
  const TakeAudio to_converter = [this](FramePtr part) {
    return converter_->pass(std::move(part), [this](FramePtr done) { return after_conversion(std::move(done)); });
  };
  RETURN_IF_ERROR(input_trim_.pass(std::move(reference), to_converter));
  return input_trim_.finished() || output_trim_.finished() ? finish() : Result<void>{};
}

Result<void> AudioTrack::after_conversion(FramePtr frame) {
  const TakeAudio to_encoder = [this](FramePtr cut) { return encode(std::move(cut)); };
  return output_trim_.pass(std::move(frame), [&](FramePtr part) { return cutter_.pass(std::move(part), to_encoder); });
}

Result<void> AudioTrack::finish() {
  if (finished_) return {};
  finished_ = true;
  if (!converter_) return {};
  RETURN_IF_ERROR(converter_->drain([this](FramePtr rest) { return after_conversion(std::move(rest)); }));
  return cutter_.drain([this](FramePtr cut) { return encode(std::move(cut)); });
}

Result<void> AudioTrack::encode(FramePtr frame) {
  const AVRational base = encoder_->context().time_base;
  frame->pts = frame->pts == AV_NOPTS_VALUE ? next_pts_ : frame->pts - start_offset(base);
  next_pts_ = frame->pts + frame->nb_samples;
  frame->quality = encoder_->context().global_quality;
  ++frames_;
  return encoder_->encode(frame.get(), [this](AVPacket& packet) { return write(packet); });
}

Result<void> AudioTrack::flush_encoder(const Decoder* decoder) {
  if (!encoder_) {
    say(AV_LOG_WARNING, "Finishing stream " + place() + " without any data written to it.");
    if (decoder == nullptr || decoder->context().sample_rate <= 0 ||
        decoder->context().sample_fmt == AV_SAMPLE_FMT_NONE) {
      return {};
    }
    const auto& context = decoder->context();
    const AudioFormat expected{context.sample_fmt, context.sample_rate, ChannelLayout(context.ch_layout)};
    RETURN_IF_ERROR(adapt_to(expected, context.bits_per_raw_sample));
  }
  return encoder_->encode(nullptr, [this](AVPacket& packet) { return write(packet); });
}

}  // namespace nodeagent::media
