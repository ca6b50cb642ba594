// Encoder defaults are the libraries' own: nothing is set that the command line did not ask for. A compression level or
// bit rate chosen here would change the bytes.
#include "nodeagent/media/encoder.h"

#include <algorithm>
#include <cmath>

#include "nodeagent/media/av_error.h"
#include "nodeagent/media/av_log.h"

namespace nodeagent::media {

using base::Result;

namespace {

constexpr AVRational kPictureBase{1, 90'000};

Result<CodecContextPtr> allocate(const EncoderSettings& settings) {
  CodecContextPtr context(avcodec_alloc_context3(settings.codec));
  if (!context) return av_failure("Error allocating the encoding context.", AVERROR(ENOMEM));
  return context;
}

}  // namespace

Result<Encoder> Encoder::open_audio(const EncoderSettings& settings, const AudioFormat& format) {
  Encoder encoder;
  ASSIGN_OR_RETURN(encoder.context_, allocate(settings));
  auto& context = *encoder.context_;
  context.sample_fmt = format.sample_format;
  context.sample_rate = format.rate;
  av_channel_layout_copy(&context.ch_layout, format.layout.get());
  context.time_base = {1, format.rate};
  if (settings.bits_per_raw_sample > 0) {
    context.bits_per_raw_sample =
        std::min(settings.bits_per_raw_sample, av_get_bytes_per_sample(format.sample_format) * 8);
  }
  RETURN_IF_ERROR(encoder.open(settings));
  return encoder;
}

Result<Encoder> Encoder::open_picture(const EncoderSettings& settings, const AVFrame& frame) {
  Encoder encoder;
  ASSIGN_OR_RETURN(encoder.context_, allocate(settings));
  auto& context = *encoder.context_;
  context.width = frame.width;
  context.height = frame.height;
  context.sample_aspect_ratio = frame.sample_aspect_ratio;
  context.pix_fmt = static_cast<AVPixelFormat>(frame.format);
  context.color_range = frame.color_range;
  context.color_primaries = frame.color_primaries;
  context.color_trc = frame.color_trc;
  context.colorspace = frame.colorspace;
  context.chroma_sample_location = frame.chroma_location;
  context.field_order = AV_FIELD_PROGRESSIVE;
  context.framerate = av_inv_q(kPictureBase);
  context.time_base = kPictureBase;
  RETURN_IF_ERROR(encoder.open(settings));
  return encoder;
}

Result<void> Encoder::open(const EncoderSettings& settings) {
  auto& context = *context_;
  context.thread_count = 1;
  if (settings.bit_rate) context.bit_rate = *settings.bit_rate;
  if (settings.quality) {
    context.flags |= AV_CODEC_FLAG_QSCALE;
    context.global_quality = static_cast<int>(FF_QP2LAMBDA * *settings.quality);
  }
  if (settings.bitexact) context.flags |= AV_CODEC_FLAG_BITEXACT;
  if (settings.global_header) context.flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  if (settings.codec_tag != 0) context.codec_tag = settings.codec_tag;
  if (const int code = avcodec_open2(&context, settings.codec, nullptr); code < 0) {
    return av_failure("Error while opening encoder", code);
  }
  if (context.bit_rate != 0 && context.bit_rate < 1000) {
    say(AV_LOG_WARNING, "The bitrate parameter is set too low. It takes bits/s as argument, not kbits/s");
  }
  return {};
}

int Encoder::frame_size() const {
  return (context_->codec->capabilities & AV_CODEC_CAP_VARIABLE_FRAME_SIZE) != 0 ? 0 : context_->frame_size;
}

Result<void> Encoder::encode(AVFrame* frame, const TakePacket& take) {
  if (const int code = avcodec_send_frame(context_.get(), frame); code < 0 && code != AVERROR_EOF) {
    return av_failure("Error sending frames to the encoder: " + error_text(code), code);
  }
  while (true) {
    const int code = avcodec_receive_packet(context_.get(), packet_.get());
    if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return {};
    if (code < 0) return av_failure("Encoding failed: " + error_text(code), code);
    auto taken = take(*packet_);
    av_packet_unref(packet_.get());
    RETURN_IF_ERROR(std::move(taken));
  }
}

}  // namespace nodeagent::media
