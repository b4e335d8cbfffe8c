// SPDX-License-Identifier: Apache-2.0
// What a vCPU needs for a seal, what is fixed by it, and the roots that it loads without an exit.
#include "vmx/pinned_state.hpp"

#include <gtest/gtest.h>

#include "fakes/fake_vmcs.hpp"
#include "vmx/control_register_bits.hpp"

namespace lintel {
namespace {

constexpr std::uint64_t fit_cr0 = cr0::pe | cr0::pg | cr0::wp, fit_cr4 = cr4::pae | cr4::smep,
                        fit_efer = 0xd01;

FakeVmcs fit()
{
    FakeVmcs port;
    port.set(vmcs::guest_cr0, fit_cr0).set(vmcs::guest_cr4, fit_cr4).set(vmcs::guest_efer, fit_efer);
    port.set(vmcs::cr0_mask, cr0_host_owned).set(vmcs::cr4_mask, ~cr4_guest_owned);
    return port;
}

TEST(PinnedState, every_bit_that_a_seal_relies_on_is_needed)
{
    FakeVmcs port = fit();
    EXPECT_TRUE(has_sealable_state(port));
    for (const std::uint64_t bit : {cr0::pg, cr0::wp}) {
        port = fit();
        EXPECT_FALSE(has_sealable_state(port.set(vmcs::guest_cr0, fit_cr0 & ~bit)));
    }
    for (const std::uint64_t value : {fit_cr4 & ~cr4::pae, fit_cr4 & ~cr4::smep, fit_cr4 | cr4::pcide}) {
        port = fit();
        EXPECT_FALSE(has_sealable_state(port.set(vmcs::guest_cr4, value)));
    }
    for (const std::uint64_t bit : {efer::lma, efer::nxe}) {
        port = fit();
        EXPECT_FALSE(has_sealable_state(port.set(vmcs::guest_efer, fit_efer & ~bit)));
    }
}

TEST(PinnedState, the_bits_exit_from_now_on_and_read_as_they_are)
{
    FakeVmcs port = fit();
    port.set(vmcs::primary_controls, 0x100u).set(vmcs::cr4_shadow, cr4_pinned);
    pin_state(port, cr4::smap);
    EXPECT_EQ(port.get(vmcs::primary_controls), 0x100u | primary::cr3_load);
    EXPECT_EQ(port.get(vmcs::cr0_mask), cr0_host_owned | cr0::wp);
    EXPECT_EQ(port.get(vmcs::cr0_shadow) & cr0::wp, cr0::wp);
    EXPECT_EQ(port.get(vmcs::guest_cr4), fit_cr4 | cr4::smap);
    EXPECT_EQ(port.get(vmcs::cr4_mask), ~cr4_guest_owned | cr4_pinned);
    EXPECT_EQ(port.get(vmcs::cr4_shadow) & cr4_pinned, fit_cr4 | cr4::smap);
}

TEST(RecentRoots, the_last_ones_are_targets)
{
    FakeVmcs port;
    RecentRoots roots;
    roots.reset(port, 2);
    EXPECT_EQ(port.get(vmcs::cr3_target_count), 0u);
    for (const std::uint64_t page : {5, 5, 6})
        roots.add(port, Gfn{page});
    EXPECT_EQ(port.get(vmcs::cr3_target_count), 2u);
    EXPECT_EQ(port.get(vmcs::cr3_targets[1]), Gfn{6}.address());
    roots.add(port, Gfn{7}); // the oldest goes
    EXPECT_EQ(port.get(vmcs::cr3_targets[0]), Gfn{7}.address());
    EXPECT_FALSE(roots.has({Gfn{5}, 1}));
    EXPECT_TRUE(roots.has({Gfn{5}, 2}));
    roots.drop(port, Gfn{7}, [](Gfn root) { return root == Gfn{6}; });
    EXPECT_FALSE(roots.has({Gfn{6}, 1}));
    EXPECT_EQ(port.get(vmcs::cr3_targets[1]), Gfn{7}.address());
}

TEST(RecentRoots, processor_without_targets_gets_none)
{
    FakeVmcs port;
    RecentRoots roots;
    roots.reset(port, 0);
    roots.add(port, Gfn{5});
    EXPECT_EQ(port.get(vmcs::cr3_target_count), 0u);
    EXPECT_FALSE(port.was_written(vmcs::cr3_targets[0]));
    roots.reset(port, 99);
    for (std::uint64_t page = 1; page < 10; ++page)
        roots.add(port, Gfn{page});
    EXPECT_EQ(port.get(vmcs::cr3_target_count), RecentRoots::most);
}

} // namespace
} // namespace lintel
