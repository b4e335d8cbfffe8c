// SPDX-License-Identifier: Apache-2.0
// What a processor has to be in while it runs a sealed domain, and stays in: otherwise tables that no store
// reaches would keep nothing. Contract: docs/abi/sealed.md#the-processor-once-sealed.
#pragma once

#include <array>
#include <cstdint>

#include "cpu/msr.hpp"
#include "cpu/registers.hpp"
#include "mm/frame.hpp"
#include "vmx/controls.hpp"
#include "vmx/vmcs_fields.hpp"

namespace lintel {

// Bits that are kept as they are when they are set, and one that is kept clear.
inline constexpr std::uint64_t cr0_kept_set = cr0::pg | cr0::wp;
inline constexpr std::uint64_t cr4_kept_set = cr4::pae | cr4::smep | cr4::smap;
inline constexpr std::uint64_t cr4_pinned = cr4_kept_set | cr4::pcide;

// Whether a vCPU in this state may go on sealed; its root is another matter.
bool has_sealable_state(vmcs::Port auto& port)
{
    constexpr std::uint64_t needed_efer = efer::lma | efer::nxe, needed_cr4 = cr4::pae | cr4::smep;
    return (vmcs::read(port, vmcs::guest_cr0) & cr0_kept_set) == cr0_kept_set &&
           (vmcs::read(port, vmcs::guest_efer) & needed_efer) == needed_efer &&
           (vmcs::read(port, vmcs::guest_cr4) & (needed_cr4 | cr4::pcide)) == needed_cr4;
}

// From now on changes of CR3, and of these bits, leave the guest. `cr4` has bits that are set at once.
void pin_state(vmcs::Port auto& port, std::uint64_t cr4)
{
    vmcs::write(port, vmcs::primary_controls,
                vmcs::read(port, vmcs::primary_controls) | primary::cr3_load);
    vmcs::write(port, vmcs::cr0_mask, vmcs::read(port, vmcs::cr0_mask) | cr0::wp);
    vmcs::write(port, vmcs::cr0_shadow, vmcs::read(port, vmcs::cr0_shadow) | cr0::wp);
    const std::uint64_t now = vmcs::read(port, vmcs::guest_cr4) | cr4;
    vmcs::write(port, vmcs::guest_cr4, now);
    const std::uint64_t mask = vmcs::read(port, vmcs::cr4_mask);
    vmcs::write(port, vmcs::cr4_shadow,
                (vmcs::read(port, vmcs::cr4_shadow) & mask) | (now & ~mask));
    vmcs::write(port, vmcs::cr4_mask, mask | cr4_pinned);
}

// The roots that a vCPU used last: it loads one of them without leaving the guest. Intel SDM Vol. 3,
// "CR3-Target Controls".
class RecentRoots {
public:
    static constexpr unsigned most = 4;

    // How many the processor takes.
    void reset(vmcs::Port auto& port, unsigned count)
    {
        count_ = count < most ? count : most;
        used_ = next_ = 0;
        vmcs::write(port, vmcs::cr3_target_count, 0);
    }
    void add(vmcs::Port auto& port, Gfn root)
    {
        if (count_ == 0 || has({root, 1}))
            return;
        roots_[next_] = root;
        vmcs::write(port, vmcs::cr3_targets[next_], root.address());
        next_ = (next_ + 1) % count_;
        if (used_ < count_)
            vmcs::write(port, vmcs::cr3_target_count, ++used_);
    }
    bool has(GfnRange pages) const
    {
        for (unsigned i = 0; i < used_; ++i)
            if (pages.contains(roots_[i]))
                return true;
        return false;
    }

    // Those for which `gone(root)` holds give way to another.
    void drop(vmcs::Port auto& port, Gfn instead, auto gone)
    {
        for (unsigned i = 0; i < used_; ++i)
            if (gone(roots_[i])) {
                roots_[i] = instead;
                vmcs::write(port, vmcs::cr3_targets[i], instead.address());
            }
    }

private:
    std::array<Gfn, most> roots_{};
    unsigned count_ = 0, used_ = 0, next_ = 0;
};

} // namespace lintel
