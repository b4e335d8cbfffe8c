// SPDX-License-Identifier: Apache-2.0
// Disks of a FakeMachine's guests: linteld starts the real backend, which finds the guest's memory
// as a loopback domain, and the test plays the guest's driver there.
#pragma once

#include "client/block_guest.hpp"

#include "builder/layout.hpp"
#include "daemon/disk_host.hpp"
#include "fakes/fake_machine.hpp"

namespace lintel {

inline DiskHost disk_host(FakeMachine& machine)
{
    const auto open = [&machine]() -> Outcome<std::unique_ptr<Device>> {
        return std::unique_ptr<Device>{machine.open()};
    };
    const auto reach = [&machine](BackendCommand& command, const BackendPlace& place) {
        const auto memory = machine.memory(static_cast<std::uint32_t>(place.domain));
        std::string files = command.inherit(memory);
        for (const int file : {place.pool, place.wake, place.tell})
            files += ',' + command.inherit(file);
        command.words.push_back("--loopback=" + files);
        command.words.push_back("--page=" + std::to_string(place.page_gpa));
        std::string lists;
        for (const auto reference : place.pool_lists)
            lists += (lists.empty() ? "" : ",") + std::to_string(reference);
        command.words.push_back("--pool-lists=" + lists);
    };
    return {LINTEL_BLOCK_PROGRAM, open, reach};
}

// The files of linteld by which the guest reaches its backend: `stem` is their path without ending.
inline client::LoopbackFiles guest_files(FakeMachine& machine, std::uint32_t domain,
                                         const std::string& stem)
{
    const auto file = [&stem](const char* ending) {
        return UniqueFd{::open((stem + ending).c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC)};
    };
    return {UniqueFd{::dup(machine.memory(domain))}, file(".pool"), file(".wake"),
            UniqueFd{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)}};
}

// A guest's driver of one disk.
class DiskGuest {
public:
    DiskGuest(FakeMachine& machine, std::uint32_t domain, std::uint32_t slot,
              const std::string& stem)
        : files_{guest_files(machine, domain, stem)},
          driver{files_, GuestLayout::device_gpa(slot)}
    {
    }

private:
    client::LoopbackFiles files_;

public:
    client::BlockGuest driver;
};

} // namespace lintel
