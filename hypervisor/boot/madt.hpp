// SPDX-License-Identifier: Apache-2.0
// The MADT: CPUs, I/O APICs, and how ISA interrupts are wired to them.
// Layout: ACPI Specification, "Multiple APIC Description Table (MADT)".
#pragma once

#include <cstdint>

#include "support/fixed_vector.hpp"
#include "support/result.hpp"
#include "support/span_reader.hpp"

namespace lintel::acpi {

struct LocalApic {
    std::uint32_t id;
    bool enabled; // otherwise only online-capable: it may appear later
};

struct IoApic {
    std::uint8_t id;
    std::uint32_t address;
    std::uint32_t gsi_base; // the interrupt of its first pin
};

enum class Polarity : std::uint8_t {
    bus_default,
    high,
    low
};
enum class Trigger : std::uint8_t {
    bus_default,
    edge,
    level
};

// ISA interrupt `irq` is not at the GSI of the same number, or not active-high and edge-triggered.
struct SourceOverride {
    std::uint8_t irq;
    Polarity polarity;
    Trigger trigger;
    std::uint32_t gsi;
};

struct Madt {
    std::uint64_t local_apic_address = 0;
    FixedVector<LocalApic, 256> cpus; // usable ones; no id occurs twice
    FixedVector<IoApic, 16> io_apics;
    FixedVector<SourceOverride, 16> overrides; // one for each ISA interrupt at most
};

// From a verified table. Error::bad_argument for damage, Error::limit_reached for too many entries.
Result<Madt> parse_madt(Bytes table);

} // namespace lintel::acpi
