// SPDX-License-Identifier: Apache-2.0
// A terminal whose every key goes to the guest, for as long as the object lives; put right again
// also when a signal ends the command. Not a terminal: nothing happens. One at a time.
#pragma once

namespace lintel {

class RawTerminal {
public:
    explicit RawTerminal(int fd);
    RawTerminal(const RawTerminal&) = delete;
    ~RawTerminal();

    bool present() const { return present_; }

private:
    bool present_;
};

} // namespace lintel
