// SPDX-License-Identifier: Apache-2.0
// VMREAD, VMWRITE and their kin. A failure here is always ours: a field that does not exist or no
// current VMCS. Intel SDM Vol. 3, "Conventions" of the VMX instruction reference.
#pragma once

#include <cstdint>

#include "mm/frame.hpp"
#include "support/assert.hpp"

namespace lintel::vmcs {

struct MachinePort {
    static std::uint64_t vmread(std::uint32_t encoding)
    {
        std::uint64_t value;
        bool failed;
        asm volatile("vmread %2, %0"
                     : "=rm"(value), "=@ccbe"(failed)
                     : "r"(std::uint64_t{encoding}));
        assert_slow(!failed);
        return value;
    }
    static void vmwrite(std::uint32_t encoding, std::uint64_t value)
    {
        bool failed;
        asm volatile("vmwrite %1, %2"
                     : "=@ccbe"(failed)
                     : "rm"(value), "r"(std::uint64_t{encoding})
                     : "memory");
        assert(!failed);
    }
};

inline bool vmxon(Mfn region)
{
    const std::uint64_t address = region.address();
    bool failed;
    asm volatile("vmxon %1" : "=@ccbe"(failed) : "m"(address) : "memory");
    return !failed;
}
inline void vmclear(Mfn region)
{
    const std::uint64_t address = region.address();
    bool failed;
    asm volatile("vmclear %1" : "=@ccbe"(failed) : "m"(address) : "memory");
    assert(!failed);
}
inline void vmptrld(Mfn region)
{
    const std::uint64_t address = region.address();
    bool failed;
    asm volatile("vmptrld %1" : "=@ccbe"(failed) : "m"(address) : "memory");
    assert(!failed);
}
// All translations that were derived from this EPT pointer, on the calling CPU.
inline void invept(std::uint64_t ept_pointer)
{
    constexpr std::uint64_t single_context = 1;
    const std::uint64_t descriptor[2] = {ept_pointer, 0};
    bool failed;
    asm volatile("invept %1, %2"
                 : "=@ccbe"(failed)
                 : "m"(descriptor), "r"(single_context)
                 : "memory");
    assert(!failed);
}

// What belongs to a VPID, but for global translations, on the calling CPU: as MOV to CR3 does.
inline void invvpid_but_globals(std::uint16_t vpid)
{
    constexpr std::uint64_t single_context_but_globals = 3;
    const std::uint64_t descriptor[2] = {vpid, 0};
    bool failed;
    asm volatile("invvpid %1, %2"
                 : "=@ccbe"(failed)
                 : "m"(descriptor), "r"(single_context_but_globals)
                 : "memory");
    assert(!failed);
}

// Everything the processor may have cached for guests, whoever ran them before us. Intel SDM Vol.
// 3, "Guidelines for Use of the INVEPT Instruction" and "... INVVPID Instruction".
inline void invalidate_all()
{
    constexpr std::uint64_t all_contexts = 2;
    const std::uint64_t descriptor[2] = {};
    bool ept_failed, vpid_failed;
    asm volatile("invept %1, %2"
                 : "=@ccbe"(ept_failed)
                 : "m"(descriptor), "r"(all_contexts)
                 : "memory");
    asm volatile("invvpid %1, %2"
                 : "=@ccbe"(vpid_failed)
                 : "m"(descriptor), "r"(all_contexts)
                 : "memory");
    assert(!ept_failed && !vpid_failed);
}

} // namespace lintel::vmcs
