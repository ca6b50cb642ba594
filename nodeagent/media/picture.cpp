#include "nodeagent/media/picture.h"

extern "C" {
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
}

#include "nodeagent/media/av_error.h"

namespace nodeagent::media {
namespace {

using base::Result;

AVPixelFormat best_pixel_format(const AVCodec& encoder, AVPixelFormat from) {
  if (encoder.pix_fmts == nullptr) return from;
  const AVPixFmtDescriptor* description = av_pix_fmt_desc_get(from);
  const int has_alpha = description != nullptr && description->nb_components % 2 == 0 ? 1 : 0;
  AVPixelFormat best = AV_PIX_FMT_NONE;
  for (const auto* candidate = encoder.pix_fmts; *candidate != AV_PIX_FMT_NONE; ++candidate) {
    if (*candidate == from) return from;
    best = av_find_best_pix_fmt_of_2(best, *candidate, from, has_alpha, nullptr);
  }
  return best;
}

bool is_full_range(const AVFrame& frame) {
  switch (frame.format) {
    case AV_PIX_FMT_YUVJ411P:
    case AV_PIX_FMT_YUVJ420P:
    case AV_PIX_FMT_YUVJ422P:
    case AV_PIX_FMT_YUVJ440P:
    case AV_PIX_FMT_YUVJ444P: return true;
    default: return frame.color_range == AVCOL_RANGE_JPEG;
  }
}

Result<SwsPtr> open_scaler(const AVFrame& from, AVPixelFormat to) {
  SwsPtr scaler(sws_alloc_context());
  if (!scaler) return av_failure("Error reinitializing filters!", AVERROR(ENOMEM));
  void* options = scaler.get();
  av_opt_set_int(options, "srcw", from.width, 0);
  av_opt_set_int(options, "srch", from.height, 0);
  av_opt_set_int(options, "src_format", from.format, 0);
  av_opt_set_int(options, "dstw", from.width, 0);
  av_opt_set_int(options, "dsth", from.height, 0);
  av_opt_set_int(options, "dst_format", to, 0);
  av_opt_set_int(options, "sws_flags", SWS_BICUBIC, 0);
  if (is_full_range(from)) av_opt_set_int(options, "src_range", 1, 0);
  const AVPixFmtDescriptor* description = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(from.format));
  if (description != nullptr && description->log2_chroma_h == 1) {
    av_opt_set_int(options, "src_v_chr_pos", 128, 0);  // 4:2:0 of a progressive picture
  }
  if (const int code = sws_init_context(scaler.get(), nullptr, nullptr); code < 0) {
    return av_failure("Error reinitializing filters!", code);
  }
  return scaler;
}

}  // namespace

Result<FramePtr> picture_for(const AVFrame& frame, const AVCodec& encoder) {
  const auto from = static_cast<AVPixelFormat>(frame.format);
  const AVPixelFormat to = best_pixel_format(encoder, from);
  auto picture = make_frame();
  if (to == from) {
    if (const int code = av_frame_ref(picture.get(), &frame); code < 0) {
      return av_failure("Error while filtering: " + error_text(code), code);
    }
    picture->pict_type = AV_PICTURE_TYPE_NONE;
    return picture;
  }
  picture->format = to;
  picture->width = frame.width;
  picture->height = frame.height;
  int code = av_frame_get_buffer(picture.get(), 0);
  if (code < 0) return av_failure("Error while filtering: " + error_text(code), code);
  av_frame_copy_props(picture.get(), &frame);
  picture->pict_type = AV_PICTURE_TYPE_NONE;
  const AVPixFmtDescriptor* description = av_pix_fmt_desc_get(to);
  if (description != nullptr && (description->flags & AV_PIX_FMT_FLAG_RGB) != 0) picture->colorspace = AVCOL_SPC_RGB;
  ASSIGN_OR_RETURN(auto scaler, open_scaler(frame, to));
  code = sws_scale(scaler.get(), frame.data, frame.linesize, 0, frame.height, picture->data, picture->linesize);
  if (code < 0) return av_failure("Error while filtering: " + error_text(code), code);
  return picture;
}

}  // namespace nodeagent::media
