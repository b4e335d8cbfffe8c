// SPDX-License-Identifier: Apache-2.0
// What has to be taken back unless everything that follows works: runs when it goes out of scope.
#pragma once

#include <utility>

namespace lintel {

template <typename Action>
class [[nodiscard]] Undo {
public:
    explicit Undo(Action action) : action_{std::move(action)} {}
    ~Undo()
    {
        if (wanted_)
            action_();
    }
    Undo(const Undo&) = delete;
    Undo& operator=(const Undo&) = delete;
    // Everything has worked.
    void forget() { wanted_ = false; }

private:
    Action action_;
    bool wanted_ = true;
};

} // namespace lintel
