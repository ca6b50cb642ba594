// Timestamps follow the command (FFmpeg 5.1): the file's start time and -ss become one offset, formats that may jump
// (MPEG-TS and the like) have jumps of more than ten seconds taken out.
#include "nodeagent/media/demuxer.h"

#include <sys/stat.h>

#include <algorithm>

#include "nodeagent/media/av_error.h"
#include "nodeagent/media/av_log.h"

namespace nodeagent::media {
namespace {

using base::Errc;
using base::Error;
using base::Result;

constexpr double kDiscontinuitySeconds = 10;        // -dts_delta_threshold
constexpr double kBadTimestampSeconds = 3600 * 30;  // -dts_error_threshold

/// Formats whose files name other files, or that read devices and networks.
constexpr const char* kReferencingFormats =
    "concat,concatf,hls,applehttp,dash,imf,rtsp,rtp,sdp,sap,lavfi,image2,image2pipe,tty,vapoursynth,avisynth,"
    "ffmetadata,libopenmpt,libgme,mpjpeg,mmst,mmsh,webm_dash_manifest,smoothstreaming,xv,bluray";

bool references_others(const AVInputFormat& format) {
  return (format.flags & AVFMT_NOFILE) != 0 || av_match_list(format.name, kReferencingFormats, ',') > 0;
}

/// The names of all formats an input may have, as libav's comma list.
const std::string& allowed_formats() {
  static const std::string names = [] {
    std::string list;
    void* state = nullptr;
    while (const AVInputFormat* format = av_demuxer_iterate(&state)) {
      if (references_others(*format)) continue;
      if (!list.empty()) list += ',';
      list += format->name;
    }
    return list;
  }();
  return names;
}

Result<const AVInputFormat*> forced_format(const std::string& name) {
  if (name.empty()) return nullptr;
  const AVInputFormat* format = av_find_input_format(name.c_str());
  if (format == nullptr) return Error(Errc::invalid_argument, "Unknown input format: '" + name + "'");
  if (references_others(*format)) return Error(Errc::unsupported, "The input format '" + name + "' is not offered");
  return format;
}

/// -ar and -ac of an input are options of formats without a header (raw PCM).
void set_raw_format(const AVInputFormat* format, const InputArguments& arguments, Dictionary& options) {
  if (arguments.sample_rate > 0) options.set("sample_rate", std::to_string(arguments.sample_rate).c_str());
  if (arguments.channels > 0) {
    const bool by_layout = format != nullptr && format->priv_class != nullptr &&
                           av_opt_find(static_cast<void*>(const_cast<AVClass**>(&format->priv_class)), "ch_layout",
                                       nullptr, 0, AV_OPT_SEARCH_FAKE_OBJ) != nullptr;
    const auto count = std::to_string(arguments.channels);
    options.set(by_layout ? "ch_layout" : "channels", (by_layout ? count + "C" : count).c_str());
  }
  options.set("scan_all_pmts", "1");
}

/// A pipe or a device could keep the thread waiting where nothing can wake it.
Result<void> check_is_file(const std::string& name, const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || S_ISREG(status.st_mode) || S_ISDIR(status.st_mode)) return {};
  return Error(Errc::unsupported, name + ": only regular files are read");
}

}  // namespace

Result<std::unique_ptr<InputFile>> InputFile::open(RunContext& run, const InputArguments& arguments, int index) {
  std::unique_ptr<InputFile> file(new InputFile(run, arguments, index));
  RETURN_IF_ERROR(file->open_context());
  RETURN_IF_ERROR(file->seek_to_start());
  file->take_streams();
  return file;
}

int InputFile::open_io(AVFormatContext* context, AVIOContext** io, const char* url, int flags, AVDictionary** options) {
  auto& self = *static_cast<InputFile*>(context->opaque);
  if (self.main_file_opened_ || (flags & AVIO_FLAG_WRITE) != 0 || self.arguments_.name != url) {
    say(AV_LOG_ERROR, self.arguments_.name + ": refused to open '" + url + "': an input may not name other files");
    return AVERROR(EPERM);
  }
  self.main_file_opened_ = true;
  const auto local = local_path(self.arguments_.name);
  const auto path = "file:" + self.run_.resolve(local.has_value() ? *local : std::string());
  return avio_open2(io, path.c_str(), flags, &context->interrupt_callback, options);
}

