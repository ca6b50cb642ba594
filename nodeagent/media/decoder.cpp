// Frame timestamps are what the command would give them: a frame without one takes its packet's, then the stream's
// clock; audio is counted in samples with the rounding of av_rescale_delta, which matters for -ss and -t.
#include "nodeagent/media/decoder.h"

#include "nodeagent/media/av_error.h"
#include "nodeagent/media/av_log.h"

namespace nodeagent::media {

using base::Errc;
using base::Error;
using base::Result;

Result<std::unique_ptr<Decoder>> Decoder::open(InputFile& file, InputStream& stream, DecodeCount& count) {
  const auto& parameters = *stream.stream->codecpar;
  const auto place = std::to_string(file.index()) + ":" + std::to_string(stream.stream->index);
  const auto& forced = file.arguments().codec;
  const bool use_forced = !forced.empty() && parameters.codec_type == AVMEDIA_TYPE_AUDIO;
  const AVCodec* codec =
      use_forced ? avcodec_find_decoder_by_name(forced.c_str()) : avcodec_find_decoder(parameters.codec_id);
  if (codec == nullptr) {
    return Error(Errc::unsupported, std::string("Decoder (codec ") + avcodec_get_name(parameters.codec_id) +
                                        ") not found for input stream #" + place);
  }
  std::unique_ptr<Decoder> decoder(new Decoder(file, stream, count));
  decoder->context_.reset(avcodec_alloc_context3(codec));
  if (!decoder->context_) return av_failure("Error allocating the decoder context.", AVERROR(ENOMEM));
  auto& context = *decoder->context_;
  int code = avcodec_parameters_to_context(&context, &parameters);
  if (code >= 0) {
    context.pkt_timebase = stream.stream->time_base;
    context.thread_count = 1;
    if (file.arguments().bitexact) context.flags |= AV_CODEC_FLAG_BITEXACT;
    code = avcodec_open2(&context, codec, nullptr);
  }
  if (code < 0) {
    return av_failure("Error while opening decoder for input stream #" + place + " : " + error_text(code), code);
  }
  return decoder;
}

Result<void> Decoder::decode(const AVPacket* packet, const TakeFrame& take) {
  const int sent = avcodec_send_packet(context_.get(), packet);
  if (sent < 0 && sent != AVERROR_EOF) {
    report_failure(sent);
    return {};
  }
  return take_frames(packet, take);
}

Result<void> Decoder::take_frames(const AVPacket* packet, const TakeFrame& take) {
  while (true) {
    const int code = avcodec_receive_frame(context_.get(), frame_.get());
    if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return {};
    if (code < 0) {
      report_failure(code);
      return {};
    }
    ++count_.good;
    if (frame_->decode_error_flags != 0 || (frame_->flags & AV_FRAME_FLAG_CORRUPT) != 0) {
      say(AV_LOG_WARNING,
          file_.arguments().name + ": corrupt decoded frame in stream " + std::to_string(stream_.stream->index));
    }
    if (context_->codec_type == AVMEDIA_TYPE_AUDIO) {
      if (frame_->sample_rate <= 0) frame_->sample_rate = context_->sample_rate;
      if (frame_->sample_rate <= 0 || frame_->nb_samples <= 0) {
        say(AV_LOG_ERROR, "A decoded audio frame has no sample rate or no samples");
        continue;
      }
      stamp_audio(*frame_, packet);
    } else {
      frame_->pts = frame_->best_effort_timestamp;
    }
    auto taken = take(*frame_);
    av_frame_unref(frame_.get());
    RETURN_IF_ERROR(std::move(taken));
    packet = nullptr;  // Further frames of the same packet have no timestamp of their own.
  }
}

void Decoder::stamp_audio(AVFrame& frame, const AVPacket* packet) {
  const AVRational samples{1, frame.sample_rate};
  const auto micros = static_cast<std::int64_t>(AV_TIME_BASE) * frame.nb_samples / frame.sample_rate;
  stream_.next_pts += micros;
  stream_.next_dts += micros;
  AVRational base = stream_.stream->time_base;
  if (frame.pts == AV_NOPTS_VALUE) {
    if (packet != nullptr && packet->pts != AV_NOPTS_VALUE) {
      frame.pts = packet->pts;
    } else {
      frame.pts = stream_.dts;
      base = kMicroseconds;
    }
  }
  if (packet != nullptr && packet->duration != 0 && previous_packet_pts_ != AV_NOPTS_VALUE &&
      packet->pts != AV_NOPTS_VALUE && packet->pts - previous_packet_pts_ > packet->duration) {
    rescale_state_ = AV_NOPTS_VALUE;
  }
  if (packet != nullptr) previous_packet_pts_ = packet->pts;
  if (frame.pts != AV_NOPTS_VALUE) {
    frame.pts = av_rescale_delta(base, frame.pts, samples, frame.nb_samples, &rescale_state_, samples);
  }
}

void Decoder::report_failure(int code) {
  ++count_.bad;
  say(AV_LOG_ERROR, "Error while decoding stream #" + std::to_string(file_.index()) + ":" +
                        std::to_string(stream_.stream->index) + ": " + error_text(code));
}

void start_packet(InputStream& stream, const AVPacket* packet, bool decoding) {
  const AVRational base = stream.stream->time_base;
  if (!stream.saw_first) {
    const AVRational rate = stream.stream->avg_frame_rate;
    stream.first_dts = stream.dts =
        rate.num != 0 ? static_cast<std::int64_t>(-stream.decoder_delay_frames * AV_TIME_BASE / av_q2d(rate)) : 0;
    stream.pts = 0;
    if (packet != nullptr && packet->pts != AV_NOPTS_VALUE && !decoding) {
      stream.first_dts = stream.dts += av_rescale_q(packet->pts, base, kMicroseconds);
      stream.pts = stream.dts;
    }
    stream.saw_first = true;
  }
  if (stream.next_dts == AV_NOPTS_VALUE) stream.next_dts = stream.dts;
  if (stream.next_pts == AV_NOPTS_VALUE) stream.next_pts = stream.pts;
  if (packet == nullptr || packet->dts == AV_NOPTS_VALUE) return;
  stream.next_dts = stream.dts = av_rescale_q(packet->dts, base, kMicroseconds);
  if (stream.type() != AVMEDIA_TYPE_VIDEO || !decoding) stream.next_pts = stream.pts = stream.dts;
}

void finish_copied_packet(InputStream& stream) {
  stream.dts = stream.next_dts;
  if (stream.type() == AVMEDIA_TYPE_AUDIO && stream.stream->codecpar->sample_rate > 0) {
    stream.next_dts +=
        static_cast<std::int64_t>(AV_TIME_BASE) * stream.frame_size / stream.stream->codecpar->sample_rate;
  }
  stream.pts = stream.dts;
  stream.next_pts = stream.next_dts;
}

}  // namespace nodeagent::media
