// SPDX-License-Identifier: Apache-2.0
// What lintel can be told to do, each command a function; the command line has been read.
#pragma once

#include <string>

#include "cli/exit_status.hpp"
#include "cli/streams.hpp"
#include "liblintel/outcome.hpp"

namespace lintel {

struct DiskWords {
    std::string name;
    std::string path;
    bool read_only = false;
    std::uint32_t sector_bytes = 0; // 0, here and below: not given
    std::uint32_t queues = 0;
    std::uint32_t pool_pages = 0;
    std::uint64_t operations = 0;
    std::uint64_t bytes_per_second = 0;
    std::uint64_t bytes = 0;
    unsigned seconds = 10; // that the guest may take to let go of it
};

struct Command {
    std::string socket = "/run/lintel/linteld.sock";
    std::string name; // of a guest; empty where it is optional and left out
    std::string file; // a configuration
    bool console = false;
    bool paused = false;
    bool reboot = false;
    bool wait = false;
    unsigned seconds = 0; // longest wait, 0: as long as it takes
    DiskWords disk;
};

using Ending = Outcome<ExitStatus>;

Ending create(const Command& command, const Streams& streams);
Ending destroy(const Command& command, const Streams& streams);
Ending shut_down(const Command& command, const Streams& streams);
Ending list(const Command& command, const Streams& streams);
Ending info(const Command& command, const Streams& streams);
Ending console(const Command& command, const Streams& streams);
Ending pause(const Command& command, const Streams& streams);
Ending unpause(const Command& command, const Streams& streams);
Ending dmesg(const Command& command, const Streams& streams);
Ending attach_disk(const Command& command, const Streams& streams);
Ending detach_disk(const Command& command, const Streams& streams);
Ending list_disks(const Command& command, const Streams& streams);
Ending resize_disk(const Command& command, const Streams& streams);
Ending check_config(const Command& command, const Streams& streams);
Ending explain_config(const Command& command, const Streams& streams);

} // namespace lintel
