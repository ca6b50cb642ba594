# bench-transcode stands in bin/, because the transcoder module is looked for in ../lib of the running program.
add_executable(bench-transcode ${CMAKE_CURRENT_LIST_DIR}/bench_transcode.cpp)
target_link_libraries(bench-transcode PRIVATE project_flags nodeagent-media)
