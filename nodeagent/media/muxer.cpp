#include "nodeagent/media/muxer.h"

#include <sys/stat.h>

#include <algorithm>
#include <limits>

#include "base/check.h"
#include "nodeagent/media/av_error.h"
#include "nodeagent/media/av_log.h"

namespace nodeagent::media {
namespace {

using base::Errc;
using base::Error;
using base::Result;

/// Formats that write other files than the named one, or none.
bool is_offered(const AVOutputFormat& format) {
  constexpr const char* kOthers =
      "dash,hls,segment,stream_segment,ssegment,tee,fifo,image2,smoothstreaming,hds,rtp,sdp";
  return (format.flags & AVFMT_NOFILE) == 0 && av_match_list(format.name, kOthers, ',') <= 0;
}

}  // namespace

Result<std::unique_ptr<OutputFile>> OutputFile::create(RunContext& run, const OutputArguments& arguments, int index) {
  std::unique_ptr<OutputFile> file(new OutputFile(run, arguments, index));
  AVFormatContext* raw = nullptr;
  const char* format = arguments.format.empty() ? nullptr : arguments.format.c_str();
  const int code = avformat_alloc_output_context2(&raw, nullptr, format, arguments.name.c_str());
  if (raw == nullptr) return av_failure(arguments.name + ": " + error_text(code), code);
  file->context_.reset(raw);
  if (!is_offered(*raw->oformat)) {
    return Error(Errc::unsupported, std::string("The output format '") + raw->oformat->name + "' is not offered");
  }
  raw->interrupt_callback = {interrupt_requested, &run};
  raw->max_delay = static_cast<int>(0.7 * AV_TIME_BASE);  // -muxdelay's default
  if (arguments.format_bitexact) raw->flags |= AVFMT_FLAG_BITEXACT;
  return file;
}

OutputFile::~OutputFile() {
  if (context_ && context_->pb != nullptr) avio_closep(&context_->pb);
}

Result<void> OutputFile::open_file() {
  ASSIGN_OR_RETURN(const std::string local, local_path(arguments_.name));
  struct stat status {};
  if (::stat(run_.resolve(local).c_str(), &status) == 0 && (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode))) {
    return Error(Errc::unsupported, arguments_.name + ": pipes and sockets are not written");
  }
  const auto path = "file:" + run_.resolve(local);
  const int code = avio_open2(&context_->pb, path.c_str(), AVIO_FLAG_WRITE, &context_->interrupt_callback, nullptr);
  if (code < 0) return av_failure(arguments_.name + ": " + error_text(code), code);
  return {};
}

AVStream* OutputFile::new_stream() {
  AVStream* stream = avformat_new_stream(context_.get(), nullptr);
  CHECK(stream != nullptr, "out of memory for an output stream");
  tracks_.emplace_back();
  return stream;
}

Result<void> OutputFile::stream_ready(int stream, AVRational time_base) {
  auto& track = tracks_[static_cast<std::size_t>(stream)];
  track.packet_base = time_base;
  track.ready = true;
  const bool all = std::ranges::all_of(tracks_, [](const Track& other) { return other.ready; });
  return all && !header_written_ ? write_header() : Result<void>{};
}

Result<void> OutputFile::write_header() {
  if (const int code = avformat_write_header(context_.get(), nullptr); code < 0) {
    return av_failure("Could not write header for output file #" + std::to_string(index_) +
                          " (incorrect codec parameters ?): " + error_text(code),
                      code);
  }
  header_written_ = true;
  av_dump_format(context_.get(), index_, arguments_.name.c_str(), 1);
  for (std::size_t i = 0; i < tracks_.size(); ++i) {
    auto waiting = std::move(tracks_[i].waiting);
    for (auto& packet : waiting) RETURN_IF_ERROR(write_now(static_cast<int>(i), *packet));
  }
  return {};
}