Result<void> InputFile::open_context() {
  ASSIGN_OR_RETURN(const AVInputFormat* format, forced_format(arguments_.format));
  ASSIGN_OR_RETURN(const std::string local, local_path(arguments_.name));
  RETURN_IF_ERROR(check_is_file(arguments_.name, run_.resolve(local)));
  AVFormatContext* raw = avformat_alloc_context();
  if (raw == nullptr) return av_failure(arguments_.name, AVERROR(ENOMEM));
  raw->opaque = this;
  raw->io_open = open_io;
  raw->interrupt_callback = {interrupt_requested, &run_};
  raw->flags |= AVFMT_FLAG_NONBLOCK;
  if (arguments_.bitexact) raw->flags |= AVFMT_FLAG_BITEXACT;
  raw->protocol_whitelist = av_strdup("file");
  raw->format_whitelist = av_strdup(allowed_formats().c_str());
  Dictionary options;
  set_raw_format(format, arguments_, options);
  // On failure the context is freed by libav.
  if (const int code = avformat_open_input(&raw, arguments_.name.c_str(), format, options.address()); code < 0) {
    return av_failure(arguments_.name + ": " + error_text(code), code);
  }
  context_.reset(raw);
  av_dict_set(options.address(), "scan_all_pmts", nullptr, 0);
  if (const AVDictionaryEntry* unused = av_dict_get(*options.address(), "", nullptr, AV_DICT_IGNORE_SUFFIX)) {
    return Error(Errc::invalid_argument, std::string("Option ") + unused->key + " not found.");
  }
  if (const int code = avformat_find_stream_info(context_.get(), nullptr); code < 0) {
    say(AV_LOG_FATAL, arguments_.name + ": could not find codec parameters");
    if (context_->nb_streams == 0) return av_failure(arguments_.name + ": " + error_text(code), code);
  }
  return {};
}

Result<void> InputFile::seek_to_start() {
  std::int64_t timestamp = arguments_.range.start.value_or(0);
  if (context_->start_time != AV_NOPTS_VALUE) timestamp += context_->start_time;
  timestamp_offset_ = -timestamp;
  if (!arguments_.range.start) return {};
  std::int64_t target = timestamp;
  if ((context_->iformat->flags & AVFMT_SEEK_TO_PTS) == 0) {
    const auto has_delay = [](const AVStream* stream) { return stream->codecpar->video_delay > 0; };
    // Decoding order may run ahead of presentation by a few frames.
    if (std::any_of(context_->streams, context_->streams + context_->nb_streams, has_delay)) {
      target -= 3 * AV_TIME_BASE / 23;
    }
  }
  if (avformat_seek_file(context_.get(), -1, INT64_MIN, target, target, 0) < 0) {
    char seconds[32];
    std::snprintf(seconds, sizeof seconds, "%0.3f", static_cast<double>(timestamp) / AV_TIME_BASE);
    say(AV_LOG_WARNING, arguments_.name + ": could not seek to position " + seconds);
  }
  return {};
}

void InputFile::take_streams() {
  for (unsigned i = 0; i < context_->nb_streams; ++i) {
    InputStream taken;
    taken.stream = context_->streams[i];
    taken.stream->discard = AVDISCARD_ALL;
    auto& parameters = *taken.stream->codecpar;
    taken.usable = !(arguments_.no_video && parameters.codec_type == AVMEDIA_TYPE_VIDEO);
    taken.frame_size = parameters.frame_size;
    taken.decoder_delay_frames = parameters.video_delay;
    if (parameters.codec_type == AVMEDIA_TYPE_AUDIO && parameters.ch_layout.order == AV_CHANNEL_ORDER_UNSPEC &&
        parameters.ch_layout.nb_channels > 0) {
      const auto guess = ChannelLayout::standard(parameters.ch_layout.nb_channels);
      if (guess.get()->order != AV_CHANNEL_ORDER_UNSPEC) {
        char name[128] = {};
        av_channel_layout_describe(guess.get(), name, sizeof name);
        av_channel_layout_copy(&parameters.ch_layout, guess.get());
        say(AV_LOG_WARNING, "Guessed Channel Layout for Input Stream #" + std::to_string(index_) + "." +
                                std::to_string(i) + " : " + name);
      }
    }
    streams_.push_back(taken);
  }
}

void InputFile::describe() const {
  av_dump_format(context_.get(), index_, arguments_.name.c_str(), 0);
}

void InputFile::discard_unused() {
  for (auto& stream : streams_) stream.stream->discard = stream.used ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
}

