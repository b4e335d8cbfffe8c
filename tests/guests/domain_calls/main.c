// SPDX-License-Identifier: Apache-2.0
// dom0's calls on domains with every wrong argument.
//
// Each error of docs/abi/domains.md, three times, then the same call with success; after all of them
// the machine has as many frames and domains as before. Class: XSA-277 (lock left held on an error
// path), XSA-496 (an error path frees what is another's), range checks that wrap.
#include "domain.h"
#include "hypercall.h"
#include "paging.h"
#include "result.h"
#include "window.h"

#define FRAMES 2048ull

static uint64_t domain;

static void refused(const char* what, int64_t status, uint64_t call, uint64_t a, uint64_t b, uint64_t c,
                    uint64_t d)
{
    for (unsigned i = 0; i < 3; ++i) {
        const int64_t result = hypercall(call, a, b, c, d, 0);
        if (result != status)
            print("%s: %lx %lx %lx %lx", what, a, b, c, d);
        expect_equal(result, status);
    }
}

#define BAD_FIELD(field, value)                                                                   \
    do {                                                                                          \
        struct lintel_domain_create wanted = usual_domain(1, FRAMES);                             \
        wanted.field = value;                                                                     \
        refused(#field, LINTEL_EINVAL, LINTEL_HC_domain_create, (uintptr_t)&wanted, 0, 0, 0);     \
    } while (0)

static void check_create(void)
{
    static struct lintel_domain_create good;
    good = usual_domain(1, FRAMES);
    BAD_FIELD(vcpus, 0);
    BAD_FIELD(vcpus, 33);
    BAD_FIELD(event_ports, 0);
    BAD_FIELD(event_ports, 65);
    BAD_FIELD(event_ports, 4160);
    BAD_FIELD(grant_entries, 0);
    BAD_FIELD(grant_entries, 513);
    BAD_FIELD(grant_entries, 33280);
    BAD_FIELD(mappings, 65537);
    BAD_FIELD(max_frames, 0);
    BAD_FIELD(shared_gpa, 0xf0001000);
    BAD_FIELD(shared_gpa, 0xf0000000 | 1ull << 60);
    BAD_FIELD(shared_gpa, 0 - 0x200000ull);
    BAD_FIELD(foreign_gpa, 0x140001000);
    BAD_FIELD(foreign_gpa, 0xf0000000);
    BAD_FIELD(foreign_frames, 1ull << 52);
    BAD_FIELD(foreign_frames, ~0ull);
    BAD_FIELD(devices_gpa, 0xf0200008);
    BAD_FIELD(devices_gpa, 0xf01ff000);
    BAD_FIELD(devices_gpa, 0x140000000);
    BAD_FIELD(devices_gpa, 1ull << 60);
    BAD_FIELD(flags, 1);
    BAD_FIELD(reserved[0], 1);
    BAD_FIELD(reserved[2], 1ull << 63);
    BAD_FIELD(sealed_frames, 1); // it is not to seal
    BAD_FIELD(flags, 8);
    refused("unaligned", LINTEL_EINVAL, LINTEL_HC_domain_create, (uintptr_t)&good + 4, 0, 0, 0);
    refused("flags", LINTEL_EINVAL, LINTEL_HC_domain_create, (uintptr_t)&good, 1, 0, 0);
    refused("no RAM", LINTEL_EFAULT, LINTEL_HC_domain_create, info_address(), 0, 0, 0);
    refused("no RAM", LINTEL_EFAULT, LINTEL_HC_domain_create, 0xfee00000, 0, 0, 0);
    domain = make_domain(&good);
}

static void check_populate(void)
{
    const uint64_t call = LINTEL_HC_domain_populate;
    refused("unaligned", LINTEL_EINVAL, call, domain, 0x1001, 1, 0);
    refused("nothing", LINTEL_EINVAL, call, domain, 0x1000, 0, 0);
    refused("flags", LINTEL_EINVAL, call, domain, 0x1000, 1, 1ull << 63);
    refused("shared pages", LINTEL_EFAULT, call, domain, 0xf0000000, 1, 0);
    refused("shared pages", LINTEL_EFAULT, call, domain, 0xf01ff000, 1, 0);
    refused("foreign window", LINTEL_EFAULT, call, domain, 0x140000000, 1, 0);
    for (unsigned bit = 47; bit < 64; ++bit)
        refused("far", LINTEL_EFAULT, call, domain, 1ull << bit, 1, 0);
    refused("last page", LINTEL_EFAULT, call, domain, ~0xfffull, ~0ull, 0);
    expect_equal(domain_populate(domain, 0xf0200000, 4), 4);
    refused("there already", LINTEL_EFAULT, call, domain, 0xf0203000, 1, 0);
    expect_equal(domain_populate(domain, 0xefffe000, 5), 2); // up to the shared pages
    populate_all(domain, 0, FRAMES - 6);
    refused("full", LINTEL_ENOSPC, call, domain, FRAMES * 4096, 1, 0);
    expect_equal(info_of(domain).frames, FRAMES);
}

static void check_start(void)
{
    static struct lintel_domain_start start;
    const uint64_t call = LINTEL_HC_domain_start, at = (uintptr_t)&start;
    start = (struct lintel_domain_start){.reserved0 = 1};
    refused("reserved0", LINTEL_EINVAL, call, domain, at, 0, 0);
    start = (struct lintel_domain_start){.start_info = 1ull << 32};
    refused("start_info", LINTEL_EINVAL, call, domain, at, 0, 0);
    start = (struct lintel_domain_start){.reserved = {0, 1}};
    refused("reserved", LINTEL_EINVAL, call, domain, at, 0, 0);
    start = (struct lintel_domain_start){.entry = 0x100000};
    refused("unaligned", LINTEL_EINVAL, call, domain, at + 4, 0, 0);
    refused("flags", LINTEL_EINVAL, call, domain, at, 1, 0);
    refused("no RAM", LINTEL_EFAULT, call, domain, info_address(), 0, 0);
    expect_equal(domain_start(domain, at), 0);
    refused("twice", LINTEL_EEXIST, call, domain, at, 0, 0);
    expect_equal(info_of(domain).state, LINTEL_DOMAIN_PAUSED);
}

static void check_information(void)
{
    static struct lintel_domain_info found;
    const uint64_t at = (uintptr_t)&found;
    refused("unaligned", LINTEL_EINVAL, LINTEL_HC_domain_info, domain, at + 4, 0, 0);
    refused("flags", LINTEL_EINVAL, LINTEL_HC_domain_info, domain, at, 2, 0);
    refused("no RAM", LINTEL_EFAULT, LINTEL_HC_domain_info, domain, info_address(), 0, 0);
    refused("nobody", LINTEL_ENOENT, LINTEL_HC_domain_info, domain + 1, at, 0, 0);
    refused("nobody", LINTEL_ENOENT, LINTEL_HC_domain_info, domain + 1, at, LINTEL_DOMAIN_INFO_NEXT, 0);
    expect_equal(domain_info(1, at, LINTEL_DOMAIN_INFO_NEXT), 0);
    expect_equal(found.domain, domain);
    expect_equal(domain_info(LINTEL_DOMAIN_SELF, at, 0), 0);
    expect_equal(found.domain, 0);
    expect_equal(found.state, LINTEL_DOMAIN_RUNNING);
    expect(found.cpu_ns != 0);
    refused("unaligned", LINTEL_EINVAL, LINTEL_HC_machine_info, at + 4, 0, 0, 0);
    refused("flags", LINTEL_EINVAL, LINTEL_HC_machine_info, at, 1, 0, 0);
    refused("no RAM", LINTEL_EFAULT, LINTEL_HC_machine_info, info_address(), 0, 0, 0);
}

static void check_log(void)
{
    static char buffer[4096] __attribute__((aligned(8)));
    const uint64_t call = LINTEL_HC_log_read, at = (uintptr_t)buffer;
    refused("small", LINTEL_EINVAL, call, 0, at, 16, 0);
    refused("large", LINTEL_EINVAL, call, 0, at, 4097, 0);
    refused("beyond", LINTEL_EINVAL, call, 1ull << 40, at, 4096, 0);
    refused("unaligned", LINTEL_EINVAL, call, 0, at + 1, 64, 0);
    refused("flags", LINTEL_EINVAL, call, 0, at, 64, 1);
    refused("no RAM", LINTEL_EFAULT, call, 0, info_address(), 64, 0);
    expect(log_read(0, at, sizeof buffer) > 16);
    expect(buffer[16] == '(' && buffer[17] == 'l'); // "(lintel) [...
}

static void check_numbers(void)
{
    static const uint64_t calls[] = {LINTEL_HC_domain_destroy, LINTEL_HC_domain_pause,
                                     LINTEL_HC_domain_unpause, LINTEL_HC_domain_shutdown};
    for (unsigned i = 0; i < sizeof calls / sizeof calls[0]; ++i) {
        refused("nobody", LINTEL_ENOENT, calls[i], domain + 1, 0, 0, 0);
        refused("another generation", LINTEL_ENOENT, calls[i], domain + 128, 0, 0, 0);
        refused("wide", LINTEL_ENOENT, calls[i], domain | 1ull << 32, 0, 0, 0);
        refused("dom0", LINTEL_EPERM, calls[i], 0, 0, 0, 0);
        refused("self", LINTEL_EPERM, calls[i], LINTEL_DOMAIN_SELF, 0, 0, 0);
    }
    refused("reason", LINTEL_EINVAL, LINTEL_HC_domain_shutdown, domain, 2, 0, 0);
    refused("dom0 is not asked", LINTEL_ENOENT, LINTEL_HC_shutdown_wanted, 0, 0, 0, 0);
    expect_equal(domain_shutdown(domain, LINTEL_SHUTDOWN_REBOOT), 0);
}

void test(void)
{
    const struct lintel_machine_info before = info_of_machine();
    check_create();
    check_numbers();
    check_populate();
    check_start();
    check_information();
    check_log();
    destroy_all(domain);
    expect_equal(info_of_machine().free_frames, before.free_frames);
    expect_equal(info_of_machine().domains, before.domains);
}
