// SPDX-License-Identifier: Apache-2.0
// Messages on a stream socket: each is preceded by its length as a varint. Encoding: protobuf's
// "Encoding" page, "Base 128 Varints".
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <google/protobuf/message_lite.h>

namespace lintel {

// Appends a message to what is to be sent.
void append_frame(std::string& out, const google::protobuf::MessageLite& message);

// Cuts what a peer has sent into messages. The peer is not trusted: one that announces more than
// `limit` bytes, or a length that is none, breaks the stream for good.
class FrameReader {
public:
    explicit FrameReader(std::size_t limit) : limit_{limit} {}

    void feed(std::string_view bytes);
    // The next message, valid until the next call of any other function; nothing: more has to come.
    std::optional<std::string_view> next();
    bool broken() const { return broken_; }

private:
    std::size_t limit_;
    std::string bytes_;
    std::size_t used_ = 0; // of bytes_, handed out
    bool broken_ = false;
};

} // namespace lintel