bool InputFile::read(AVPacket& packet) {
  while (!at_end_) {
    const int code = av_read_frame(context_.get(), &packet);
    if (code == AVERROR(EAGAIN)) {
      if (run_.interrupted()) return false;
      continue;
    }
    if (code < 0) {
      at_end_ = true;
      if (code != AVERROR_EOF) say(AV_LOG_ERROR, arguments_.name + ": " + error_text(code));
      return false;
    }
    // A stream that appears in the middle of the file is not part of the plan.
    const auto number = static_cast<std::size_t>(packet.stream_index);
    if (number < streams_.size() && streams_[number].used) {
      correct_timestamps(packet, streams_[number]);
      return true;
    }
    av_packet_unref(&packet);
  }
  return false;
}

void InputFile::correct_timestamps(AVPacket& packet, InputStream& stream) {
  const AVRational base = stream.stream->time_base;
  ++stream.packets;
  if (packet.flags & AV_PKT_FLAG_CORRUPT) {
    say(AV_LOG_WARNING, arguments_.name + ": corrupt input packet in stream " + std::to_string(packet.stream_index));
  }
  if (!stream.wrap_settled && context_->start_time != AV_NOPTS_VALUE && stream.stream->pts_wrap_bits < 63) {
    // A counter that wrapped before the file's start time reads as a huge timestamp.
    const std::int64_t start = av_rescale_q(context_->start_time, kMicroseconds, base);
    const std::int64_t wrap = std::int64_t{1} << stream.stream->pts_wrap_bits;
    stream.wrap_settled = true;
    for (std::int64_t* time : {&packet.dts, &packet.pts}) {
      if (*time == AV_NOPTS_VALUE || *time <= start + wrap / 2) continue;
      *time -= wrap;
      stream.wrap_settled = false;
    }
  }
  const std::int64_t offset = av_rescale_q(timestamp_offset_, kMicroseconds, base);
  if (packet.dts != AV_NOPTS_VALUE) packet.dts += offset;
  if (packet.pts != AV_NOPTS_VALUE) packet.pts += offset;
  correct_discontinuity(packet, stream);
  if (packet.dts != AV_NOPTS_VALUE) last_timestamp_ = av_rescale_q(packet.dts, base, kMicroseconds);
}

void InputFile::correct_discontinuity(AVPacket& packet, InputStream& stream) {
  if (packet.dts == AV_NOPTS_VALUE) return;
  if (stream.type() != AVMEDIA_TYPE_AUDIO && stream.type() != AVMEDIA_TYPE_VIDEO) return;
  const AVRational base = stream.stream->time_base;
  const std::int64_t dts = av_rescale_q_rnd(packet.dts, base, kMicroseconds,
                                            static_cast<AVRounding>(AV_ROUND_NEAR_INF | AV_ROUND_PASS_MINMAX));
  const auto shift = [&](std::int64_t delta) {
    timestamp_offset_ -= delta;
    packet.dts -= av_rescale_q(delta, kMicroseconds, base);
    if (packet.pts != AV_NOPTS_VALUE) packet.pts -= av_rescale_q(delta, kMicroseconds, base);
  };
  const bool jumps = (context_->iformat->flags & AVFMT_TS_DISCONT) != 0;
  if (stream.next_dts == AV_NOPTS_VALUE) {
    if (jumps && last_timestamp_ != AV_NOPTS_VALUE) {
      const std::int64_t delta = dts - last_timestamp_;
      if (std::abs(static_cast<double>(delta)) > kDiscontinuitySeconds * AV_TIME_BASE) shift(delta);
    }
    return;
  }
  const std::int64_t delta = dts - stream.next_dts;
  const auto size = static_cast<double>(delta);
  if (jumps) {
    if (std::abs(size) > kDiscontinuitySeconds * AV_TIME_BASE ||
        dts + AV_TIME_BASE / 10 < std::max(stream.pts, stream.dts)) {
      shift(delta);
    }
    return;
  }
  if (std::abs(size) > kBadTimestampSeconds * AV_TIME_BASE) {
    say(AV_LOG_WARNING, "DTS " + std::to_string(packet.dts) + ", next:" + std::to_string(stream.next_dts) +
                            " st:" + std::to_string(packet.stream_index) + " invalid dropping");
    packet.dts = AV_NOPTS_VALUE;
  }
  if (packet.pts != AV_NOPTS_VALUE) {
    const std::int64_t pts = av_rescale_q(packet.pts, base, kMicroseconds);
    if (std::abs(static_cast<double>(pts - stream.next_dts)) > kBadTimestampSeconds * AV_TIME_BASE) {
      say(AV_LOG_WARNING, "PTS " + std::to_string(packet.pts) + ", next:" + std::to_string(stream.next_dts) +
                              " invalid dropping st:" + std::to_string(packet.stream_index));
      packet.pts = AV_NOPTS_VALUE;
    }
  }
}

}  // namespace nodeagent::media
