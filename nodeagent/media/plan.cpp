// The automatic choice: of the audio streams the one with the best score (packets seen, default, channels); of the
// pictures one attached picture, if the format takes them. -map replaces it.
#include "nodeagent/media/plan.h"

#include <algorithm>
#include <array>

#include "nodeagent/media/av_error.h"
#include "nodeagent/media/av_log.h"

namespace nodeagent::media {
namespace {

using base::Errc;
using base::Error;
using base::Result;

/// The tag with which a muxer says that its only video streams are attached pictures.
constexpr int kAttachedPicturesOnly = MKTAG('A', 'P', 'I', 'C');
constexpr auto kAudioEncoders = std::to_array<std::string_view>({"libmp3lame", "aac", "pcm_s16le", "flac"});

struct Choice {
  InputFile* input = nullptr;
  InputStream* stream = nullptr;
};

bool is_attached_picture(const InputStream& stream) {
  return (stream.stream->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
}

int common_score(const InputStream& stream) {
  return ((stream.stream->event_flags & AVSTREAM_EVENT_FLAG_NEW_PACKETS) != 0 ? 100'000'000 : 0) +
         ((stream.stream->disposition & AV_DISPOSITION_DEFAULT) != 0 ? 5'000'000 : 0);
}

AVCodecID default_codec(const OutputFile& output, AVMediaType type) {
  return av_guess_codec(output.context().oformat, nullptr, output.arguments().name.c_str(), nullptr, type);
}

Choice best_video(const OutputFile& output, InputFiles& inputs) {
  Choice best;
  int best_score = 0;
  const AVOutputFormat* format = output.context().oformat;
  const bool pictures_only = avformat_query_codec(format, format->video_codec, 0) == kAttachedPicturesOnly;
  for (auto& input : inputs) {
    for (auto& stream : input->streams()) {
      if (stream.type() != AVMEDIA_TYPE_VIDEO || !stream.usable) continue;
      const auto& parameters = *stream.stream->codecpar;
      int score = parameters.width * parameters.height + common_score(stream);
      if (!pictures_only && is_attached_picture(stream)) score = 1;
      if (score <= best_score || (pictures_only && !is_attached_picture(stream))) continue;
      best_score = score;
      best = {input.get(), &stream};
    }
  }
  return best;
}

Choice best_audio(InputFiles& inputs) {
  Choice best;
  int best_score = 0;
  for (auto& input : inputs) {
    for (auto& stream : input->streams()) {
      if (stream.type() != AVMEDIA_TYPE_AUDIO) continue;
      const int score = stream.stream->codecpar->ch_layout.nb_channels + common_score(stream);
      if (score <= best_score) continue;
      best_score = score;
      best = {input.get(), &stream};
    }
  }
  return best;
}

Choice first_subtitles(InputFiles& inputs) {
  for (auto& input : inputs) {
    for (auto& stream : input->streams()) {
      if (stream.type() == AVMEDIA_TYPE_SUBTITLE) return {input.get(), &stream};
    }
  }
  return {};
}

std::vector<Choice> choose_automatically(const OutputFile& output, InputFiles& inputs) {
  std::vector<Choice> chosen;
  if (!output.arguments().no_video && default_codec(output, AVMEDIA_TYPE_VIDEO) != AV_CODEC_ID_NONE) {
    if (const auto video = best_video(output, inputs); video.stream != nullptr) chosen.push_back(video);
  }
  if (default_codec(output, AVMEDIA_TYPE_AUDIO) != AV_CODEC_ID_NONE) {
    if (const auto audio = best_audio(inputs); audio.stream != nullptr) chosen.push_back(audio);
  }
  if (default_codec(output, AVMEDIA_TYPE_SUBTITLE) != AV_CODEC_ID_NONE) {
    if (const auto subtitles = first_subtitles(inputs); subtitles.stream != nullptr) chosen.push_back(subtitles);
  }
  return chosen;
}

Result<bool> matches(InputFile& input, const InputStream& stream, const StreamMap& map) {
  const int answer = avformat_match_stream_specifier(&input.context(), stream.stream, map.specifier.c_str());
  if (answer < 0) return Error(Errc::invalid_argument, "Invalid stream specifier: " + map.specifier + ".");
  return answer > 0;
}

Result<void> apply_map(const StreamMap& map, InputFiles& inputs, std::vector<Choice>& chosen) {
  if (static_cast<std::size_t>(map.input) >= inputs.size()) {
    return Error(Errc::invalid_argument, "Invalid input file index: " + std::to_string(map.input) + ".");
  }
  InputFile& input = *inputs[static_cast<std::size_t>(map.input)];
  bool found = false;
  for (auto& stream : input.streams()) {
    ASSIGN_OR_RETURN(const bool match, matches(input, stream, map));
    if (!match) continue;
    found = true;
    if (map.negative) {
      std::erase_if(chosen, [&](const Choice& choice) { return choice.stream == &stream; });
    } else if (stream.usable) {
      chosen.push_back({&input, &stream});
    }
  }
  if (found || map.negative) return {};
  if (map.optional) {
    say(AV_LOG_VERBOSE, "Stream map '" + map.text + "' matches no streams; ignoring.");
    return {};
  }
  say(AV_LOG_FATAL, "Stream map '" + map.text + "' matches no streams.");
  return Error(Errc::not_found, "To ignore this, add a trailing '?' to the map.");
}

Result<std::vector<Choice>> choose_by_maps(const OutputFile& output, InputFiles& inputs) {
  std::vector<Choice> chosen;
  bool any = false;
  for (const auto& map : output.arguments().maps) {
    RETURN_IF_ERROR(apply_map(map, inputs, chosen));
    any = any || !chosen.empty();
  }
  if (!any) return choose_automatically(output, inputs);  // Optional maps without a stream count for nothing.
  if (output.arguments().no_video) {
    std::erase_if(chosen, [](const Choice& choice) { return choice.stream->type() == AVMEDIA_TYPE_VIDEO; });
  }
  return chosen;
}

Error not_offered(const OutputFile& output, const Choice& choice, const std::string& what) {
  return {Errc::unsupported, what + " is not offered: stream #" + std::to_string(choice.input->index()) + ":" +
                                 std::to_string(choice.stream->stream->index) + " cannot be written to '" +
                                 output.arguments().name + "'"};
}

Result<const AVCodec*> audio_encoder(const OutputFile& output, const Choice& choice) {
  const auto& wanted = output.arguments().codec;
  const AVCodec* codec = wanted.empty() ? avcodec_find_encoder(default_codec(output, AVMEDIA_TYPE_AUDIO))
                                        : avcodec_find_encoder_by_name(wanted.c_str());
  if (codec == nullptr && !wanted.empty()) return Error(Errc::unsupported, "Unknown encoder '" + wanted + "'");
  if (codec == nullptr) return not_offered(output, choice, "Audio in this format");
  if (std::ranges::find(kAudioEncoders, codec->name) == kAudioEncoders.end()) {
    return not_offered(output, choice, std::string("The encoder '") + codec->name + "' (choose one with -c:a)");
  }
  return codec;
}

Result<const AVCodec*> picture_encoder(const OutputFile& output, const Choice& choice) {
  const AVCodec* codec = avcodec_find_encoder(default_codec(output, AVMEDIA_TYPE_VIDEO));
  if (codec == nullptr || codec->id != AV_CODEC_ID_PNG || !is_attached_picture(*choice.stream)) {
    return not_offered(output, choice, "Encoding video (leave it out with -vn)");
  }
  return codec;
}

EncoderSettings settings_for(const OutputFile& output, const AVCodec* codec) {
  const auto& arguments = output.arguments();
  EncoderSettings settings{.codec = codec};
  settings.bitexact = arguments.codec_bitexact;
  settings.global_header = (output.context().oformat->flags & AVFMT_GLOBALHEADER) != 0;
  if (codec->type == AVMEDIA_TYPE_AUDIO) {
    settings.bit_rate = arguments.bit_rate;
    settings.quality = arguments.quality;
  }
  return settings;
}

Result<std::unique_ptr<Track>> make_track(OutputFile& output, const Choice& choice) {
  InputFile& input = *choice.input;
  InputStream& source = *choice.stream;
  const auto type = source.type();
  const bool copies = type == AVMEDIA_TYPE_AUDIO && output.arguments().codec == "copy";
  const AVCodec* codec = nullptr;
  if (type == AVMEDIA_TYPE_AUDIO && !copies) {
    ASSIGN_OR_RETURN(codec, audio_encoder(output, choice));
  } else if (type == AVMEDIA_TYPE_VIDEO) {
    ASSIGN_OR_RETURN(codec, picture_encoder(output, choice));
  } else if (!copies) {
    return not_offered(output, choice, "Anything but audio and attached pictures");
  }
  AVStream& stream = *output.new_stream();
  stream.codecpar->codec_type = type;
  stream.disposition = source.stream->disposition;
  if (codec != nullptr) stream.codecpar->codec_id = codec->id;
  source.used = true;
  source.decoded = source.decoded || !copies;
  if (copies) return std::unique_ptr<Track>(std::make_unique<CopyTrack>(output, stream, input, source));
  const auto settings = settings_for(output, codec);
  if (type == AVMEDIA_TYPE_AUDIO) {
    return std::unique_ptr<Track>(std::make_unique<AudioTrack>(output, stream, input, source, settings));
  }
  return std::unique_ptr<Track>(std::make_unique<PictureTrack>(output, stream, input, source, settings));
}

/// Of two or more streams of a type, one is the default; pictures do not count.
void settle_dispositions(const Tracks& tracks) {
  for (const auto type : {AVMEDIA_TYPE_AUDIO, AVMEDIA_TYPE_VIDEO}) {
    AVStream* first = nullptr;
    int count = 0;
    bool have_default = false;
    for (const auto& track : tracks) {
      if (track->source().type() != type) continue;
      ++count;
      have_default = have_default || (track->stream().disposition & AV_DISPOSITION_DEFAULT) != 0;
      if (first == nullptr && !is_attached_picture(track->source())) first = &track->stream();
    }
    if (count >= 2 && !have_default && first != nullptr) first->disposition |= AV_DISPOSITION_DEFAULT;
  }
}

}  // namespace

Result<Tracks> plan_output(OutputFile& output, InputFiles& inputs) {
  std::vector<Choice> chosen;
  if (output.arguments().maps.empty()) {
    chosen = choose_automatically(output, inputs);
  } else {
    ASSIGN_OR_RETURN(chosen, choose_by_maps(output, inputs));
  }
  Tracks tracks;
  for (const auto& choice : chosen) {
    ASSIGN_OR_RETURN(auto track, make_track(output, choice));
    tracks.push_back(std::move(track));
  }
  if (tracks.empty()) {
    av_dump_format(&output.context(), output.index(), output.arguments().name.c_str(), 1);
    return Error(Errc::not_found, "Output file #" + std::to_string(output.index()) + " does not contain any stream");
  }
  settle_dispositions(tracks);
  return tracks;
}

}  // namespace nodeagent::media
