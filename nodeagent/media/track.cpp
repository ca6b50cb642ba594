// What the kinds of tracks share, and the copied and the picture track; the audio track is in audio_track.cpp.
#include "nodeagent/media/track.h"

#include <cstring>

#include "nodeagent/media/av_error.h"
#include "nodeagent/media/av_log.h"
#include "nodeagent/media/picture.h"

namespace nodeagent::media {

using base::Error;
using base::Result;

Result<void> Track::take_frame(const AVFrame&, const Decoder&) {
  return {};
}
Result<void> Track::take_packet(const AVPacket&) {
  return {};
}

std::string Track::place() const {
  return std::to_string(file_.index()) + ":" + std::to_string(stream_.index);
}

std::int64_t Track::start_offset(AVRational base) const {
  return av_rescale_q(file_.arguments().range.start.value_or(0), kMicroseconds, base);
}

Result<void> Track::write(AVPacket& packet) {
  return file_.write(stream_.index, packet);
}

Error Track::opening_failed(const Error& cause) const {
  return {kStreamNotStarted, "Error initializing output stream " + place() + " -- " + cause.message +
                                 " for output stream #" + place() +
                                 " - maybe incorrect parameters such as bit_rate, rate, width or height"};
}

Result<void> Track::become_ready(AVRational packet_base) {
  const AVStream& source = *source_.stream;
  for (int i = 0; i < source.nb_side_data; ++i) {
    const AVPacketSideData& side = source.side_data[i];
    if (side.type == AV_PKT_DATA_CPB_PROPERTIES) continue;
    if (std::uint8_t* copy = av_stream_new_side_data(&stream_, side.type, side.size)) {
      std::memcpy(copy, side.data, side.size);
    }
  }
  if (stream_.time_base.num <= 0 || stream_.time_base.den <= 0) stream_.time_base = packet_base;
  if (stream_.duration <= 0 && source.duration > 0) {
    stream_.duration = av_rescale_q(source.duration, source.time_base, stream_.time_base);
  }
  ready_ = true;
  if (auto header = file_.stream_ready(stream_.index, packet_base); header.has_error()) {
    say(AV_LOG_ERROR, header.error().message);
    return Error(kStreamNotStarted, "Error initializing output stream " + place() + " -- ");
  }
  return {};
}

Result<void> Track::encoder_ready(const Encoder& encoder) {
  const auto& arguments = file_.arguments();
  const bool anonymous = arguments.format_bitexact || arguments.codec_bitexact;
  std::string name = "Lavc";
  if (!anonymous) {
    const unsigned version = avcodec_version();
    name += std::to_string(AV_VERSION_MAJOR(version)) + "." + std::to_string(AV_VERSION_MINOR(version)) + "." +
            std::to_string(AV_VERSION_MICRO(version));
  }
  name += std::string(" ") + encoder.context().codec->name;
  av_dict_set(&stream_.metadata, "encoder", name.c_str(), AV_DICT_DONT_OVERWRITE);
  if (const int code = avcodec_parameters_from_context(stream_.codecpar, &encoder.context()); code < 0) {
    return av_failure("Error initializing the output stream codec context.", code);
  }
  for (int i = 0; i < encoder.context().nb_coded_side_data; ++i) {
    const AVPacketSideData& side = encoder.context().coded_side_data[i];
    if (std::uint8_t* copy = av_stream_new_side_data(&stream_, side.type, side.size)) {
      std::memcpy(copy, side.data, side.size);
    }
  }
  stream_.time_base = encoder.context().time_base;
  return become_ready(encoder.context().time_base);
}

// Pictures

Result<void> PictureTrack::open_for(const AVFrame& picture) {
  if ((file_.context().oformat->flags & AVFMT_VARIABLE_FPS) == 0) {
    // A picture's nominal frame rate is that of its clock; the command warns about it, so this does.
    av_log(&file_.context(), AV_LOG_WARNING,
           "Frame rate very high for a muxer not efficiently supporting it.\n"
           "Please consider specifying a lower framerate, a different muxer or setting vsync/fps_mode to vfr\n");
  }
  auto opened = Encoder::open_picture(settings_, picture);
  if (opened.has_error()) return opening_failed(opened.error());
  encoder_.emplace(std::move(opened).value());
  stream_.avg_frame_rate = encoder_->context().framerate;
  return encoder_ready(*encoder_);
}

Result<void> PictureTrack::take_frame(const AVFrame& frame, const Decoder&) {
  if (finished_ || encoder_) return {};  // One picture only.
  ASSIGN_OR_RETURN(auto picture, picture_for(frame, *settings_.codec));
  RETURN_IF_ERROR(open_for(*picture));
  picture->pts = 0;
  picture->quality = encoder_->context().global_quality;
  ++frames_;
  RETURN_IF_ERROR(encoder_->encode(picture.get(), [this](AVPacket& packet) { return write(packet); }));
  return finish();
}

Result<void> PictureTrack::finish() {
  finished_ = true;
  return {};
}

Result<void> PictureTrack::flush_encoder(const Decoder* decoder) {
  if (!encoder_) {
    say(AV_LOG_WARNING, "Finishing stream " + place() + " without any data written to it.");
    if (decoder == nullptr) return {};
    auto nothing = make_frame();
    nothing->width = decoder->context().width;
    nothing->height = decoder->context().height;
    nothing->format = settings_.codec->pix_fmts != nullptr ? settings_.codec->pix_fmts[0] : decoder->context().pix_fmt;
    RETURN_IF_ERROR(open_for(*nothing));
  }
  return encoder_->encode(nullptr, [this](AVPacket& packet) { return write(packet); });
}

// Copies

Result<void> CopyTrack::prepare() {
  const AVCodecParameters& from = *source_.stream->codecpar;
  AVCodecParameters& to = *stream_.codecpar;
  if (const int code = avcodec_parameters_copy(&to, &from); code < 0) {
    return av_failure("Error initializing output stream " + place() + " -- " + error_text(code), code);
  }
  // Another container's tag is kept only if this container knows it for this codec, or knows nothing.
  const AVCodecTag* const* tags = file_.context().oformat->codec_tag;
  unsigned tag = 0;
  if (tags != nullptr && av_codec_get_id(tags, from.codec_tag) != from.codec_id &&
      av_codec_get_tag2(tags, from.codec_id, &tag) != 0) {
    to.codec_tag = 0;
  }
  const AVOutputFormat& format = *file_.context().oformat;
  if (const int code =
          avformat_transfer_internal_stream_timing_info(&format, &stream_, source_.stream, AVFMT_TBCF_AUTO);
      code < 0) {
    return av_failure("Error initializing output stream " + place() + " -- " + error_text(code), code);
  }
  if (stream_.time_base.num <= 0 || stream_.time_base.den <= 0) {
    stream_.time_base = av_stream_get_codec_timebase(&stream_);
  }
  if ((to.block_align == 1 || to.block_align == 1152 || to.block_align == 576) && to.codec_id == AV_CODEC_ID_MP3) {
    to.block_align = 0;
  }
  if (to.codec_id == AV_CODEC_ID_AC3) to.block_align = 0;
  packet_base_ = source_.stream->time_base;
  return become_ready(packet_base_);
}

Result<void> CopyTrack::take_packet(const AVPacket& packet) {
  if (finished_) return {};
  if (!started_ && (packet.flags & AV_PKT_FLAG_KEY) == 0) return {};
  const std::int64_t start = file_.arguments().range.start.value_or(0);
  const AVRational source_base = source_.stream->time_base;
  if (!started_) {
    const bool early = packet.pts == AV_NOPTS_VALUE ? source_.pts < start
                                                    : packet.pts < av_rescale_q(start, kMicroseconds, source_base);
    if (early && file_.arguments().range.start) return {};
  }
  const std::int64_t limit = file_.recording_time();
  if (limit != Trim::kNoLimit && source_.pts >= limit + start) return finish();
  if (input_.recording_time() != Trim::kNoLimit && source_.pts >= input_.recording_time()) return finish();

  auto copy = make_packet();
  if (const int code = av_packet_ref(copy.get(), &packet); code < 0) return av_failure(error_text(code), code);
  const std::int64_t offset = start_offset(packet_base_);
  if (packet.pts != AV_NOPTS_VALUE) copy->pts = av_rescale_q(packet.pts, source_base, packet_base_) - offset;
  if (packet.dts == AV_NOPTS_VALUE) {
    copy->dts = av_rescale_q(source_.dts, kMicroseconds, packet_base_);
  } else {
    const AVCodecParameters& parameters = *source_.stream->codecpar;
    int samples = av_get_audio_frame_duration2(source_.stream->codecpar, packet.size);
    if (samples == 0) samples = parameters.frame_size;
    copy->dts =
        av_rescale_delta(source_base, packet.dts, {1, parameters.sample_rate}, samples, &rescale_state_, packet_base_);
    copy->pts = copy->dts - offset;
  }
  copy->dts -= offset;
  copy->duration = av_rescale_q(packet.duration, source_base, packet_base_);
  started_ = true;
  ++frames_;
  return write(*copy);
}

Result<void> CopyTrack::finish() {
  finished_ = true;
  return {};
}

Result<void> CopyTrack::flush_encoder(const Decoder*) {
  return {};
}

}  // namespace nodeagent::media
