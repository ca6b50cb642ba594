// Versions are those of the libraries that are loaded, not of the headers this was compiled with.
#include "nodeagent/media/banner.h"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <string>

#include "nodeagent/media/av_handles.h"
#include "nodeagent/media/av_log.h"

namespace nodeagent::media {
namespace {

struct Library {
  const char* name;
  unsigned compiled;
  unsigned loaded;
};

std::array<Library, 5> libraries() {
  return {{{"libavutil", LIBAVUTIL_VERSION_INT, avutil_version()},
           {"libavcodec", LIBAVCODEC_VERSION_INT, avcodec_version()},
           {"libavformat", LIBAVFORMAT_VERSION_INT, avformat_version()},
           {"libswscale", LIBSWSCALE_VERSION_INT, swscale_version()},
           {"libswresample", LIBSWRESAMPLE_VERSION_INT, swresample_version()}}};
}

std::string text(const char* indent) {
  std::string lines = std::string("ffmpeg version ") + av_version_info() +
                      " Copyright (c) 2000-2026 the FFmpeg developers\n" + indent + "built with gcc " __VERSION__ +
                      "\n" + indent + "configuration: " + avcodec_configuration() + "\n";
  for (const auto& library : libraries()) {
    std::array<char, 96> line{};
    std::snprintf(line.data(), line.size(), "%s%-14s %2d.%3d.%3d / %2d.%3d.%3d\n", indent, library.name,
                  AV_VERSION_MAJOR(library.compiled), AV_VERSION_MINOR(library.compiled),
                  AV_VERSION_MICRO(library.compiled), AV_VERSION_MAJOR(library.loaded),
                  AV_VERSION_MINOR(library.loaded), AV_VERSION_MICRO(library.loaded));
    lines += line.data();
  }
  return lines;
}

}  // namespace

void print_banner() {
  const auto lines = text("  ");
  // Line by line: libav cuts longer messages.
  for (std::size_t begin = 0; begin < lines.size();) {
    const auto end = lines.find('\n', begin);
    say(AV_LOG_INFO, lines.substr(begin, end - begin));
    begin = end + 1;
  }
}

void print_version(int descriptor) {
  const auto lines = text("");
  for (std::size_t done = 0; done < lines.size();) {
    const auto written = ::write(descriptor, lines.data() + done, lines.size() - done);
    if (written <= 0) return;
    done += static_cast<std::size_t>(written);
  }
}

void print_usage() {
  say(AV_LOG_INFO, "Hyper fast Audio and Video encoder");
  say(AV_LOG_INFO, "usage: ffmpeg [options] [[infile options] -i infile]... {[outfile options] outfile}...\n");
  say(AV_LOG_WARNING, "Use -h to get full help or, even better, run 'man ffmpeg'");
}

}  // namespace nodeagent::media
