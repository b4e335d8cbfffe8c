// SPDX-License-Identifier: Apache-2.0
// All memory is allocated first; what follows cannot fail.
#include "domain/domain_build.hpp"

#include <bit>

#include <lintel/cpuid.h>
#include <lintel/hypercall.h>
#include <lintel/seal.h>

#include "cpu/clock.hpp"
#include "cpu/cpuid.hpp"
#include "domain/domain_table.hpp"
#include "domain/exit_bitmaps.hpp"
#include "domain/vcpu.hpp"
#include "vmx/machine.hpp"

namespace lintel {

namespace {

constexpr unsigned order_for(std::uint64_t bytes)
{
    return static_cast<unsigned>(std::bit_width(pages_for(bytes) - 1));
}
static_assert(sizeof(Vcpu) <= page_size && sizeof(ExtendedState) <= page_size);

struct VcpuFrames {
    Mfn vcpu, extended, vmcs;
};
using AllVcpuFrames = std::array<VcpuFrames, vcpu_limit>;

Result<AllVcpuFrames> allocate_vcpus(FrameBag& bag, std::uint32_t count)
{
    AllVcpuFrames all{};
    for (VcpuFrames& one : std::span{all}.first(count))
        for (Mfn* const frame : {&one.vcpu, &one.extended, &one.vmcs})
            *frame = TRY(allocate_cleared(0, bag));
    return all;
}

// The domain, and behind it what is small in most: few frames have room for all three.
struct ObjectPlace {
    std::size_t ports_at, uses_at, bytes;

