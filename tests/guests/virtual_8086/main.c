// SPDX-License-Identifier: Apache-2.0
// Virtual-8086 mode.
//
// A 32-bit kernel without paging enters it by IRET; there instructions leave the guest while its
// segments have the form that VM entry demands for this mode and no other. CPUID works, VMCALL
// gives LINTEL_EPERM, RDMSR and HLT are #GP of the mode, a port of the hypervisor's reads ones.
// Each is done at several code segments, with data segments at the highest base. Class: VM-entry
// checks on the segments of odd modes (XSA-170, XSA-308 are their like).
#include <lintel/cpuid.h>
#include <lintel/status.h>

#include "modes.h"
#include "processor.h"
#include "result.h"
#include "trap.h"

void run_virtual_8086(void);
extern char v86_code[], v86_code_end[];

#define LOW 0x8000
volatile uint32_t v86_results[8]; // filled by main.S
uint32_t v86_segment;

void test(void)
{
    static const uint32_t segments[] = {0x800, 0x7ff, 0x123, 0x1, 0x0};
    char* const low = (char*)LOW;
    for (unsigned i = 0; v86_code + i != v86_code_end; ++i)
        low[i] = v86_code[i];
    for (unsigned round = 0; round < sizeof segments / sizeof segments[0]; ++round) {
        v86_segment = segments[round];
        for (unsigned i = 0; i < 8; ++i)
            v86_results[i] = 0;
        in_protected_mode(run_virtual_8086);
        load_traps(0); // the task register named a task of 32 bits
        expect_equal(v86_results[0], LINTEL_SIGNATURE_EBX);
        expect_equal((int32_t)v86_results[1], LINTEL_EPERM);
        expect_equal(v86_results[2] & 0xff, 0xff); // a refused port
        expect_equal(v86_results[3], 13);          // RDMSR
        expect_equal(v86_results[4], 13);          // HLT
        expect_equal(v86_results[5], 13);          // INT with IOPL 0: the way out
        expect(v86_results[6] >> 17 & 1);          // the frame says VM
    }
}
