// SPDX-License-Identifier: Apache-2.0
// The CPUID policy. Intel SDM Vol. 2, "CPUID-CPU Identification".
#include "exit/cpuid.hpp"

#include <bit>

#include <lintel/cpuid.h>
#include <lintel/seal.h>

#include "exit/xsetbv.hpp"

namespace lintel {

namespace {

constexpr std::uint32_t bit(unsigned n)
{
    return 1u << n;
}

// Leaf 1: what the hypervisor keeps (VMX, SMX, the APIC and its timers, MTRRs, machine checks,
// power management, performance monitoring) is hidden.
constexpr std::uint32_t hidden_1_ecx =
    bit(2) /* DTES64 */ | bit(3) /* MONITOR */ | bit(4) | bit(5) /* VMX */ | bit(6) /* SMX */ |
    bit(7) /* EIST */ | bit(8) /* TM2 */ | bit(11) /* SDBG */ | bit(14) /* xTPR */ |
    bit(15) /* PDCM */ | bit(18) /* DCA */ | bit(21) /* x2APIC */ | bit(24) /* TSC deadline */ |
    bit(27) /* OSXSAVE */;
constexpr std::uint32_t hypervisor_present = bit(31), osxsave = bit(27), ospke = bit(4);
constexpr std::uint32_t process_identifiers = bit(17); // with them CR3 has more values than roots
constexpr std::uint32_t hidden_1_edx = bit(7) /* MCE */ | bit(9) /* APIC */ | bit(12) /* MTRR */ |
                                       bit(14) /* MCA */ | bit(18) /* PSN */ | bit(21) /* DS */ |
                                       bit(22) /* ACPI */ | bit(29) /* TM */ | bit(31) /* PBE */;
constexpr std::uint32_t hyper_threading = bit(28);

// Leaf 7, listed by what is shown: unprivileged instructions and protection features that need no
// MSR of their own.
constexpr std::uint32_t shown_7_ebx =
    bit(0) /* FSGSBASE */ | bit(3) | bit(5) /* AVX2 */ | bit(7) /* SMEP */ | bit(8) |
    bit(9) /* ERMS */ | bit(10) /* INVPCID */ | bit(13) | bit(16) /* AVX512F */ | bit(17) |
    bit(18) /* RDSEED */ | bit(19) /* ADX */ | bit(20) /* SMAP */ | bit(21) |
    bit(23) /* CLFLUSHOPT */ | bit(24) /* CLWB */ | bit(28) | bit(29) /* SHA */ | bit(30) | bit(31);
constexpr std::uint32_t shown_7_ecx = bit(1) | bit(2) /* UMIP */ | bit(3) /* PKU */ | bit(6) |
                                      bit(8) | bit(9) | bit(10) | bit(11) | bit(12) | bit(14) |
                                      bit(22) /* RDPID */;
constexpr std::uint32_t shown_7_edx = bit(2) | bit(3) | bit(4) /* fast short REP MOV */ |
                                      bit(10) /* MD_CLEAR */ | bit(14) /* SERIALIZE */;
// Always there for guests, whatever the processor has: exit/arch_capabilities.hpp.
constexpr std::uint32_t arch_capabilities_present = bit(29);

CpuidLeaf identity(CpuidLeaf native, const CpuidView& view)
{
    native.ebx = (native.ebx & 0xffff) | std::bit_ceil(view.vcpus) << 16 | view.vcpu << 24;
    native.ecx = (native.ecx & ~hidden_1_ecx) | hypervisor_present | (view.osxsave ? osxsave : 0);
    if ((view.features & LINTEL_FEATURE_SEAL) != 0)
        native.ecx &= ~process_identifiers;
    native.edx &= ~(hidden_1_edx | hyper_threading);
    native.edx |= view.vcpus > 1 ? hyper_threading : 0;
    return native;
}

// One package of single-threaded cores. Leaf 0xB, "Extended Topology Enumeration".
CpuidLeaf topology(std::uint32_t subleaf, const CpuidView& view)
{
    constexpr std::uint32_t thread = 1, core = 2;
    const auto shift = static_cast<std::uint32_t>(std::bit_width(view.vcpus - 1));
    if (subleaf == 0)
        return {0, 1, thread << 8, view.vcpu};
    if (subleaf == 1)
        return {shift, view.vcpus, core << 8 | 1, view.vcpu};
    return {0, 0, subleaf, view.vcpu};
}

CpuidLeaf caches(CpuidLeaf native, const CpuidView& view)
{
    if ((native.eax & 0x1f) == 0)
        return {};
    native.eax = (native.eax & 0x3fff) | (std::bit_ceil(view.vcpus) - 1) << 26;
    return native;
}

// Sizes follow XCR0, which is the guest's own. No XSAVES: there is no supervisor state to save with
// it. No XFD: its MSRs are not there.
CpuidLeaf xsave(std::uint32_t subleaf, CpuidLeaf native, const CpuidView& view)
{
    constexpr std::uint32_t xsaveopt = bit(0), xsavec = bit(1), xgetbv1 = bit(2);
    if (subleaf == 0)
        return {native.eax & static_cast<std::uint32_t>(xcr0::offered), native.ebx, native.ecx, 0};
    if (subleaf == 1)
        return view.xsavec ? CpuidLeaf{native.eax & (xsaveopt | xsavec | xgetbv1), native.ebx, 0, 0}
                           : CpuidLeaf{native.eax & (xsaveopt | xgetbv1), 0, 0, 0};
    return subleaf < 64 && (xcr0::offered >> subleaf & 1) != 0 ? native : CpuidLeaf{};
}

CpuidLeaf own_leaf(std::uint32_t leaf, const CpuidView& view)
{
    switch (leaf) {
    case LINTEL_CPUID_SIGNATURE:
        return {LINTEL_CPUID_LAST, LINTEL_SIGNATURE_EBX, LINTEL_SIGNATURE_ECX,
                LINTEL_SIGNATURE_EDX};
    case LINTEL_CPUID_INFO:
        return {LINTEL_ABI_REVISION, view.features, static_cast<std::uint32_t>(view.info_address),
                static_cast<std::uint32_t>(view.info_address >> 32)};
    case LINTEL_CPUID_VCPU:
        return {view.vcpu, static_cast<std::uint32_t>(view.tsc_khz), 0, 0};
    default:
        return {};
    }
}

CpuidLeaf basic_leaf(std::uint32_t leaf, std::uint32_t subleaf, CpuidLeaf native,
                     const CpuidView& view)
{
    constexpr std::uint32_t highest = 0x16;
    switch (leaf) {
    case 0x0:
        native.eax = native.eax < highest ? native.eax : highest;
        return native;
    case 0x1:
        return identity(native, view);
    case 0x2:
        return native;
    case 0x4:
        return caches(native, view);
    case 0x7:
        if (subleaf != 0)
            return {};
        return {0, native.ebx & shown_7_ebx, (native.ecx & shown_7_ecx) | (view.ospke ? ospke : 0),
                (native.edx & shown_7_edx) | arch_capabilities_present};
    case 0xb:
        return topology(subleaf, view);
    case 0xd:
        return xsave(subleaf, native, view);
    // The true TSC frequency: crystal (ECX, Hz) times EBX / EAX.
    case 0x15:
        return {1, 1000, static_cast<std::uint32_t>(view.tsc_khz), 0};
    case 0x16: {
        const auto mhz = static_cast<std::uint32_t>(view.tsc_khz / 1000);
        return {mhz, mhz, 100, 0};
    }
    default:
        return {}; // among them 3, 5, 6, 0xA, 0xF, 0x10, 0x12, 0x14: not the guest's business
    }
}

CpuidLeaf extended_leaf(std::uint32_t leaf, CpuidLeaf native)
{
    constexpr std::uint32_t highest = 0x8000'0008, svm = bit(2);
    switch (leaf) {
    case 0x8000'0000:
        native.eax = native.eax < highest ? native.eax : highest;
        return native;
    case 0x8000'0001:
        native.ecx &= ~svm;
        return native;
    default:
        return leaf <= highest ? native : CpuidLeaf{};
    }
}

} // namespace

CpuidLeaf guest_cpuid(std::uint32_t leaf, std::uint32_t subleaf, CpuidLeaf native,
                      const CpuidView& view)
{
    if (leaf >= 0x8000'0000)
        return extended_leaf(leaf, native);
    if (leaf >= LINTEL_CPUID_SIGNATURE)
        return own_leaf(leaf, view);
    return basic_leaf(leaf, subleaf, native, view);
}

} // namespace lintel