Result<void> OutputFile::write(int stream, AVPacket& packet) {
  if (header_written_) return write_now(stream, packet);
  auto& track = tracks_[static_cast<std::size_t>(stream)];
  if (track.waiting.size() >= kMaxQueuedPackets) {
    return Error(Errc::too_large, "Too many packets buffered for output stream " + std::to_string(index_) + ":" +
                                      std::to_string(stream) + ".");
  }
  auto kept = make_packet();
  av_packet_move_ref(kept.get(), &packet);
  track.waiting.push_back(std::move(kept));
  return {};
}

void OutputFile::order_timestamps(Track& track, AVPacket& packet, const AVStream& stream) const {
  if (packet.dts != AV_NOPTS_VALUE && packet.pts != AV_NOPTS_VALUE && packet.dts > packet.pts) {
    say(AV_LOG_WARNING, "Invalid DTS: " + std::to_string(packet.dts) + " PTS: " + std::to_string(packet.pts) +
                            " in output stream " + std::to_string(index_) + ":" + std::to_string(stream.index) +
                            ", replacing by guess");
    const std::int64_t next = track.last_dts + 1;
    packet.pts = packet.dts = packet.pts + packet.dts + next - std::min({packet.pts, packet.dts, next}) -
                              std::max({packet.pts, packet.dts, next});
  }
  if (packet.dts != AV_NOPTS_VALUE && track.last_dts != AV_NOPTS_VALUE) {
    const bool strict = (context_->oformat->flags & AVFMT_TS_NONSTRICT) == 0;
    const std::int64_t lowest = track.last_dts + (strict ? 1 : 0);
    if (packet.dts < lowest) {
      const bool loud = lowest - packet.dts > 2 || stream.codecpar->codec_type == AVMEDIA_TYPE_VIDEO;
      const int level = loud ? AV_LOG_WARNING : AV_LOG_DEBUG;
      say(level, "Non-monotonous DTS in output stream " + std::to_string(index_) + ":" + std::to_string(stream.index) +
                     "; previous: " + std::to_string(track.last_dts) + ", current: " + std::to_string(packet.dts) +
                     "; changing to " + std::to_string(lowest) +
                     ". This may result in incorrect timestamps in the output file.");
      if (packet.pts >= packet.dts) packet.pts = std::max(packet.pts, lowest);
      packet.dts = lowest;
    }
  }
  track.last_dts = packet.dts;
}

Result<void> OutputFile::write_now(int stream, AVPacket& packet) {
  auto& track = tracks_[static_cast<std::size_t>(stream)];
  const AVStream& target = *context_->streams[stream];
  av_packet_rescale_ts(&packet, track.packet_base, target.time_base);
  if ((context_->oformat->flags & AVFMT_NOTIMESTAMPS) == 0) order_timestamps(track, packet, target);
  track.bytes += static_cast<std::uint64_t>(packet.size);
  ++track.packets;
  packet.stream_index = stream;
  if (const int code = av_interleaved_write_frame(context_.get(), &packet); code < 0) {
    // The command goes on to its orderly end, and tries the packets that are left.
    say(AV_LOG_ERROR, "av_interleaved_write_frame(): " + error_text(code));
    write_failed_ = true;
  }
  return {};
}

Result<void> OutputFile::write_trailer() {
  if (!header_written_) {
    return Error(Errc::invalid_argument, "Nothing was written into output file " + std::to_string(index_) + " (" +
                                             arguments_.name +
                                             "), because at least one of its streams received no packets.");
  }
  if (const int code = av_write_trailer(context_.get()); code < 0) {
    return av_failure("Error writing trailer of " + arguments_.name + ": " + error_text(code), code);
  }
  return {};
}

bool OutputFile::close() {
  final_size_ = size();
  if (context_->pb == nullptr) return true;
  const int code = avio_closep(&context_->pb);
  if (code < 0) say(AV_LOG_ERROR, "Error closing file " + arguments_.name + ": " + error_text(code));
  return code >= 0;
}

std::int64_t OutputFile::size() const {
  if (context_->pb == nullptr) return final_size_;
  const std::int64_t size = avio_size(context_->pb);
  return size > 0 ? size : avio_tell(context_->pb);
}

std::int64_t OutputFile::recording_time() const {
  return arguments_.range.duration.value_or(std::numeric_limits<std::int64_t>::max());
}

}  // namespace nodeagent::media
