# add_part(NAME SOURCES... [DEPENDS libraries...])  one folder of the product as a static library.
# add_unit_test(NAME SOURCES... [DEPENDS libraries...])  a GoogleTest program; each TEST becomes a ctest test.

add_library(project_flags INTERFACE)
target_compile_features(project_flags INTERFACE cxx_std_20)
target_include_directories(project_flags INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(project_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports these inside libstdc++ and coroutine frames at -O2, where nothing is wrong. -Wshadow reports
  # lambda parameters in coroutines twice.
  target_compile_options(project_flags INTERFACE
    -Wno-maybe-uninitialized -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread
    -Wno-mismatched-new-delete -Wno-free-nonheap-object -Wno-dangling-reference -Wno-missing-field-initializers)
else()
  target_compile_options(project_flags INTERFACE -Wno-missing-field-initializers -Wno-unused-const-variable)
endif()

function(add_part name)
  cmake_parse_arguments(PART "" "" "SOURCES;DEPENDS" ${ARGN})
  add_library(${name} STATIC ${PART_SOURCES})
  target_link_libraries(${name} PUBLIC project_flags ${PART_DEPENDS})
  if(TARGET common_headers AND NOT name STREQUAL "common_headers")
    target_precompile_headers(${name} REUSE_FROM common_headers)
    target_link_libraries(${name} PUBLIC common_headers)
  endif()
endfunction()

# For executables: the precompiled headers were made with -fPIC, and -fPIE, which they are compiled with otherwise,
# cannot use them.
function(use_common_headers name)
  target_link_libraries(${name} PRIVATE common_headers)
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(${name} PRIVATE -fPIC)
  target_precompile_headers(${name} REUSE_FROM common_headers)
endfunction()

function(add_unit_test name)
  if(NOT BATCH_EMULATOR_TESTS)
    return()
  endif()
  cmake_parse_arguments(UNIT "" "" "SOURCES;DEPENDS" ${ARGN})
  add_executable(${name} ${UNIT_SOURCES})
  target_link_libraries(${name} PRIVATE project_flags common_headers ${UNIT_DEPENDS} GTest::gtest GTest::gmock GTest::gtest_main)
  use_common_headers(${name})
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST TEST_PREFIX ${name}: PROPERTIES TIMEOUT 120 LABELS unit)
endfunction()
include(GoogleTest)
