# Every library the product uses, all from Debian 12. Headers of libraries are SYSTEM: our warnings are errors, theirs
# are not ours to mend.
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(pugixml REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(LIBAV REQUIRED IMPORTED_TARGET libavformat libavcodec libavutil libswresample libswscale)
# Unpacks application packages, which are zip files. Libzip knows that format alone and gives every entry's name, kind
# and size before anything is written; libarchive would bring thirty more formats to hostile input.
pkg_check_modules(LIBZIP REQUIRED IMPORTED_TARGET libzip)
if(BATCH_EMULATOR_TESTS)
  find_package(GTest REQUIRED)
endif()

# Asio and Beast are compiled once (boost_impl) instead of in every source that includes them.
add_compile_definitions(
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED BOOST_BEAST_SEPARATE_COMPILATION
  BOOST_PROCESS_V2_SEPARATE_COMPILATION)
