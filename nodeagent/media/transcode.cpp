// The order of steps, and so of lines on stderr, is the command's: inputs opened and described, outputs planned and
// created, copies made ready, the mapping printed, then the loop.
#include "nodeagent/media/transcode.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "nodeagent/media/arguments.h"
#include "nodeagent/media/av_error.h"
#include "nodeagent/media/av_log.h"
#include "nodeagent/media/banner.h"
#include "nodeagent/media/plan.h"
#include "nodeagent/media/progress.h"

namespace nodeagent::media {
namespace {

using base::Errc;
using base::Error;
using base::Result;

constexpr int kExitFailed = 1;
constexpr int kExitTooDamaged = 69;
constexpr int kExitSignal = 255;
/// The share of undecodable packets that fails a run (-max_error_rate's default).
constexpr double kMaxErrorRate = 2.0 / 3;

class Transcode {
 public:
  Transcode(const Arguments& arguments, RunContext& run) : arguments_(arguments), run_(run) {}

  int run();

 private:
  Result<void> open_inputs();
  Result<void> open_outputs();
  Result<void> check_overwrite(const OutputFile& output);
  bool answered_yes() const;
  Result<void> open_decoders();
  Result<void> prepare_copies();
  void print_mapping() const;
  Result<void> convert();
  Result<void> loop();
  Result<void> finish_source(InputFile& input);
  Result<void> process(InputFile& input, const AVPacket& packet);
  Result<void> decode(InputStream& stream, const AVPacket* packet);
  InputFile* next_input() const;
  Result<void> flush_encoders();
  /// Trailers, the last progress line, then the files are closed: a full disk may show only then.
  bool finish_files();
  bool write_failed() const;
  int exit_code(bool failed);
  [[nodiscard]] Decoder* decoder_of(const InputStream& stream) const {
    const auto found = decoders_.find(&stream);
    return found == decoders_.end() ? nullptr : found->second.get();
  }

