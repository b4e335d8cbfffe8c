// SPDX-License-Identifier: Apache-2.0
#include "daemon/history.hpp"

#include <gtest/gtest.h>

namespace lintel {
namespace {

TEST(History, keeps_the_last_bytes_however_they_came)
{
    for (std::size_t piece = 1; piece < 40; ++piece) {
        History history{10};
        std::string all;
        for (char c = 'a'; c <= 'z'; ++c) {
            const std::string text(piece, c);
            all += text;
            history.add(text);
            EXPECT_EQ(history.text(),
                      all.substr(all.size() - std::min<std::size_t>(all.size(), 10)));
        }
    }
}

} // namespace
} // namespace lintel
