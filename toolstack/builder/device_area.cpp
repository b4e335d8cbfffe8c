// SPDX-License-Identifier: Apache-2.0
#include "builder/device_area.hpp"

#include <cstring>

#include <lintel/device.h>

#include "builder/layout.hpp"

namespace lintel {

void write_device_area(std::span<std::byte> area, const DevicePorts& ports)
{
    assert(area.size() == GuestLayout::area_pages * page_bytes);
    lintel_device_directory directory{};
    directory.magic = LINTEL_DEVICE_MAGIC;
    directory.version = 1;
    directory.slots = GuestLayout::device_pages - 1;
    directory.port = static_cast<std::uint32_t>(ports.directory);
    std::memcpy(area.data(), &directory, sizeof directory);

    lintel_device console{};
    console.device_class = LINTEL_DEVICE_CONSOLE;
    console.version = 1;
    console.backend = static_cast<std::uint32_t>(dom0);
    std::strncpy(console.name, "hvc0", sizeof console.name - 1);
    console.ring_gpa = GuestLayout::console_gpa;
    console.port = static_cast<std::uint32_t>(ports.console);
    static_assert(sizeof console <= page_bytes);
    std::memcpy(area.data() + GuestLayout::console_slot * page_bytes, &console, sizeof console);
}

} // namespace lintel
