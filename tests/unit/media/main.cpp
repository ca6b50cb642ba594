// The test program is also the child that run_ffmpeg_in_child() starts.
#include <gtest/gtest.h>

#include "nodeagent/media/loader.h"

int main(int argc, char** argv) {
  if (argc > 0 && nodeagent::media::is_ffmpeg_name(argv[0])) return nodeagent::media::ffmpeg_main(argc, argv);
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
