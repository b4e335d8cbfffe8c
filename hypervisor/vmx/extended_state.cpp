// SPDX-License-Identifier: Apache-2.0
// Intel SDM Vol. 1, "Managing State Using the XSAVE Feature Set"; Vol. 2, XSAVE, XRSTOR, FXSAVE.
#include "vmx/extended_state.hpp"

#include "cpu/registers.hpp"
#include "cpu/xsave.hpp"

namespace lintel {

namespace {

constexpr std::size_t mxcsr_offset = 24, fcw_offset = 0;

bool has_msr(Msr msr)
{
    return msr != Msr::tsc_aux || machine_xsave().tsc_aux;
}

} // namespace

void ExtendedState::reset()
{
    constexpr std::uint32_t power_on_mxcsr = 0x1f80;
    constexpr std::uint16_t power_on_fcw = 0x37f; // FXRSTOR takes it from here, XRSTOR knows it
    constexpr std::uint64_t power_on_dr6 = 0xffff'0ff0;
    *this = {};
    __builtin_memcpy(&xsave_[mxcsr_offset], &power_on_mxcsr, sizeof power_on_mxcsr);
    __builtin_memcpy(&xsave_[fcw_offset], &power_on_fcw, sizeof power_on_fcw);
    xcr0_ = xcr0::x87;
    dr6_ = power_on_dr6;
}

// All components, whatever the guest has enabled at the moment: what it disabled keeps its content,
// and must not be seen by the next vCPU.
void ExtendedState::save()
{
    if (machine_xsave().present) {
        xcr0_ = read_xcr0();
        write_xcr0(machine_xsave().components);
        asm volatile("xsave64 %0" : "+m"(xsave_) : "a"(~0u), "d"(~0u));
    } else {
        asm volatile("fxsave64 %0" : "+m"(xsave_));
    }
    cr2_ = read_cr2();
    dr_ = read_dr_0_to_3();
    dr6_ = read_dr6();
    for (std::size_t at = 0; at < msrs.size(); ++at)
        if (has_msr(msrs[at]))
            msr_[at] = read_msr(msrs[at]);
}

void ExtendedState::load() const
{
    if (machine_xsave().present) {
        write_xcr0(machine_xsave().components);
        asm volatile("xrstor64 %0" : : "m"(xsave_), "a"(~0u), "d"(~0u));
        write_xcr0(xcr0_);
    } else {
        asm volatile("fxrstor64 %0" : : "m"(xsave_));
    }
    write_cr2(cr2_);
    write_dr_0_to_3(dr_);
    write_dr6(dr6_);
    for (std::size_t at = 0; at < msrs.size(); ++at)
        if (has_msr(msrs[at]))
            write_msr(msrs[at], msr_[at]);
}

} // namespace lintel
