// SPDX-License-Identifier: Apache-2.0
// domain_create(gpa, flags): a new domain, empty and paused. Contract:
// docs/abi/domains.md#domain_create.
#pragma once

#include <array>
#include <span>

#include <lintel/domain.h>
#include <lintel/event.h>
#include <lintel/grant.h>

#include "hypercall/arguments.hpp"
#include "mm/frame.hpp"

namespace lintel {

constexpr bool is_multiple_within(std::uint32_t value, std::uint32_t unit, std::uint32_t most)
{
    return value != 0 && value % unit == 0 && value <= most;
}

// Whether the limits are ones that a domain can have.
constexpr bool valid_limits(const lintel_domain_create& wanted)
{
    return wanted.vcpus >= 1 && wanted.vcpus <= LINTEL_DOMAIN_VCPUS &&
           is_multiple_within(wanted.event_ports, 64, LINTEL_EVENT_PORTS) &&
           is_multiple_within(wanted.grant_entries, 512, LINTEL_GRANT_ENTRIES) &&
           wanted.mappings <= LINTEL_MAPPINGS && wanted.max_frames != 0;
}

// Whether its flags and the frames that a seal would know fit each other.
constexpr bool valid_seal(const lintel_domain_create& wanted)
{
    constexpr std::uint32_t known =
        LINTEL_DOMAIN_SEALED | LINTEL_DOMAIN_SEAL_OR_NESTED | LINTEL_DOMAIN_SEAL_CHECK;
    if ((wanted.flags & LINTEL_DOMAIN_SEALED) == 0)
        return wanted.flags == 0 && wanted.sealed_frames == 0;
    const GfnRange known_ram{Gfn{0}, wanted.sealed_frames};
    const auto clear_of = [&](std::uint64_t address, std::uint64_t frames) {
        return frames == 0 || !known_ram.overlaps({Gfn::of(address), frames});
    };
    return (wanted.flags & ~known) == 0 && wanted.sealed_frames >= 1 &&
           wanted.sealed_frames <= 1ull << 28 &&
           clear_of(wanted.shared_gpa, LINTEL_SHARED_BYTES / page_size) &&
           clear_of(wanted.foreign_gpa, wanted.foreign_frames);
}

// Whether the ranges lie within the address width, aligned, and none over another.
constexpr bool valid_ranges(const lintel_domain_create& wanted, unsigned physical_bits)
{
    constexpr std::uint64_t large_page = 1ull << 21;
    if (wanted.shared_gpa % large_page != 0 || wanted.foreign_gpa % large_page != 0 ||
        wanted.devices_gpa % page_size != 0)
        return false;
    const std::array<GfnRange, 3> ranges{
        GfnRange{Gfn::of(wanted.shared_gpa), LINTEL_SHARED_BYTES / page_size},
        GfnRange{Gfn::of(wanted.foreign_gpa), wanted.foreign_frames},
        GfnRange{Gfn::of(wanted.devices_gpa), wanted.devices}};
    const std::uint64_t end = 1ull << (physical_bits - page_shift);
    for (std::size_t i = 0; i < ranges.size(); ++i) {
        if (ranges[i].first.number > end || ranges[i].count > end - ranges[i].first.number)
            return false;
        for (std::size_t other = 0; other < i; ++other)
            if (ranges[i].overlaps(ranges[other]) && ranges[i].count != 0 &&
                ranges[other].count != 0)
                return false;
    }
    return true;
}

template <typename Caller>
Result<std::uint64_t> hypercall_domain_create(Caller& caller, const HypercallArguments& in)
{
    if (!caller.privileged())
        return Error::not_permitted;
    TRY(no_flags(in[1]));
    TRY(aligned(in[0]));
    lintel_domain_create wanted; // read once: what is checked is what is used
    TRY(caller.memory().read(in[0], std::as_writable_bytes(std::span{&wanted, 1})));
    std::uint64_t reserved = 0;
    for (const std::uint64_t word : wanted.reserved)
        reserved |= word;
    if (reserved != 0 || !valid_seal(wanted) || !valid_limits(wanted) || !valid_ranges(wanted, caller.physical_bits()))
        return Error::bad_argument;
    if ((wanted.flags & LINTEL_DOMAIN_SEALED) != 0 && !caller.can_seal()) {
        if ((wanted.flags & LINTEL_DOMAIN_SEAL_OR_NESTED) == 0)
            return Error::bad_argument;
        wanted.flags = 0;
    }
    return std::uint64_t{TRY(caller.create_domain(wanted))};
}

} // namespace lintel
