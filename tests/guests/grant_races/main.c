// SPDX-License-Identifier: Apache-2.0
// Grants from several processors at once.
//
// vCPUs of dom0 map, copy and unmap pages of a child, some by the same handle, while the child
// grants and clears entries, revokes them, and gives pages back and takes them again. Whenever a
// revocation has succeeded, or a page is gone, nobody has it: the child writes a secret there that
// nobody may see, and dom0's vCPUs check what they see. In the end all counts are zero and memory
// is complete. Class: XSA-255, XSA-379, XSA-382 (frames in use after their release), XSA-384,
// XSA-228 (races of free lists), XSA-236.
#include "child.h"
#include "domain.h"
#include "grant.h"
#include "paging.h"
#include "random.h"
#include "smp.h"
#include "upcall.h"

#define PAGES 4u
#define SECRET 0x5ec2e7ull
#define OPEN 0x09e4ull
#define ROUNDS 1500u

static struct child child;
static volatile uint32_t stop;

static uint64_t page_of(uint32_t ref)
{
    return CHILD_RAM + ref * SMALL_PAGE;
}

// The child. A page is open while its entry is there, or was and is in use.
static int64_t grant_and_revoke(uint64_t seed)
{
    uint64_t state = seed, revoked = 0, released = 0;
    for (uint32_t ref = 0; ref < PAGES; ++ref)
        words_at(page_of(ref))[0] = SECRET;
    for (unsigned round = 0; round < ROUNDS; ++round) {
        const uint32_t ref = (uint32_t)random_next(&state) % PAGES;
        volatile uint64_t* const word = words_at(page_of(ref));
        word[0] = OPEN;
        grant(ref, page_of(ref), 0, random_next(&state) % 2 == 0);
        for (uint64_t wait = random_next(&state) % 512; wait != 0; --wait)
            asm volatile("pause");
        if (random_next(&state) % 8 == 0) {
            const int64_t gone = memory_release(page_of(ref), 1);
            if (gone != 1 && gone != LINTEL_EBUSY)
                failure("memory_release gives %ld", gone);
            int64_t back = gone;
            while (gone == 1 && (back = memory_claim(page_of(ref), 1)) == LINTEL_EBUSY)
                ;
            if (gone == 1 && (back != 1 || word[0] != 0))
                failure("memory_claim gives %ld, %lx in it", back, word[0]);
            released += gone == 1;
            word[0] = OPEN;
        }
        grant_clear(ref);
        int64_t status;
        while ((status = grant_revoke(ref)) == LINTEL_EBUSY)
            vcpu_yield();
        if (status != 0)
            failure("grant_revoke gives %ld", status);
        ++revoked;
        word[0] = SECRET;
    }
    expect_equal(revoked, ROUNDS);
    return (int64_t)released;
}

static uint64_t maps, copies, shared_ends;
static volatile uint32_t shared_handle; // of a mapping that any vCPU may end

static void check_word(uint64_t value, const char* how)
{
    if (value != OPEN && value != 0) // 0: just taken back
        failure("%s shows %lx", how, value);
}

// A mapping's pages are looked at before anybody else can end it.
static void map_and_look(uint32_t ref, uint64_t* state)
{
    const bool read_only = random_next(state) % 2 == 0;
    const struct lintel_grant_map mapped =
        map_one(child.domain, ref, read_only ? LINTEL_GRANT_READONLY : 0, 0);
    if (mapped.status != 0) {
        if (mapped.status != LINTEL_EPERM && mapped.status != LINTEL_EFAULT)
            failure("grant_map gives %d", mapped.status);
        return;
    }
    __atomic_add_fetch(&maps, 1, __ATOMIC_RELAXED);
    check_word(words_at(mapped.gpa)[0], "a mapping");
    const uint32_t other = __atomic_exchange_n(&shared_handle, mapped.handle, __ATOMIC_SEQ_CST);
    const int32_t status = other == 0 ? 0 : unmap_one(other);
    if (status != 0 && status != LINTEL_ENOENT)
        failure("grant_unmap gives %d", status);
    if (random_next(state) % 4 == 0 && unmap_one(mapped.handle) == 0)
        __atomic_add_fetch(&shared_ends, 1, __ATOMIC_RELAXED);
}

static void copy_and_look(uint32_t ref)
{
    uint64_t value = SECRET;
    const int32_t status = copy_one((uintptr_t)&value, child.domain, ref, 0, 8, 0);
    if (status != 0 && status != LINTEL_EPERM && status != LINTEL_EFAULT)
        failure("grant_copy gives %d", status);
    if (status != 0)
        return;
    __atomic_add_fetch(&copies, 1, __ATOMIC_RELAXED);
    check_word(value, "a copy");
}

static void use(void* unused)
{
    (void)unused;
    uint64_t state = RANDOM_SEED + this_vcpu();
    while (!stop) {
        const uint32_t ref = (uint32_t)random_next(&state) % PAGES;
        if (random_next(&state) % 3 == 0)
            copy_and_look(ref);
        else
            map_and_look(ref, &state);
        if (random_next(&state) % 16 == 0)
            vcpu_yield();
    }
}

// What stays in the shared handle would keep the child from going on.
static void end_shared(void)
{
    const uint32_t handle = __atomic_exchange_n(&shared_handle, 0, __ATOMIC_SEQ_CST);
    if (handle != 0)
        unmap_one(handle);
}

void test(void)
{
    need_vcpus(3);
    const struct lintel_domain_create wanted = usual_child(1);
    child = child_make(&wanted);
    const uint64_t frames = info_of(child.domain).frames;
    child_begin(&child, grant_and_revoke, RANDOM_SEED);
    others_run(use, NULL);
    while (!child_is_done(&child) && info_of(child.domain).state == LINTEL_DOMAIN_RUNNING) {
        end_shared();
        vcpu_yield();
    }
    stop = 1;
    others_join();
    end_shared();
    const int64_t released = child_end(&child);
    print("%lu mappings, %lu ended by others too, %lu copies, %ld pages given back", maps,
          shared_ends, copies, released);
    expect(maps != 0 && copies != 0 && released > 0);
    expect_equal(info_of(child.domain).frames_mapped, 1); // the mailbox
    expect_equal(info_of(child.domain).grants_mapped, 0);
    expect_equal(info_of(child.domain).frames, frames);
    expect_equal(info_of(0).mappings, 1);
    child_destroy(&child);
    expect_equal(info_of_machine().domains, 1);
}
