// SPDX-License-Identifier: Apache-2.0
// What a sealed child's processor must keep: paging, its protections, and a root.
//
// Paging, PAE, WP, SMEP, SMAP, LME and NXE are switched off, PCIDE and LA57 on, CR3 is loaded with
// what is no root, by every way there is: #GP, and nothing has changed. vCPUs start with sealed
// roots only, and have SMEP and SMAP then. A vCPU that is not as it has to be when another seals
// ends the domain. Class: XSA-148 by another door: a check of tables is worth nothing to who can
// leave them.
#include "domain.h"
#include "paging.h"
#include "processor.h"
#include "result.h"
#include "sealed.h"
#include "smp.h"
#include "trap.h"

#define EFER 0xc0000080u
#define SMEP_SMAP (3ull << 20)
#define DONATED (CHILD_RAM + 32 * SMALL_PAGE)

static void load_cr0(void* value)
{
    write_cr0((uintptr_t)value);
}
static void load_cr3(void* value)
{
    write_cr3((uintptr_t)value);
}
static void load_cr4(void* value)
{
    write_cr4((uintptr_t)value);
}
static void load_efer(void* value)
{
    write_msr(EFER, (uintptr_t)value);
}

static void expect_gp(excursion_function load, uint64_t value)
{
    const uint64_t cr0 = read_cr0(), cr3 = read_cr3(), cr4 = read_cr4(), efer = read_msr(EFER);
    const struct fault fault = in_kernel(load, (void*)value);
    if (fault.vector != VECTOR_GP || fault.error != 0)
        failure("loading %lx gives vector %u, error %lx", value, fault.vector, fault.error);
    expect_equal(read_cr0(), cr0);
    expect_equal(read_cr3(), cr3);
    expect_equal(read_cr4(), cr4);
    expect_equal(read_msr(EFER), efer);
}

static int64_t registers(uint64_t unused)
{
    const uint64_t cr0 = read_cr0(), cr4 = read_cr4(), efer = read_msr(EFER);
    (void)unused;
    expect_gp(load_cr0, cr0 & ~(1ull << 31)); // PG
    expect_gp(load_cr0, cr0 & ~(1ull << 16)); // WP
    expect_gp(load_cr0, cr0 & ~(1ull << 31 | 1ull << 16));
    expect_gp(load_cr0, cr0 & ~(1ull << 31 | 1)); // and PE
    expect_gp(load_cr4, cr4 & ~(1ull << 5));      // PAE
    expect_gp(load_cr4, cr4 & ~(1ull << 20));     // SMEP
    expect_gp(load_cr4, cr4 & ~(1ull << 21));     // SMAP
    expect_gp(load_cr4, cr4 & ~SMEP_SMAP);
    expect_gp(load_cr4, 0);
    expect_gp(load_cr4, cr4 | 1ull << 17);      // PCIDE
    expect_gp(load_cr4, cr4 | 1ull << 12);      // LA57
    expect_gp(load_efer, efer & ~(1ull << 8));  // LME
    expect_gp(load_efer, efer & ~(1ull << 11)); // NXE
    expect_gp(load_efer, 0);
    // What is the child's to change stays so.
    write_cr0(cr0 | 8); // TS
    expect_equal(read_cr0(), cr0 | 8);
    write_cr0(cr0);
    write_cr4(cr4 ^ 1ull << 7); // PGE
    expect_equal(read_cr4(), cr4 ^ 1ull << 7);
    write_cr4(cr4);
    write_msr(EFER, efer ^ 1); // SCE
    expect_equal(read_msr(EFER), efer ^ 1);
    write_msr(EFER, efer);
    return 0;
}

static int64_t roots(uint64_t unused)
{
    (void)unused;
    must_donate(DONATED, 2);
    must_give(DONATED, 2);
    const uint64_t root = table_at(ROOT);
    const uint64_t bad[] = {0,
                            CHILD_RAM,
                            DONATED,
                            DONATED + SMALL_PAGE,
                            (uintptr_t)pml4,
                            (uintptr_t)text_begin,
                            0x20000000,
                            1ull << 38,
                            CHILD_WINDOW,
                            root | 1,
                            root | 0x18,
                            root | 0xfff};
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; ++i)
        expect_gp(load_cr3, bad[i]);
    for (unsigned table = LOW_PDPT; table < TABLES; ++table)
        expect_gp(load_cr3, table_at(table));
    expect_gp(load_cr3, root | 1ull << 63);
    // More roots than a processor knows by itself, again and again, a false one among them.
    for (unsigned i = 0; i < 8; ++i) {
        const uint64_t page = DONATED + (8 + i) * SMALL_PAGE;
        must_donate(page, 1);
        expect_equal(command(page, LINTEL_SEAL_MAKE_ROOT, 0), 0);
        must_set(page, tables[ROOT][0]);
    }
    for (unsigned round = 0; round < 4; ++round)
        for (unsigned i = 0; i < 8; ++i) {
            write_cr3(DONATED + (8 + i) * SMALL_PAGE);
            expect_equal(read_cr3(), DONATED + (8 + i) * SMALL_PAGE);
            expect_gp(load_cr3, DONATED);
        }
    write_cr3(root);
    return 0;
}

static volatile uint64_t seen[2];

static void look(void* unused)
{
    (void)unused;
    seen[0] = read_cr3();
    seen[1] = read_cr4();
    registers(0);
}

static int64_t starts(uint64_t unused)
{
    const uint64_t bad[] = {
        0, CHILD_RAM, DONATED, (uintptr_t)pml4, table_at(LOW_PDPT), table_at(FREE_PT)};
    (void)unused;
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; ++i)
        expect_equal(vcpu_start_at(1, (uintptr_t)look, 0, 0, bad[i]), LINTEL_EPERM);
    expect_equal(vcpu_state(1), LINTEL_VCPU_STOPPED);
    vcpu_run(1, look, NULL);
    vcpu_join(1);
    expect_equal(seen[0], table_at(ROOT));
    expect_equal(seen[1] & SMEP_SMAP, SMEP_SMAP);
    return 0;
}

// ---- vCPUs that run when another seals ----

static volatile uint32_t running;

enum fitness {
    FIT,
    OTHER_ROOT,
    UNPROTECTED,
    FITNESSES
};

static void run_on(void* fitness)
{
    if ((uintptr_t)fitness == OTHER_ROOT)
        write_cr3((uintptr_t)pml4);
    else
        use_tables();
    if ((uintptr_t)fitness == UNPROTECTED)
        write_cr0(read_cr0() & ~(1ull << 16)); // WP
    running = 1;
    for (;;)
        pause();
}

static int64_t seal_beside(uint64_t fitness)
{
    build_tables();
    vcpu_run(1, run_on, (void*)fitness);
    while (running == 0)
        vcpu_yield();
    declare_frames();
    const struct answer answer = until_done(seal, table_at(ROOT), 0);
    expect_equal(answer.status, 0);
    nap(20000000);
    expect_gp(load_cr3, CHILD_RAM);
    return 0;
}

void test(void)
{
    struct child child = sealed_child_make(2);
    child_call(&child, registers, 0);
    child_call(&child, roots, 0);
    child_call(&child, starts, 0);
    child_destroy(&child);

    const struct lintel_domain_create wanted = sealable_child(2);
    for (uint64_t fitness = FIT; fitness < FITNESSES; ++fitness) {
        child = child_make(&wanted);
        child_begin(&child, seal_beside, fitness);
        if (fitness == FIT)
            child_end(&child);
        else
            child_expect_crash(&child);
        child_destroy(&child);
    }
}