  const Arguments& arguments_;
  RunContext& run_;
  InputFiles inputs_;
  OutputFiles outputs_;
  Tracks tracks_;
  std::map<const InputStream*, std::unique_ptr<Decoder>> decoders_;
  DecodeCount decode_count_;
  Progress progress_{outputs_, tracks_, arguments_.statistics};
  bool started_ = false;
};

Result<void> Transcode::open_inputs() {
  for (const auto& input : arguments_.inputs) {
    ASSIGN_OR_RETURN(auto file, InputFile::open(run_, input, static_cast<int>(inputs_.size())));
    file->describe();
    inputs_.push_back(std::move(file));
  }
  return {};
}

Result<void> Transcode::open_outputs() {
  for (const auto& arguments : arguments_.outputs) {
    ASSIGN_OR_RETURN(auto output, OutputFile::create(run_, arguments, static_cast<int>(outputs_.size())));
    ASSIGN_OR_RETURN(auto tracks, plan_output(*output, inputs_));
    RETURN_IF_ERROR(check_overwrite(*output));
    RETURN_IF_ERROR(output->open_file());
    RETURN_IF_ERROR(copy_descriptions(*output, inputs_, tracks));
    outputs_.push_back(std::move(output));
    std::ranges::move(tracks, std::back_inserter(tracks_));
  }
  return {};
}

bool Transcode::answered_yes() const {
  char answer = 0;
  if (run_.stdin_fd < 0 || ::read(run_.stdin_fd, &answer, 1) != 1) return false;
  for (char rest = answer; rest != '\n';) {
    if (::read(run_.stdin_fd, &rest, 1) != 1) break;
  }
  return answer == 'y' || answer == 'Y';
}

Result<void> Transcode::check_overwrite(const OutputFile& output) {
  const auto& name = output.arguments().name;
  const auto local = local_path(name);
  const auto path = run_.resolve(local.has_value() ? *local : name);
  if (arguments_.overwrite && arguments_.never_overwrite) {
    return Error(Errc::invalid_argument, "Error, both -y and -n supplied. Exiting.");
  }
  if (!arguments_.overwrite && ::access(path.c_str(), F_OK) == 0) {
    if (!arguments_.interaction || arguments_.never_overwrite) {
      return Error(Errc::already_exists, "File '" + name + "' already exists. Exiting.");
    }
    ask("File '" + name + "' already exists. Overwrite? [y/N] ");
    if (!answered_yes()) return Error(Errc::already_exists, "Not overwriting - exiting");
  }
  for (const auto& input : inputs_) {
    if (input->arguments().name != name) continue;
    say(AV_LOG_FATAL, "Output " + name + " same as Input #" + std::to_string(input->index()) + " - exiting");
    return Error(Errc::invalid_argument, "FFmpeg cannot edit existing files in-place.");
  }
  return {};
}

Result<void> Transcode::open_decoders() {
  for (auto& input : inputs_) {
    input->discard_unused();
    for (auto& stream : input->streams()) {
      if (!stream.decoded) continue;
      ASSIGN_OR_RETURN(auto decoder, Decoder::open(*input, stream, decode_count_));
      decoders_.emplace(&stream, std::move(decoder));
    }
  }
  return {};
}

Result<void> Transcode::prepare_copies() {
  for (auto& track : tracks_) {
    if (auto ready = track->prepare(); ready.has_error()) {
      say(AV_LOG_ERROR, ready.error().message);
      return Error(ready.error().code, "");  // The mapping comes between the reason and the end.
    }
  }
  return {};
}

void Transcode::print_mapping() const {
  say(AV_LOG_INFO, "Stream mapping:");
  for (const auto& track : tracks_) {
    std::string line = "  Stream #" + std::to_string(track->input().index()) + ":" +
                       std::to_string(track->source().stream->index) + " -> #" + track->place();
    if (track->encoder() == nullptr) {
      say_part(AV_LOG_INFO, line + " (copy)");
      say_part(AV_LOG_INFO, "\n");
      continue;
    }
    const auto described = [](const AVCodec& codec) {
      const std::string family = avcodec_get_name(codec.id);
      return family + " (" + (family == codec.name ? "native" : codec.name) + ")";
    };
    const Decoder* decoder = decoder_of(track->source());
    line += " (" + (decoder != nullptr ? described(*decoder->context().codec) : std::string("?")) + " -> " +
            described(*track->encoder()) + ")";
    say_part(AV_LOG_INFO, line);
    say_part(AV_LOG_INFO, "\n");  // Apart, so that repetitions are counted as the command counts them.
  }
}

/// The input of the unfinished track that is furthest behind.
InputFile* Transcode::next_input() const {
  const Track* last = nullptr;
  std::int64_t lowest = INT64_MAX;
  for (const auto& track : tracks_) {
    if (track->finished()) continue;
    const std::int64_t dts = track->file().last_dts(track->stream().index);
    const std::int64_t time =
        dts == AV_NOPTS_VALUE ? INT64_MIN : av_rescale_q(dts, track->stream().time_base, kMicroseconds);
    if (!track->ready() && !track->input().at_end()) return &track->input();
    if (last == nullptr || time < lowest) {
      lowest = time;
      last = track.get();
    }
  }
  return last == nullptr ? nullptr : &last->input();
}

Result<void> Transcode::decode(InputStream& stream, const AVPacket* packet) {
  Decoder* decoder = decoder_of(stream);
  if (decoder == nullptr) return {};
  const Decoder::TakeFrame to_tracks = [&](AVFrame& frame) -> Result<void> {
    for (auto& track : tracks_) {
      if (&track->source() == &stream && track->wants_frames()) RETURN_IF_ERROR(track->take_frame(frame, *decoder));
    }
    return {};
  };
  return decoder->decode(packet, to_tracks);
}

Result<void> Transcode::process(InputFile& input, const AVPacket& packet) {
  auto& stream = input.streams()[static_cast<std::size_t>(packet.stream_index)];
  start_packet(stream, &packet, stream.decoded);
  RETURN_IF_ERROR(decode(stream, &packet));
  if (!stream.decoded) finish_copied_packet(stream);
  for (auto& track : tracks_) {
    if (&track->source() == &stream && !track->wants_frames()) RETURN_IF_ERROR(track->take_packet(packet));
  }
  return {};
}

Result<void> Transcode::finish_source(InputFile& input) {
  for (auto& stream : input.streams()) {
    if (stream.decoded) start_packet(stream, nullptr, true);
    RETURN_IF_ERROR(decode(stream, nullptr));
    for (auto& track : tracks_) {
      if (&track->source() == &stream) RETURN_IF_ERROR(track->finish());
    }
  }
  return {};
}

Result<void> Transcode::loop() {
  auto packet = make_packet();
  while (run_.stop_request() == 0 && !write_failed()) {
    InputFile* input = next_input();
    if (input == nullptr) break;
    if (input->read(*packet)) {
      auto processed = process(*input, *packet);
      av_packet_unref(packet.get());
      RETURN_IF_ERROR(std::move(processed));
    } else if (run_.stop_request() == 0) {
      RETURN_IF_ERROR(finish_source(*input));
    }
    progress_.update();
  }
  return {};
}

Result<void> Transcode::flush_encoders() {
  const bool complete = !write_failed();
  for (auto& track : tracks_) {
    if (complete) RETURN_IF_ERROR(track->finish());
    RETURN_IF_ERROR(track->flush_encoder(decoder_of(track->source())));
  }
  return {};
}

bool Transcode::write_failed() const {
  return std::ranges::any_of(outputs_, [](const auto& output) { return output->write_failed(); });
}

bool Transcode::finish_files() {
  bool good = !write_failed();
  for (auto& output : outputs_) {
    if (auto ended = output->write_trailer(); ended.has_error()) {
      say(AV_LOG_ERROR, ended.error().message);
      good = false;
    }
  }
  progress_.finish();
  for (auto& output : outputs_) good = output->close() && good;
  return good;
}

Result<void> Transcode::convert() {
  RETURN_IF_ERROR(open_inputs());
  for (const auto& warning : arguments_.warnings) say(AV_LOG_WARNING, warning);
  if (arguments_.outputs.empty()) return Error(Errc::invalid_argument, "At least one output file must be specified");
  RETURN_IF_ERROR(open_outputs());
  auto ready = open_decoders();
  if (!ready.has_error()) ready = prepare_copies();
  print_mapping();
  RETURN_IF_ERROR(std::move(ready));
  run_.running = true;
  started_ = true;
  if (arguments_.interaction) say(AV_LOG_INFO, "Press [q] to stop, [?] for help");
  progress_.start();
  return {};
}

int Transcode::exit_code(bool failed) {
  // Codecs have last words of their own; they come before ours.
  tracks_.clear();
  outputs_.clear();
  decoders_.clear();
  inputs_.clear();
  const int request = run_.stop_request();
  if (request > 0) {
    say(AV_LOG_INFO, "Exiting normally, received signal " + std::to_string(request) + ".");
    return kExitSignal;
  }
  if (request == kAbandon) return kExitSignal;
  const auto decoded = static_cast<double>(decode_count_.good + decode_count_.bad);
  const bool damaged = decoded * kMaxErrorRate < static_cast<double>(decode_count_.bad);
  if (!failed && !damaged) return 0;
  if (started_) say(AV_LOG_INFO, "Conversion failed!");
  return failed ? kExitFailed : kExitTooDamaged;
}

int Transcode::run() {
  if (auto prepared = convert(); prepared.has_error()) {
    say(AV_LOG_FATAL, prepared.error().message);
    return exit_code(true);
  }
  bool failed = false;
  auto done = loop();
  if (run_.stop_request() == kAbandon) return kExitSignal;
  if (!done.has_error()) done = flush_encoders();
  if (done.has_error()) {
    say(AV_LOG_ERROR, done.error().message);
    failed = true;
    if (done.error().code == kStreamNotStarted) return exit_code(true);
  }
  failed = !finish_files() || failed;
  return exit_code(failed);
}

}  // namespace

int transcode(std::span<const std::string> words, RunContext& context, const RunDescriptors& descriptors) {
  const auto parsed = parse_arguments(words);
  const auto level = parsed.has_value() ? parsed->level : LogLevel::info;
  RunLog log(descriptors.standard_error, static_cast<int>(level), parsed.has_error() || parsed->skip_repeated);
  const LogScope scope(log);
  if (parsed.has_error()) {
    say(AV_LOG_FATAL, parsed.error().message);
    return kExitFailed;
  }
  if (parsed->show_version) {
    print_version(descriptors.standard_output);
    return 0;
  }
  if (!parsed->hide_banner) print_banner();
  if (parsed->inputs.empty() && parsed->outputs.empty()) {
    print_usage();
    return kExitFailed;
  }
  if (parsed->trailing_options) {
    say(AV_LOG_WARNING, "Trailing option(s) found in the command: may be ignored.");
  }
  return Transcode(*parsed, context).run();
}

}  // namespace nodeagent::media
