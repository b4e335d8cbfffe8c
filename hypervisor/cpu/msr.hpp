// SPDX-License-Identifier: Apache-2.0
// Model-specific registers this hypervisor names. Intel SDM Vol. 4, "Architectural MSRs".
#pragma once

#include <cstdint>

namespace lintel {

enum class Msr : std::uint32_t {
    tsc = 0x10,
    apic_base = 0x1b,
    feature_control = 0x3a,
    microcode_revision = 0x8b,
    arch_capabilities = 0x10a,
    sysenter_cs = 0x174,
    sysenter_esp = 0x175,
    sysenter_eip = 0x176,
    misc_enable = 0x1a0,
    debugctl = 0x1d9,
    pat = 0x277,
    vmx_basic = 0x480,
    vmx_primary = 0x482,
    vmx_misc = 0x485,
    vmx_cr0_fixed0 = 0x486,
    vmx_cr0_fixed1 = 0x487,
    vmx_cr4_fixed0 = 0x488,
    vmx_cr4_fixed1 = 0x489,
    vmx_secondary = 0x48b,
    vmx_ept_vpid = 0x48c,
    vmx_true_pin = 0x48d,
    vmx_true_primary = 0x48e,
    vmx_true_exit = 0x48f,
    vmx_true_entry = 0x490,
    tsc_deadline = 0x6e0,
    x2apic_id = 0x802,
    x2apic_version = 0x803,
    x2apic_task_priority = 0x808,
    x2apic_eoi = 0x80b,
    x2apic_spurious = 0x80f,
    x2apic_in_service_7 = 0x817, // vectors 224..255
    x2apic_cmci = 0x82f,
    x2apic_command = 0x830,
    x2apic_timer = 0x832,
    x2apic_thermal = 0x833,
    x2apic_performance = 0x834,
    x2apic_lint0 = 0x835,
    x2apic_error = 0x837,
    efer = 0xc0000080,
    star = 0xc0000081,
    lstar = 0xc0000082,
    cstar = 0xc0000083,
    sfmask = 0xc0000084,
    fs_base = 0xc0000100,
    gs_base = 0xc0000101,
    kernel_gs_base = 0xc0000102,
    tsc_aux = 0xc0000103,
};

inline std::uint64_t read_msr(Msr msr)
{
    std::uint32_t low, high;
    asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
    return static_cast<std::uint64_t>(high) << 32 | low;
}
inline void write_msr(Msr msr, std::uint64_t value)
{
    asm volatile("wrmsr"
                 :
                 : "c"(msr), "a"(static_cast<std::uint32_t>(value)),
                   "d"(static_cast<std::uint32_t>(value >> 32))
                 : "memory");
}

namespace efer {
inline constexpr std::uint64_t sce = 1u << 0;
inline constexpr std::uint64_t lme = 1u << 8;
inline constexpr std::uint64_t lma = 1u << 10;
inline constexpr std::uint64_t nxe = 1u << 11;
} // namespace efer

} // namespace lintel
