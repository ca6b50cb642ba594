// Owners for libav's objects: each is a unique_ptr whose deleter is the library's own free function.
#pragma once

#include <memory>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avstring.h>
#include <libavutil/avutil.h>
#include <libavutil/channel_layout.h>
#include <libavutil/dict.h>
#include <libavutil/frame.h>
#include <libavutil/opt.h>
#include <libswresample/swresample.h>
#include <libswscale/swscale.h>
}

namespace nodeagent::media {

/// The time base of the run's clock, of -ss and of -t (libav's macro for it is not C++).
inline constexpr AVRational kMicroseconds{1, AV_TIME_BASE};

/// Calls a libav function that frees an object and clears the pointer given to it.
template <auto free_function>
struct FreeByAddress {
  template <class T>
  void operator()(T* object) const noexcept {
    free_function(&object);
  }
};
template <auto free_function>
struct FreeByValue {
  template <class T>
  void operator()(T* object) const noexcept {
    free_function(object);
  }
};

/// An input: also closes its AVIOContext (unless the context was given its own).
using InputContextPtr = std::unique_ptr<AVFormatContext, FreeByAddress<avformat_close_input>>;
/// An output: its AVIOContext is closed apart, because a close can fail.
using OutputContextPtr = std::unique_ptr<AVFormatContext, FreeByValue<avformat_free_context>>;
using CodecContextPtr = std::unique_ptr<AVCodecContext, FreeByAddress<avcodec_free_context>>;
using PacketPtr = std::unique_ptr<AVPacket, FreeByAddress<av_packet_free>>;
using FramePtr = std::unique_ptr<AVFrame, FreeByAddress<av_frame_free>>;
using SwrPtr = std::unique_ptr<SwrContext, FreeByAddress<swr_free>>;
using SwsPtr = std::unique_ptr<SwsContext, FreeByValue<sws_freeContext>>;

/// A dictionary of options for one call; what the call did not take stays in it.
class Dictionary {
 public:
  Dictionary() = default;
  Dictionary(const Dictionary&) = delete;
  Dictionary& operator=(const Dictionary&) = delete;
  ~Dictionary() { av_dict_free(&dictionary_); }
  void set(const char* key, const char* value) { av_dict_set(&dictionary_, key, value, 0); }
  AVDictionary** address() { return &dictionary_; }

 private:
  AVDictionary* dictionary_ = nullptr;
};

/// A channel layout that frees its map.
class ChannelLayout {
 public:
  ChannelLayout() = default;
  explicit ChannelLayout(const AVChannelLayout& other) { av_channel_layout_copy(&layout_, &other); }
  ChannelLayout(const ChannelLayout& other) { av_channel_layout_copy(&layout_, &other.layout_); }
  ChannelLayout& operator=(const ChannelLayout& other) {
    if (this != &other) av_channel_layout_copy(&layout_, &other.layout_);
    return *this;
  }
  ~ChannelLayout() { av_channel_layout_uninit(&layout_); }
  static ChannelLayout standard(int channels) {
    ChannelLayout layout;
    av_channel_layout_default(&layout.layout_, channels);
    return layout;
  }
  [[nodiscard]] const AVChannelLayout* get() const { return &layout_; }
  [[nodiscard]] int channels() const { return layout_.nb_channels; }
  [[nodiscard]] bool same(const AVChannelLayout& other) const {
    return av_channel_layout_compare(&layout_, &other) == 0;
  }

 private:
  AVChannelLayout layout_{};
};

/// New empty objects; running out of memory is a bug of the machine, not of the input: it stops the process.
PacketPtr make_packet();
FramePtr make_frame();

}  // namespace nodeagent::media
