// SPDX-License-Identifier: Apache-2.0
// The device area of a new guest: the directory, and the console in slot 1. Contract:
// docs/abi/devices.md.
#pragma once

#include <span>

#include "liblintel/control.hpp"

namespace lintel {

struct DevicePorts {
    GuestPort directory; // tells of changes in device pages
    GuestPort console;
};

// `area` is GuestLayout::area_pages long and holds zeros.
void write_device_area(std::span<std::byte> area, const DevicePorts& ports);

} // namespace lintel
