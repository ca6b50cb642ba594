#include "nodeagent/media/av_error.h"

#include "nodeagent/media/av_handles.h"

#include <cerrno>

#include "base/check.h"

namespace nodeagent::media {
namespace {

base::Errc code_of(int av_error) {
  switch (av_error) {
    case AVERROR_INVALIDDATA:
    case AVERROR_EOF: return base::Errc::corrupt;
    case AVERROR_EXIT: return base::Errc::cancelled;
    case AVERROR(ENOENT): return base::Errc::not_found;
    case AVERROR(ENOSPC): return base::Errc::no_space;
    case AVERROR(EEXIST): return base::Errc::already_exists;
    case AVERROR(EINVAL): return base::Errc::invalid_argument;
    default: return base::Errc::io;
  }
}

}  // namespace

std::string error_text(int av_error) {
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  // An unknown number still leaves "Error number N occurred" in the buffer.
  av_strerror(av_error, text, sizeof text);
  return text;
}

base::Error av_failure(std::string line, int av_error) {
  return {code_of(av_error), std::move(line)};
}

PacketPtr make_packet() {
  PacketPtr packet(av_packet_alloc());
  CHECK(packet != nullptr, "out of memory for a packet");
  return packet;
}

FramePtr make_frame() {
  FramePtr frame(av_frame_alloc());
  CHECK(frame != nullptr, "out of memory for a frame");
  return frame;
}

}  // namespace nodeagent::media