    explicit ObjectPlace(const DomainLimits& limits)
        : ports_at{sizeof(Domain)},
          uses_at{ports_at + limits.event_ports * sizeof(PortState)},
          bytes{uses_at + limits.grant_entries * sizeof(std::uint16_t)}
    {
        static_assert(alignof(Domain) >= alignof(PortState) && sizeof(PortState) % 2 == 0);
    }
};

template <typename T>
std::span<T> array_at(std::byte* place, std::size_t count)
{
    return {new (place) T[count], count};
}

// None needs no frame.
Result<std::span<MappingSlot>> allocate_mappings(FrameBag& bag, std::uint32_t count)
{
    if (count == 0)
        return std::span<MappingSlot>{};
    const Mfn first = TRY(allocate_cleared(order_for(count * sizeof(MappingSlot)), bag));
    return array_at<MappingSlot>(at_frame(first), count);
}

// No processor knows two vCPUs by one number; what an earlier domain of the slot left is dropped when
// the vCPU begins.
std::uint16_t vpid_of(DomainId domain, std::uint32_t vcpu)
{
    static_assert(domain_slots * vcpu_limit < 0xffff);
    return static_cast<std::uint16_t>(domain.slot() * vcpu_limit + vcpu + 1);
}

// What the processor makes of the domain's tables.
seal::Paging machine_paging()
{
    constexpr std::uint32_t pages_1g = 1u << 26;
    return {.physical_bits = physical_address_bits(),
            .gigabyte_leaves = (cpuid(0x8000'0001).edx & pages_1g) != 0};
}

// The device area, and what its pages name: rings lie behind it, in the same 2 MiB.
GfnRange devices_and_rings(GfnRange devices)
{
    const std::uint64_t large = ept::frames(ept::Level::pd);
    return {devices.first, devices.count == 0 ? 0 : large - devices.first.number % large};
}

// Null for a domain that may not seal itself.
Result<Sealed*> make_sealed(FrameBag& bag, const SealPlan& plan, const DomainLayout& layout)
{
    if (plan.flags == 0)
        return static_cast<Sealed*>(nullptr);
    std::byte* const place =
        at_frame(TRY(allocate_cleared(order_for(Sealed::bytes_for(plan.frames)), bag)));
    return Sealed::make_at(place, plan, {layout.shared, layout.foreign, devices_and_rings(layout.devices)},
                           machine_paging());
}

std::uint64_t features_of(std::uint32_t seal_flags)
{
    if (seal_flags == 0)
        return 0;
    return LINTEL_FEATURE_SEAL |
           ((seal_flags & LINTEL_DOMAIN_SEAL_OR_NESTED) != 0 ? 0 : LINTEL_FEATURE_SEAL_REQUIRED) |
           ((seal_flags & LINTEL_DOMAIN_SEAL_CHECK) != 0 ? LINTEL_FEATURE_SEAL_CHECK : 0);
}

void make_vcpu(Domain& domain, std::uint32_t index, const VcpuFrames& frames)
{
    auto& vcpu = *new (at_frame(frames.vcpu)) Vcpu{};
    vcpu.extended = new (at_frame(frames.extended)) ExtendedState{};
    vcpu.domain = &domain;
    vcpu.index = index;
    vcpu.vpid = vpid_of(domain.id, index);
    vcpu.vmcs = frames.vmcs;
    *at_frame<std::uint32_t>(vcpu.vmcs) = machine_vmx().revision;
    domain.targets.vcpus[index] = &vcpu;
}

void fill_info(const Domain& domain)
{
    lintel_info& info = *domain.shared.info;
    info.magic = LINTEL_INFO_MAGIC;
    info.revision = LINTEL_ABI_REVISION;
    info.flags = domain.privileged ? LINTEL_INFO_PRIVILEGED : 0;
    info.features = features_of(domain.sealed != nullptr ? domain.sealed->flags : 0);
    info.domain = domain.id.number;
    info.vcpus = domain.limits.vcpus;
    info.tsc_khz = machine_clock().khz;
    info.wall_clock_ns = machine_clock().wall_clock_ns;
    info.event_ports = domain.limits.event_ports;
    info.console_bytes = domain.privileged ? LINTEL_CONSOLE_BYTES : 0;
    info.grant_entries = domain.limits.grant_entries;
    info.mappings = domain.limits.mappings;
    info.foreign_gpa = domain.layout.foreign.first.address();
    info.foreign_frames = domain.layout.foreign.count;
    info.devices_gpa = domain.layout.devices.first.address();
    info.devices = static_cast<std::uint32_t>(domain.layout.devices.count);
}

} // namespace

Result<Domain*> build_domain(const DomainPlan& plan, GuestPhysicalMap&& map)
{
    const DomainLimits& limits = plan.limits;
    FrameBag bag{frames()};
    const SharedPages shared = TRY(
        make_shared_pages(bag, map, limits.vcpus, limits.grant_entries,
                          plan.seal.flags != 0 ? limits.vcpus : 0, plan.layout.shared));
    Sealed* const sealed = TRY(make_sealed(bag, plan.seal, plan.layout));
    const auto mappings = TRY(allocate_mappings(bag, limits.mappings));
    const AllVcpuFrames vcpus = TRY(allocate_vcpus(bag, limits.vcpus));
    const ObjectPlace placement{limits};
    std::byte* const place = at_frame(TRY(allocate_cleared(order_for(placement.bytes), bag)));
    const DomainTables tables{array_at<PortState>(place + placement.ports_at, limits.event_ports),
                              array_at<std::uint16_t>(place + placement.uses_at, limits.grant_entries),
                              mappings};

    auto& domain = *new (place)
        Domain{plan.id,
               limits,
               plan.layout,
               std::move(map),
               shared,
               tables,
               std::move(bag)};
    domain.privileged = plan.privileged;
    domain.sealed = sealed;
    domain.created_ns = system_time_ns();
    domain.io_bitmaps = exit_bitmaps(plan.privileged).ports;
    domain.msr_bitmap = exit_bitmaps(plan.privileged).msrs;
    domain.info_address = shared.info_at.address();
    fill_info(domain);
    for (std::uint32_t index = 0; index < limits.vcpus; ++index)
        make_vcpu(domain, index, vcpus[index]);
    return &domain;
}

void free_domain(Domain& domain)
{
    const FrameBag kept = std::move(domain.state_frames); // outlives the object that lies in it
    domain.~Domain();
}

} // namespace lintel
