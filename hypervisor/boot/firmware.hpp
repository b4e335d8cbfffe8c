// SPDX-License-Identifier: Apache-2.0
// What the ACPI tables say that the hypervisor needs, gathered once. Damaged or absent tables leave
// fields empty and a warning in the log; the machine then boots without what they describe.
#pragma once

#include <cstdint>
#include <optional>

#include "boot/fadt.hpp"
#include "boot/madt.hpp"
#include "boot/sleep_type.hpp"
#include "support/span_reader.hpp"

namespace lintel {

struct Firmware {
    std::optional<acpi::Fadt> fadt;
    std::optional<acpi::SleepType> s5;
    acpi::Madt madt;
    std::optional<std::uint64_t> hpet; // physical address of its registers
};

// `memory_end`: tables are read below this machine address only.
void read_firmware(std::optional<Bytes> rsdp, std::uint64_t memory_end, Firmware& firmware);

} // namespace lintel
