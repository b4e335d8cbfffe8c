// SPDX-License-Identifier: Apache-2.0
// MADT parsing: a fixed part, then entries that start with their type and length.
#include "boot/madt.hpp"

#include <cstddef>

namespace lintel::acpi {
namespace {

constexpr std::uint64_t at_local_apic_address = 36;
constexpr std::uint64_t at_entries = 44;

constexpr std::uint32_t cpu_enabled = 1u << 0;
constexpr std::uint32_t cpu_online_capable = 1u << 1;
constexpr std::uint32_t isa_irqs = 16;

// Entries as they lie in the table, with natural alignment from the entry's start.
struct EntryHeader {
    std::uint8_t type;
    std::uint8_t length; // with this header
};

struct LocalApicEntry {
    static constexpr std::uint8_t type = 0;
    EntryHeader header;
    std::uint8_t processor;
    std::uint8_t id;
    std::uint32_t flags;
};
static_assert(sizeof(LocalApicEntry) == 8);

struct IoApicEntry {
    static constexpr std::uint8_t type = 1;
    EntryHeader header;
    std::uint8_t id;
    std::uint8_t reserved;
    std::uint32_t address;
    std::uint32_t gsi_base;
};
static_assert(sizeof(IoApicEntry) == 12);

struct OverrideEntry {
    static constexpr std::uint8_t type = 2;
    EntryHeader header;
    std::uint8_t bus;
    std::uint8_t source;
    std::uint8_t gsi[4]; // bytes: a wider type would pad the end
    std::uint8_t flags[2];
};
static_assert(sizeof(OverrideEntry) == 10);

struct AddressOverrideEntry {
    static constexpr std::uint8_t type = 5;
    EntryHeader header;
    std::uint16_t reserved;
    std::uint32_t address_low;
    std::uint32_t address_high;
};
static_assert(sizeof(AddressOverrideEntry) == 12);

struct X2ApicEntry {
    static constexpr std::uint8_t type = 9;
    EntryHeader header;
    std::uint16_t reserved;
    std::uint32_t id;
    std::uint32_t flags;
    std::uint32_t processor;
};
static_assert(sizeof(X2ApicEntry) == 16);

Result<> add_cpu(Madt& madt, std::uint32_t id, std::uint32_t flags)
{
    if ((flags & (cpu_enabled | cpu_online_capable)) == 0)
        return {}; // firmware fills its table with such entries
    for (const auto& cpu : madt.cpus)
        if (cpu.id == id)
            return {}; // some firmware lists a CPU both as local APIC and as x2APIC
    return madt.cpus.push_back({id, (flags & cpu_enabled) != 0});
}

// A local APIC or an x2APIC; all ones, in the width of the entry, address all of them.
template <typename Entry>
Result<> add_cpu(Madt& madt, Bytes bytes)
{
    const auto entry = TRY(read_at<Entry>(bytes, 0));
    constexpr auto broadcast = static_cast<decltype(entry.id)>(~0u);
    return entry.id == broadcast ? Result<>{} : add_cpu(madt, entry.id, entry.flags);
}

Result<> add_io_apic(Madt& madt, Bytes bytes)
{
    const auto entry = TRY(read_at<IoApicEntry>(bytes, 0));
    return madt.io_apics.push_back({entry.id, entry.address, entry.gsi_base});
}

// The reserved value 2 is taken for the bus's default too.
constexpr Polarity polarity(unsigned flags)
{
    switch (flags & 3) {
    case 1:
        return Polarity::high;
    case 3:
        return Polarity::low;
    default:
        return Polarity::bus_default;
    }
}

constexpr Trigger trigger(unsigned flags)
{
    switch (flags >> 2 & 3) {
    case 1:
        return Trigger::edge;
    case 3:
        return Trigger::level;
    default:
        return Trigger::bus_default;
    }
}

Result<> add_override(Madt& madt, Bytes bytes)
{
    const auto entry = TRY(read_at<OverrideEntry>(bytes, 0));
    const auto gsi = TRY(read_at<std::uint32_t>(bytes, offsetof(OverrideEntry, gsi)));
    const auto flags = TRY(read_at<std::uint16_t>(bytes, offsetof(OverrideEntry, flags)));
    if (entry.bus != 0 || entry.source >= isa_irqs)
        return Error::bad_argument;
    for (const auto& other : madt.overrides)
        if (other.irq == entry.source)
            return Error::bad_argument;
    return madt.overrides.push_back({entry.source, polarity(flags), trigger(flags), gsi});
}

Result<> override_address(Madt& madt, Bytes bytes)
{
    const auto entry = TRY(read_at<AddressOverrideEntry>(bytes, 0));
    madt.local_apic_address = std::uint64_t{entry.address_high} << 32 | entry.address_low;
    return {};
}

Result<> parse_entry(Madt& madt, std::uint8_t type, Bytes bytes)
{
    switch (type) {
    case LocalApicEntry::type:
        return add_cpu<LocalApicEntry>(madt, bytes);
    case IoApicEntry::type:
        return add_io_apic(madt, bytes);
    case OverrideEntry::type:
        return add_override(madt, bytes);
    case AddressOverrideEntry::type:
        return override_address(madt, bytes);
    case X2ApicEntry::type:
        return add_cpu<X2ApicEntry>(madt, bytes);
    default:
        return {}; // NMI sources and what other architectures have
    }
}

} // namespace

Result<Madt> parse_madt(Bytes table)
{
    Madt madt;
    madt.local_apic_address = TRY(read_at<std::uint32_t>(table, at_local_apic_address));
    TRY(slice(table, 0, at_entries));
    for (std::uint64_t at = at_entries; at < table.size();) {
        const auto header = TRY(read_at<EntryHeader>(table, at));
        const auto bytes = TRY(slice(table, at, header.length));
        if (bytes.size() < sizeof header)
            return Error::bad_argument;
        TRY(parse_entry(madt, header.type, bytes));
        at += header.length;
    }
    return madt;
}

} // namespace lintel::acpi
