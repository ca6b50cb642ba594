// A cover picture on its way from its decoder to an encoder: the pixel format the encoder takes.
#pragma once

#include "base/result.h"
#include "nodeagent/media/av_handles.h"

namespace nodeagent::media {

/// The frame itself if the encoder takes its pixel format, else a copy converted by libswscale to the closest one, with
/// the settings of the command's scale filter (bicubic).
base::Result<FramePtr> picture_for(const AVFrame& frame, const AVCodec& encoder);

}  // namespace nodeagent::media
