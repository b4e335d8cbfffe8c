// SPDX-License-Identifier: Apache-2.0
// The device area of a new guest: the directory, and the console in slot 1; and the toolstack's part
// of a disk's page, also of a guest that runs. Contract: docs/abi/devices.md.
#pragma once

#include <span>
#include <string>

#include "liblintel/control.hpp"

namespace lintel {

struct DevicePorts {
    GuestPort directory; // tells of changes in device pages
    GuestPort console;
};

// `area` is GuestLayout::area_pages long and holds zeros.
void write_device_area(std::span<std::byte> area, const DevicePorts& ports);

// `page` is that of an empty slot, or of this disk already. It is offered by its backend.
void describe_disk(std::span<std::byte> page, const std::string& name);
// Asks the guest to close the device.
void withdraw_device(std::span<std::byte> page);
// Empties the slot, of which neither side uses anything any more.
void clear_device(std::span<std::byte> page);

} // namespace lintel
