// SPDX-License-Identifier: Apache-2.0
// The last bytes of a console's output, for those who attach late.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace lintel {

class History {
public:
    explicit History(std::size_t most) : most_{most} {}

    void add(std::string_view text)
    {
        if (text.size() > most_)
            text.remove_prefix(text.size() - most_);
        text_.append(text);
        // Cut at twice the size, so that a byte is moved once and not with every addition.
        if (text_.size() >= 2 * most_)
            text_.erase(0, text_.size() - most_);
    }
    std::string_view text() const
    {
        const std::string_view all{text_};
        return all.substr(all.size() - std::min(all.size(), most_));
    }

private:
    std::size_t most_;
    std::string text_;
};

} // namespace lintel
