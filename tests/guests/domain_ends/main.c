// SPDX-License-Identifier: Apache-2.0
// Every way in which a domain ends, and that it is nobody else's end.
//
// Children shut down with each reason, by their last vCPU's stop, and by crashes: a triple fault, a
// read, a write and a jump where nothing is, a write to each read-only shared page, a fault while
// there is no IDT. State, reason and text are what docs/abi/domains.md says, LINTEL_VIRQ_DOMAIN
// comes for each end, a bystander goes on, and dom0 has in the end what it had. Class: a guest's
// own fault that takes others with it (XSA-36, XSA-60, XSA-156).
#include "child.h"

#include <stddef.h>

#include "domain.h"
#include "hypercall.h"
#include "paging.h"
#include "processor.h"
#include "result.h"
#include "upcall.h"
#include "window.h"

enum way {
    STOP,
    TRIPLE_FAULT,
    READ_NOTHING,
    WRITE_NOTHING,
    JUMP_NOWHERE,
    WRITE_INFO,
    WRITE_TIME,
    WRITE_STATS,
    WRITE_ROOT,
    OTHER_PAGING,
    WAYS
};

static int64_t shut_down(uint64_t reason)
{
    return shutdown(reason);
}

static void touch(uint64_t address)
{
    *(volatile uint64_t*)address = 1;
}

static int64_t end(uint64_t way)
{
    const uint64_t nothing = CHILD_WINDOW; // where it has mapped nothing
    static const struct {
        uint16_t limit;
        uint64_t base;
    } __attribute__((packed)) no_idt;
    switch (way) {
    case STOP:
        vcpu_stop();
        break;
    case TRIPLE_FAULT:
        asm volatile("lidt %0\n ud2" : : "m"(no_idt));
        break;
    case READ_NOTHING:
        (void)*(volatile uint64_t*)nothing;
        break;
    case WRITE_NOTHING:
        touch(nothing);
        break;
    case JUMP_NOWHERE:
        ((void (*)(void))nothing)();
        break;
    case WRITE_INFO: // by the 1:1 mapping, which has no rights of its own
        touch(info_address());
        break;
    case WRITE_TIME:
        touch(info->time_gpa);
        break;
    case WRITE_STATS:
        touch(info->stats_gpa);
        break;
    case WRITE_ROOT:
        touch(info->window_root);
        break;
    case OTHER_PAGING: // PAE off in 64-bit mode is #GP; the fault handler's fault ends it
        asm volatile("lidt %0\n mov %1, %%cr4" : : "m"(no_idt), "r"(0ull));
        break;
    }
    failure("it lives");
}

static const char* const texts[WAYS] = {
    [TRIPLE_FAULT] = "triple fault",
    [READ_NOTHING] = "access to guest-physical memory it does not have",
    [WRITE_NOTHING] = "access to guest-physical memory it does not have",
    [JUMP_NOWHERE] = "access to guest-physical memory it does not have",
    [WRITE_INFO] = "access to guest-physical memory it does not have",
    [WRITE_TIME] = "access to guest-physical memory it does not have",
    [WRITE_STATS] = "access to guest-physical memory it does not have",
    [WRITE_ROOT] = "access to guest-physical memory it does not have",
    [OTHER_PAGING] = "triple fault",
};

static uint32_t port;

static void expect_news(uint64_t before)
{
    expect(wait_for_upcall(before, 1000000000));
    expect(port_taken(port));
}

static int64_t twice(uint64_t number)
{
    return (int64_t)(2 * number);
}

// The end of one is news for dom0, and nothing for the bystander.
static struct lintel_domain_info end_of_one(child_function function, uint64_t argument,
                                            uint32_t state, struct child* bystander)
{
    const struct lintel_domain_create wanted = usual_child(1);
    const uint64_t before = upcall_count();
    struct child child = child_make(&wanted);
    const uint64_t frames = info_of(child.domain).frames;
    child_begin(&child, function, argument);
    const struct lintel_domain_info found = child_expect_end(&child, state);
    expect_equal(found.frames, frames); // all is there still
    expect_news(before);
    expect_equal(domain_unpause(child.domain), 0); // which brings nobody back
    expect_equal(info_of(child.domain).state, state);
    expect_equal(child_call(bystander, twice, argument), 2 * argument);
    child_destroy(&child);
    expect_equal(domain_pause(child.domain), LINTEL_ENOENT);
    return found;
}

static void check_shutdown(uint32_t reason, struct child* bystander)
{
    const struct lintel_domain_info found =
        end_of_one(shut_down, reason, LINTEL_DOMAIN_SHUT_DOWN, bystander);
    expect_equal(found.reason, reason);
    expect_equal(found.text[0], 0);
}

static void check_end(enum way way, struct child* bystander)
{
    const char* const text = texts[way];
    const struct lintel_domain_info found = end_of_one(
        end, way, text == NULL ? LINTEL_DOMAIN_SHUT_DOWN : LINTEL_DOMAIN_CRASHED, bystander);
    expect_equal(found.reason, text == NULL ? LINTEL_SHUTDOWN_HALT : 0);
    if (!same_text(found.text, text == NULL ? "" : text))
        failure("way %u ends in: %s", way, found.text);
}

void test(void)
{
    const struct lintel_domain_create wanted = usual_child(1);
    upcall_start();
    port = (uint32_t)event_bind_virq(LINTEL_VIRQ_DOMAIN, 0);
    struct child bystander = child_make(&wanted);
    check_shutdown(LINTEL_SHUTDOWN_POWEROFF, &bystander);
    const struct lintel_machine_info before = info_of_machine();
    for (uint32_t reason = 0; reason <= LINTEL_SHUTDOWN_HALT; ++reason)
        check_shutdown(reason, &bystander);
    for (unsigned way = 0; way < WAYS; ++way)
        check_end(way, &bystander);
    expect_equal(info_of_machine().free_frames, before.free_frames);
    expect_equal(info_of_machine().domains, 2);
    child_destroy(&bystander);
}
