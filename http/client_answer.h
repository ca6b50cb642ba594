// An answer as the client reads it: the header block, then the body piece by piece. Parsed by Beast; the bytes are read
// by us, under our deadlines.
#pragma once

#include "http/client.h"
#include "http/client_stream.h"

#include <functional>
#include <memory>

namespace http {

/// Takes a connection back when its answer has been read to the end and it may be used again.
using ReturnStream = std::function<void(std::unique_ptr<ClientStream>)>;

struct AnswerLimits {
  std::size_t max_header_bytes;
  std::chrono::milliseconds progress_deadline;
};

/// What reading an answer's header gave: the answer, or why not, and whether any byte of it had come.
struct ReceivedAnswer {
  base::Result<ClientResponse> response;
  bool any_byte = false;
};

/// Reads one header block (1xx answers are skipped); the stream moves into the answer's body.
base::Async<ReceivedAnswer> receive_answer(std::unique_ptr<ClientStream> stream, bool to_head, AnswerLimits limits,
                                           ReturnStream give_back);

}  // namespace http
