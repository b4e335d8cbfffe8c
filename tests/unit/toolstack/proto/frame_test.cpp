// SPDX-License-Identifier: Apache-2.0
// Messages on a stream: cut anywhere they come out whole; lengths that cannot be end the stream.
#include "proto/frame.hpp"

#include <gtest/gtest.h>

#include "control.pb.h"

namespace lintel {
namespace {

constexpr std::size_t limit = 1000;

std::string named(const std::string& name)
{
    proto::Named message;
    message.set_name(name);
    std::string out;
    append_frame(out, message);
    return out;
}

std::string name_in(std::string_view frame)
{
    proto::Named message;
    EXPECT_TRUE(message.ParseFromArray(frame.data(), static_cast<int>(frame.size())));
    return message.name();
}

TEST(Frame, messages_come_out_whole_however_they_were_cut)
{
    const auto stream = named("one") + named(std::string(300, 'x')) + named("");
    for (std::size_t cut = 1; cut < stream.size(); ++cut) {
        FrameReader reader{limit};
        std::vector<std::string> names;
        for (std::size_t at = 0; at < stream.size(); at += cut) {
            reader.feed(std::string_view{stream}.substr(at, cut));
            while (const auto frame = reader.next())
                names.push_back(name_in(*frame));
        }
        EXPECT_EQ(names, (std::vector<std::string>{"one", std::string(300, 'x'), ""})) << cut;
        EXPECT_FALSE(reader.broken());
    }
}

TEST(Frame, length_above_the_limit_breaks_the_stream_before_the_content_comes)
{
    FrameReader reader{limit};
    reader.feed("\xe9\x07"); // 1001
    EXPECT_FALSE(reader.next());
    EXPECT_TRUE(reader.broken());
    reader.feed(named("late"));
    EXPECT_FALSE(reader.next());
}

TEST(Frame, length_at_the_limit_is_taken)
{
    FrameReader reader{limit};
    reader.feed("\xe8\x07" + std::string(limit, 'x'));
    ASSERT_TRUE(reader.next());
    EXPECT_FALSE(reader.broken());
}

TEST(Frame, endless_length_breaks_the_stream)
{
    FrameReader reader{limit};
    reader.feed("\x80\x80\x80\x80");
    EXPECT_FALSE(reader.next());
    EXPECT_FALSE(reader.broken());
    reader.feed("\x80");
    EXPECT_FALSE(reader.next());
    EXPECT_TRUE(reader.broken());
}

} // namespace
} // namespace lintel
