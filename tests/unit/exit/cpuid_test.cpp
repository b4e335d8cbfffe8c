// SPDX-License-Identifier: Apache-2.0
// CPUID as guests see it, on a processor that claims every feature there is and on one that claims
// none.
#include "exit/cpuid.hpp"

#include <array>
#include <cstring>

#include <gtest/gtest.h>

#include <lintel/cpuid.h>
#include <lintel/seal.h>

namespace lintel {
namespace {

constexpr CpuidLeaf everything{~0u, ~0u, ~0u, ~0u};

// Leaf 7 EDX: exit/arch_capabilities.hpp answers for every processor.
constexpr std::uint32_t arch_capabilities = 1u << 29;

CpuidLeaf ask(std::uint32_t leaf, std::uint32_t subleaf = 0, const CpuidView& view = {},
              CpuidLeaf native = everything)
{
    return guest_cpuid(leaf, subleaf, native, view);
}
bool has(std::uint32_t word, unsigned bit)
{
    return (word >> bit & 1) != 0;
}

TEST(Cpuid, domain_that_may_seal_is_told_and_sees_no_pcid)
{
    constexpr unsigned pcid = 17;
    EXPECT_TRUE(has(ask(1).ecx, pcid));
    EXPECT_FALSE(has(ask(1, 0, {.features = LINTEL_FEATURE_SEAL}).ecx, pcid));
    EXPECT_EQ(ask(LINTEL_CPUID_INFO, 0, {.features = 5}).ebx, 5u);
}

TEST(Cpuid, features_of_the_hypervisor_are_hidden)
{
    const CpuidLeaf one = ask(1);
    // MONITOR, VMX, SMX, EIST, performance capabilities, x2APIC, TSC deadline, OSXSAVE.
    for (const unsigned bit : {3, 5, 6, 7, 15, 21, 24, 27})
        EXPECT_FALSE(has(one.ecx, bit)) << bit;
    // MCE, APIC, MTRR, MCA, DS, ACPI, thermal monitor, PBE.
    for (const unsigned bit : {7, 9, 12, 14, 21, 22, 29, 31})
        EXPECT_FALSE(has(one.edx, bit)) << bit;
}

TEST(Cpuid, what_guests_compute_with_is_shown)
{
    const CpuidLeaf one = ask(1);
    for (const unsigned bit : {0 /* SSE3 */, 13 /* CX16 */, 17 /* PCID */, 20, 26 /* XSAVE */, 28})
        EXPECT_TRUE(has(one.ecx, bit)) << bit;
    for (const unsigned bit :
         {0 /* FPU */, 3 /* PSE */, 4 /* TSC */, 6 /* PAE */, 13, 26 /* SSE2 */})
        EXPECT_TRUE(has(one.edx, bit)) << bit;
}

TEST(Cpuid, hypervisor_bit_is_set_and_osxsave_follows_the_guests_cr4)
{
    constexpr CpuidLeaf nothing{};
    EXPECT_EQ(ask(1, 0, {}, nothing).ecx, 1u << 31);
    EXPECT_EQ(ask(1, 0, {.osxsave = true}, nothing).ecx, 1u << 31 | 1u << 27);
}

TEST(Cpuid, ospke_follows_the_guests_cr4)
{
    EXPECT_FALSE(has(ask(7).ecx, 4));
    EXPECT_TRUE(has(ask(7, 0, {.ospke = true}).ecx, 4));
}

TEST(Cpuid, features_the_processor_lacks_are_not_made_up)
{
    constexpr CpuidLeaf nothing{};
    EXPECT_EQ(ask(1, 0, {}, nothing).edx, 0u);
    EXPECT_EQ(ask(7, 0, {}, nothing), (CpuidLeaf{0, 0, 0, arch_capabilities}));
    EXPECT_EQ(ask(0xd, 1, {}, nothing), nothing);
    EXPECT_EQ(ask(0x8000'0001, 0, {}, nothing), nothing);
}

TEST(Cpuid, leaf_7_hides_what_needs_msrs_or_root_mode)
{
    const CpuidLeaf seven = ask(7);
    EXPECT_EQ(seven.eax, 0u); // no further subleaves
    for (const unsigned bit :
         {1 /* TSC_ADJUST */, 2 /* SGX */, 4 /* HLE */, 11 /* RTM */, 12, 15, 25})
        EXPECT_FALSE(has(seven.ebx, bit)) << bit;
    for (const unsigned bit : {5 /* WAITPKG */, 7 /* CET */, 13, 16 /* LA57 */, 30})
        EXPECT_FALSE(has(seven.ecx, bit)) << bit;
    for (const unsigned bit : {20 /* CET */, 24 /* AMX */, 26 /* SPEC_CTRL */, 27, 31})
        EXPECT_FALSE(has(seven.edx, bit)) << bit;
    EXPECT_EQ(seven.edx & arch_capabilities, arch_capabilities);
    EXPECT_EQ(ask(7, 1), CpuidLeaf{});
}

TEST(Cpuid, leaves_of_hidden_features_are_empty)
{
    // MONITOR, power, performance counters, RDT, SGX, processor trace, and beyond the last.
    for (const std::uint32_t leaf :
         {0x3u, 0x5u, 0x6u, 0xau, 0xfu, 0x10u, 0x12u, 0x14u, 0x17u, 0x1fu, 0x20u, 0x3fff'ffffu})
        EXPECT_EQ(ask(leaf), CpuidLeaf{}) << std::hex << leaf;
}

// What has_subleaves() denies is answered, and may be remembered, without a look at ECX.
TEST(Cpuid, leaves_without_subleaves_do_not_look_at_ecx)
{
    for (const std::uint32_t start : {0u, 0x4000'0000u, 0x8000'0000u})
        for (std::uint32_t leaf = start; leaf < start + 0x20; ++leaf)
            EXPECT_TRUE(has_subleaves(leaf) || ask(leaf, 0) == ask(leaf, 5)) << std::hex << leaf;
    for (const std::uint32_t leaf : {0x4u, 0x7u, 0xbu, 0xdu})
        EXPECT_TRUE(has_subleaves(leaf)) << std::hex << leaf;
}

TEST(Cpuid, highest_leaves_are_limited_and_never_raised)
{
    EXPECT_EQ(ask(0).eax, 0x16u);
    EXPECT_EQ(ask(0, 0, {}, {0xb, 1, 2, 3}), (CpuidLeaf{0xb, 1, 2, 3}));
    EXPECT_EQ(ask(0x8000'0000).eax, 0x8000'0008u);
    EXPECT_EQ(ask(0x8000'0009), CpuidLeaf{});
    EXPECT_EQ(ask(~0u), CpuidLeaf{});
    EXPECT_FALSE(has(ask(0x8000'0001).ecx, 2)); // SVM
}

// State components that XSETBV refuses (exit/xsetbv.hpp) are not offered either.
TEST(Cpuid, xsave_leaf_shows_the_components_guests_may_enable)
{
    constexpr std::uint32_t components = 0x2ff; // without processor trace and AMX
    EXPECT_EQ(ask(0xd, 0).eax, components);
    EXPECT_EQ(ask(0xd, 0).edx, 0u);
    // XSAVEOPT, XSAVEC, XGETBV1; no XSAVES, no XFD, no supervisor components.
    EXPECT_EQ(ask(0xd, 1), (CpuidLeaf{7, ~0u, 0, 0}));
    EXPECT_EQ(ask(0xd, 1, {.xsavec = false}), (CpuidLeaf{5, 0, 0, 0}));
    EXPECT_EQ(ask(0xd, 2), everything);
    EXPECT_EQ(ask(0xd, 8), CpuidLeaf{});
    EXPECT_EQ(ask(0xd, 17), CpuidLeaf{});
    EXPECT_EQ(ask(0xd, 63), CpuidLeaf{});
    EXPECT_EQ(ask(0xd, 64 + 2), CpuidLeaf{});
}

TEST(Cpuid, own_leaves_tell_signature_revision_and_place_of_the_information_page)
{
    const CpuidLeaf signature = ask(LINTEL_CPUID_SIGNATURE);
    std::array<char, 12> text;
    std::memcpy(text.data(), &signature.ebx, text.size());
    EXPECT_EQ((std::string_view{text.data(), text.size()}), "LintelLintel");
    EXPECT_EQ(signature.eax, LINTEL_CPUID_LAST);

    const CpuidLeaf info = ask(LINTEL_CPUID_INFO, 0, {.info_address = 0x12'3456'7000});
    EXPECT_EQ(info, (CpuidLeaf{LINTEL_ABI_REVISION, 0, 0x3456'7000, 0x12}));
    const CpuidLeaf vcpu = ask(LINTEL_CPUID_VCPU, 0, {.vcpu = 3, .vcpus = 4, .tsc_khz = 2'893'301});
    EXPECT_EQ(vcpu, (CpuidLeaf{3, 2'893'301, 0, 0}));
    EXPECT_EQ(ask(LINTEL_CPUID_LAST + 1), CpuidLeaf{});
    EXPECT_EQ(ask(0x7fff'ffff), CpuidLeaf{});
}

TEST(Cpuid, frequency_leaves_tell_the_true_tsc)
{
    constexpr std::uint64_t khz = 2'893'301;
    const CpuidLeaf tsc = ask(0x15, 0, {.tsc_khz = khz});
    EXPECT_EQ(std::uint64_t{tsc.ecx} * tsc.ebx / tsc.eax, khz * 1000);
    EXPECT_EQ(ask(0x16, 0, {.tsc_khz = khz}).eax, khz / 1000);
}

class Topology : public testing::TestWithParam<std::uint32_t> {};

// One package of single-threaded cores: identifiers must be distinct, and every level must agree.
TEST_P(Topology, every_leaf_tells_the_same_number_of_cores)
{
    const std::uint32_t vcpus = GetParam();
    for (std::uint32_t vcpu = 0; vcpu < vcpus; ++vcpu) {
        const CpuidView view{.vcpu = vcpu, .vcpus = vcpus};
        const CpuidLeaf one = ask(1, 0, view), threads = ask(0xb, 0, view),
                        cores = ask(0xb, 1, view);
        EXPECT_EQ(one.ebx >> 24, vcpu);
        EXPECT_EQ(has(one.edx, 28), vcpus > 1);
        EXPECT_GE(one.ebx >> 16 & 0xff, vcpus);
        EXPECT_EQ(threads, (CpuidLeaf{0, 1, 0x100, vcpu}));
        EXPECT_EQ(cores.ebx, vcpus);
        EXPECT_EQ(cores.ecx, 0x201u);
        EXPECT_EQ(cores.edx, vcpu);
        EXPECT_EQ(vcpu >> cores.eax, 0u);                               // all in one package
        EXPECT_TRUE(vcpus == 1 || (vcpus - 1) >> (cores.eax - 1) != 0); // and no bit too many
        EXPECT_EQ(ask(0xb, 2, view), (CpuidLeaf{0, 0, 2, vcpu}));
    }
}

TEST_P(Topology, caches_belong_to_one_core_each)
{
    const CpuidLeaf cache = ask(4, 0, {.vcpus = GetParam()}, {0xfc00'4121, 1, 2, 3});
    EXPECT_EQ(cache.eax >> 14 & 0xfff, 0u);
    EXPECT_GE((cache.eax >> 26) + 1, GetParam());
    EXPECT_EQ(cache.eax & 0x3fff, 0x121u);
    EXPECT_EQ(ask(4, 9, {}, {0, 1, 2, 3}), CpuidLeaf{});
}

INSTANTIATE_TEST_SUITE_P(Vcpus, Topology, testing::Values(1, 2, 3, 4, 5, 8, 17, 48));

} // namespace
} // namespace lintel
