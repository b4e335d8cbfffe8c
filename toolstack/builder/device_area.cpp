// SPDX-License-Identifier: Apache-2.0
#include "builder/device_area.hpp"

#include <atomic>
#include <cstddef>
#include <cstring>

#include <lintel/block.h>
#include <lintel/console.h>
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
    console.version = LINTEL_CONSOLE_VERSION;
    console.backend = static_cast<std::uint32_t>(dom0);
    std::strncpy(console.name, "hvc0", sizeof console.name - 1);
    console.ring_gpa = GuestLayout::console_gpa;
    console.port = static_cast<std::uint32_t>(ports.console);
    static_assert(sizeof console <= page_bytes);
    std::memcpy(area.data() + GuestLayout::console_slot * page_bytes, &console, sizeof console);
}

namespace {

// The guest looks at it all the time: what counts is stored last.
void store(std::uint32_t& word, std::uint32_t value)
{
    std::atomic_ref{word}.store(value, std::memory_order_release);
}

} // namespace

void describe_disk(std::span<std::byte> page, const std::string& name)
{
    auto& device = *reinterpret_cast<lintel_device*>(page.data());
    assert(name.size() < sizeof device.name);
    device.version = LINTEL_BLOCK_VERSION;
    device.backend = static_cast<std::uint32_t>(dom0);
    device.removed = 0;
    std::strncpy(device.name, name.c_str(), sizeof device.name);
    device.ring_gpa = 0;
    device.port = 0;
    store(device.device_class, LINTEL_DEVICE_BLOCK);
}

void withdraw_device(std::span<std::byte> page)
{
    store(reinterpret_cast<lintel_device*>(page.data())->removed, 1);
}

void clear_device(std::span<std::byte> page)
{
    auto& device = *reinterpret_cast<lintel_device*>(page.data());
    store(device.backend_state, LINTEL_STATE_ABSENT);
    store(device.device_class, LINTEL_DEVICE_NONE);
    std::memset(page.data() + sizeof device.device_class, 0,
                offsetof(lintel_device, backend_state) - sizeof device.device_class);
}

} // namespace lintel
