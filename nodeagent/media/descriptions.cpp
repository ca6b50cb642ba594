// Tags and chapters of an output: what the command copies, drops and adds (contract of the tests: the bytes of the ID3
// header).
#include <algorithm>
#include <limits>

#include "nodeagent/media/plan.h"

extern "C" {
#include <libavutil/mem.h>
}

namespace nodeagent::media {
namespace {

using base::Errc;
using base::Error;
using base::Result;

AVChapter* copy_chapter(const AVChapter& from, std::int64_t offset, std::int64_t duration) {
  auto* chapter = static_cast<AVChapter*>(av_mallocz(sizeof(AVChapter)));
  if (chapter == nullptr) return nullptr;
  chapter->id = from.id;
  chapter->time_base = from.time_base;
  chapter->start = std::max<std::int64_t>(0, from.start - offset);
  chapter->end = std::min(duration, from.end - offset);
  av_dict_copy(&chapter->metadata, from.metadata, 0);
  return chapter;
}

/// Chapters of the first input that has any, cut to the output's time range.
void copy_chapters(OutputFile& output, InputFiles& inputs, bool with_metadata) {
  const auto source = std::ranges::find_if(inputs, [](const auto& input) { return input->context().nb_chapters > 0; });
  if (source == inputs.end()) return;
  const AVFormatContext& from = (*source)->context();
  AVFormatContext& to = output.context();
  const std::int64_t start = output.arguments().range.start.value_or(0) - (*source)->timestamp_offset();
  for (unsigned i = 0; i < from.nb_chapters; ++i) {
    const AVChapter& chapter = *from.chapters[i];
    const std::int64_t offset = av_rescale_q(start, kMicroseconds, chapter.time_base);
    const std::int64_t limit = output.recording_time();
    const std::int64_t duration =
        limit == Trim::kNoLimit ? limit : av_rescale_q(limit, kMicroseconds, chapter.time_base);
    if (chapter.end < offset) continue;
    if (duration != Trim::kNoLimit && chapter.start > duration + offset) break;
    auto** grown = static_cast<AVChapter**>(av_realloc_array(to.chapters, to.nb_chapters + 1, sizeof(AVChapter*)));
    if (grown == nullptr) return;
    to.chapters = grown;
    AVChapter* copy = copy_chapter(chapter, offset, duration);
    if (copy == nullptr) return;
    if (!with_metadata) av_dict_free(&copy->metadata);
    to.chapters[to.nb_chapters++] = copy;
  }
}

void drop(AVDictionary** dictionary, std::initializer_list<const char*> keys) {
  for (const char* key : keys) av_dict_set(dictionary, key, nullptr, 0);
}

}  // namespace

Result<void> copy_descriptions(OutputFile& output, InputFiles& inputs, const Tracks& tracks) {
  const auto& arguments = output.arguments();
  AVDictionary** global = &output.context().metadata;
  bool automatic_global = true;
  bool automatic_others = true;
  for (const int number : arguments.metadata_maps) {
    if (number >= static_cast<int>(inputs.size())) {
      return Error(Errc::invalid_argument,
                   "Invalid input file index " + std::to_string(number) + " while processing metadata maps");
    }
    automatic_global = false;
    if (number < 0) {
      automatic_others = false;
    } else {
      av_dict_copy(global, inputs[static_cast<std::size_t>(number)]->context().metadata, AV_DICT_DONT_OVERWRITE);
    }
  }
  copy_chapters(output, inputs, automatic_others);
  if (automatic_global && !inputs.empty()) {
    av_dict_copy(global, inputs.front()->context().metadata, AV_DICT_DONT_OVERWRITE);
    if (arguments.range.duration) drop(global, {"duration"});
    drop(global, {"creation_time", "company_name", "product_name", "product_version"});
  }
  for (const auto& track : tracks) {
    if (!automatic_others) break;
    av_dict_copy(&track->stream().metadata, track->source().stream->metadata, AV_DICT_DONT_OVERWRITE);
    if (track->encoder() != nullptr) drop(&track->stream().metadata, {"encoder"});
  }
  for (const auto& [key, value] : arguments.metadata) {
    av_dict_set(global, key.c_str(), value.empty() ? nullptr : value.c_str(), 0);
  }
  return {};
}

}  // namespace nodeagent::media
