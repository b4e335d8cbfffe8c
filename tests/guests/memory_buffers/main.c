// SPDX-License-Identifier: Apache-2.0
// Released memory as the buffer of a hypercall.
//
// What was given back is not the caller's RAM any more: console_write, console_read, time_register,
// vcpu_start and msi_bind must give LINTEL_EFAULT for it, also where only the end of the buffer
// lies there, and again take it once it was claimed. Class: buffers checked against a state that
// has changed (XSA-401, XSA-408).
#include "hypercall.h"
#include "paging.h"
#include "result.h"
#include "start_info.h"

static void refused(uint64_t gone)
{
    expect_equal(console_write(gone, 1), LINTEL_EFAULT);
    expect_equal(console_read(gone, 1), LINTEL_EFAULT);
    expect_equal(console_write(gone - 8, 16), LINTEL_EFAULT);
    expect_equal(console_read(gone - 8, 16), LINTEL_EFAULT);
    expect_equal(console_write(gone + SMALL_PAGE - 8, 16), LINTEL_EFAULT);
    expect_equal(time_register(0, gone), LINTEL_EFAULT);
    expect_equal(time_register(0, gone + SMALL_PAGE - 32), LINTEL_EFAULT);
    expect_equal(vcpu_start(0, gone), LINTEL_EFAULT);
    expect_equal(vcpu_start(0, gone - 8), LINTEL_EFAULT);
    expect_equal(vcpu_start(0, gone + SMALL_PAGE - 8), LINTEL_EFAULT);
    expect_equal(msi_bind(gone, 0), LINTEL_EFAULT);
    expect_equal(msi_bind(gone - 8, 0), LINTEL_EFAULT);
}

void test(void)
{
    const uint64_t area = spare_ram(LARGE_PAGE);
    for (unsigned index = 1; index < 512; index += 85) {
        const uint64_t page = area + index * SMALL_PAGE;
        expect_equal(memory_release(page, 1), 1);
        refused(page);
        expect_equal(memory_claim(page, 1), 1);
        *(char*)page = '.';
        *(char*)(page + 1) = '\n';
        expect_equal(console_write(page, 2), 2);
        expect_equal(time_register(0, page), 0);
    }
    expect_equal(event_bind_ipi(0), 1); // msi_bind bound nothing
}
