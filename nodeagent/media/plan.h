// Which input streams go into which outputs, with which tags: everything the command decides between opening the inputs
// and reading the first packet.
#pragma once

#include <memory>
#include <vector>

#include "nodeagent/media/track.h"

namespace nodeagent::media {

using InputFiles = std::vector<std::unique_ptr<InputFile>>;
using Tracks = std::vector<std::unique_ptr<Track>>;

/// Chooses the streams of one output (by -map or the command's automatic choice), makes a track for each, and copies
/// metadata, chapters and dispositions. The error's message is the line to print; some lines are printed before it.
/// The output file itself is not touched.
base::Result<Tracks> plan_output(OutputFile& output, InputFiles& inputs);

/// Copies chapters and tags to an output whose tracks are known.
base::Result<void> copy_descriptions(OutputFile& output, InputFiles& inputs, const Tracks& tracks);

}  // namespace nodeagent::media
