// SPDX-License-Identifier: Apache-2.0
#include "proto/frame.hpp"

namespace lintel {
namespace {

constexpr unsigned longest_varint = 5; // 32 bits of length

struct Length {
    enum State {
        complete,
        partial,
        impossible
    } state;
    std::size_t value = 0;
    std::size_t bytes = 0; // of the varint itself
};

Length read_length(std::string_view bytes)
{
    std::uint64_t value = 0;
    for (unsigned i = 0; i < bytes.size(); ++i) {
        if (i == longest_varint)
            return {Length::impossible};
        const auto byte = static_cast<unsigned char>(bytes[i]);
        value |= std::uint64_t{byte & 0x7fu} << 7 * i;
        if ((byte & 0x80) == 0)
            return {Length::complete, value, i + 1};
    }
    return {bytes.size() < longest_varint ? Length::partial : Length::impossible};
}

} // namespace

void append_frame(std::string& out, const google::protobuf::MessageLite& message)
{
    auto length = message.ByteSizeLong();
    for (; length >= 0x80; length >>= 7)
        out.push_back(static_cast<char>((length & 0x7f) | 0x80));
    out.push_back(static_cast<char>(length));
    message.AppendPartialToString(&out);
}

void FrameReader::feed(std::string_view bytes)
{
    bytes_.erase(0, used_);
    used_ = 0;
    bytes_.append(bytes);
}

std::optional<std::string_view> FrameReader::next()
{
    const auto rest = std::string_view{bytes_}.substr(used_);
    const auto length = read_length(rest);
    broken_ = broken_ || length.state == Length::impossible ||
              (length.state == Length::complete && length.value > limit_);
    if (broken_ || length.state != Length::complete || rest.size() - length.bytes < length.value)
        return {};
    used_ += length.bytes + length.value;
    return rest.substr(length.bytes, length.value);
}

} // namespace lintel
