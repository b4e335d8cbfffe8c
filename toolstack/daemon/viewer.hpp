// SPDX-License-Identifier: Apache-2.0
// Somebody who looks at a console and types into it. All calls return at once: a viewer that is
// slow loses output and says so, the guest goes on.
#pragma once

#include <string_view>

#include "control.pb.h"

namespace lintel {

class Viewer {
public:
    virtual void output(std::string_view text) = 0;
    virtual void input_room() = 0;                 // there is room for input again
    virtual void ended(const proto::End& end) = 0; // the console is gone; the last call

protected:
    ~Viewer() = default;
};

} // namespace lintel
