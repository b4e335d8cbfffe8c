// SPDX-License-Identifier: Apache-2.0
#include "daemon/disk_host.hpp"

#include <fmt/format.h>

#include "liblintel/linux_device.hpp"

namespace lintel {

DiskHost dom0_disk_host(const std::string& program)
{
    const auto open = []() -> Outcome<std::unique_ptr<Device>> {
        return std::unique_ptr<Device>{TRY(LinuxDevice::open())};
    };
    const auto reach = [](BackendCommand& command, const BackendPlace& place) {
        command.words.push_back(
            fmt::format("--domain={}", static_cast<std::uint32_t>(place.domain)));
        const auto device = command.inherit(place.device), pool = command.inherit(place.pool),
                   wake = command.inherit(place.wake), tell = command.inherit(place.tell);
        command.words.push_back(
            fmt::format("--dom0={},{},{},{},{}", device, place.offset, pool, wake, tell));
        command.words.push_back(fmt::format("--pool-lists={}", fmt::join(place.pool_lists, ",")));
    };
    return {program, open, reach};
}

} // namespace lintel
