// SPDX-License-Identifier: Apache-2.0
// Both sides of the shared page.
#include "child.h"

#include <stddef.h>

#include "domain.h"
#include "hypercall.h"
#include "result.h"
#include "upcall.h"

#define PATIENCE 20000000000ull /* ns of system time */
#define IMAGE 0x200000ull
#define IMAGE_FRAMES 512u

extern char entry[];

struct mailbox {
    uint32_t request, done; /* numbers of calls */
    child_function function;
    uint64_t argument;
    int64_t result;
    uint32_t unmet;   /* expectations, in all calls so far */
    uint32_t printed; /* bytes of the text that dom0 has not printed yet */
    uint64_t words[CHILD_WORDS];
    char text[2048];
};
_Static_assert(sizeof(struct mailbox) <= 4096, "one page");

// The child's is shared; the one in dom0's image is only copied.
static union {
    struct mailbox box;
    char page[4096];
} mailbox __attribute__((aligned(4096)));

// ---- the child ----

static bool here; // set in the child alone

bool in_child(void)
{
    return here;
}

uint64_t child_mailbox(void)
{
    return (uintptr_t)&mailbox;
}

void child_main(void)
{
    here = true;
    volatile struct mailbox* const box = &mailbox.box;
    const unsigned before = unmet_count();
    for (uint32_t next = 1;; ++next) {
        while (__atomic_load_n(&box->request, __ATOMIC_ACQUIRE) != next)
            vcpu_yield();
        box->result = box->function(box->argument);
        box->unmet = unmet_count() - before;
        __atomic_store_n(&box->done, next, __ATOMIC_RELEASE);
    }
}

void child_print(const char* text, uint64_t bytes)
{
    struct mailbox* const box = &mailbox.box;
    for (uint64_t i = 0; i < bytes && box->printed < sizeof box->text; ++i)
        box->text[box->printed++] = text[i];
}

volatile uint64_t* child_words(const struct child* of)
{
    return of == NULL ? mailbox.box.words : of->mailbox->words;
}

// ---- dom0 ----

struct lintel_domain_create usual_child(uint32_t vcpus)
{
    struct lintel_domain_create wanted = usual_domain(vcpus, 2048);
    wanted.foreign_gpa = CHILD_WINDOW;
    return wanted;
}

static void copy(void* to, const void* from, uint64_t bytes)
{
    asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
}

static void load_image(uint64_t domain)
{
    static uint64_t frames[IMAGE_FRAMES];
    const int64_t handle = foreign_map(domain, IMAGE, IMAGE_FRAMES, (uintptr_t)frames, 0);
    if (handle <= 0)
        failure("foreign_map of the child's image gives %ld", handle);
    for (unsigned i = 0; i < IMAGE_FRAMES; ++i)
        copy((void*)frames[i], (const void*)(IMAGE + i * 4096), 4096);
    struct lintel_grant_unmap unmap = {(uint32_t)handle, 1};
    expect_equal(foreign_unmap((uintptr_t)&unmap, 1), 1);
    expect_equal(unmap.status, 0);
}

struct child child_make(const struct lintel_domain_create* wanted)
{
    struct child child = {.domain = make_domain(wanted)};
    uint64_t address;
    populate_all(child.domain, IMAGE, 2 * IMAGE_FRAMES);
    load_image(child.domain);
    const int64_t handle =
        foreign_map(child.domain, (uintptr_t)&mailbox, 1, (uintptr_t)&address, 0);
    if (handle <= 0)
        failure("foreign_map of the child's mailbox gives %ld", handle);
    child.handle = (uint32_t)handle;
    child.mailbox = (struct mailbox*)address;
    start_domain(child.domain, (uint32_t)(uintptr_t)entry, 0);
    expect_equal(domain_unpause(child.domain), 0);
    return child;
}

void child_begin(struct child* child, child_function function, uint64_t argument)
{
    volatile struct mailbox* const box = child->mailbox;
    if (box->request != box->done)
        error("the child has not finished its last call");
    box->function = function;
    box->argument = argument;
    __atomic_store_n(&box->request, box->request + 1, __ATOMIC_RELEASE);
}

bool child_is_done(const struct child* child)
{
    return __atomic_load_n(&child->mailbox->done, __ATOMIC_ACQUIRE) == child->mailbox->request;
}

void child_await(const struct child* child, unsigned word, uint64_t value)
{
    const uint64_t begin = system_time();
    while (__atomic_load_n(&child->mailbox->words[word], __ATOMIC_ACQUIRE) < value) {
        if (system_time() - begin > PATIENCE)
            failure("word %u of the child stays at %lu", word, child->mailbox->words[word]);
        vcpu_yield();
    }
}

static void print_text(volatile struct mailbox* box)
{
    char line[240];
    unsigned used = 0;
    for (unsigned i = 0; i < box->printed && i < sizeof box->text; ++i) {
        const char c = box->text[i];
        if (c != '\n' && used < sizeof line - 1)
            line[used++] = c;
        if (c == '\n' || used == sizeof line - 1) {
            line[used] = '\0';
            print("child: %s", line);
            used = 0;
        }
    }
    box->printed = 0;
}

int64_t child_end(struct child* child)
{
    volatile struct mailbox* const box = child->mailbox;
    const uint64_t begin = system_time();
    while (!child_is_done(child)) {
        const struct lintel_domain_info found = info_of(child->domain);
        if (found.state != LINTEL_DOMAIN_RUNNING || system_time() - begin > PATIENCE) {
            print_text(box);
            failure("the child does not answer: state %u %s", found.state, found.text);
        }
        vcpu_yield();
    }
    print_text(box);
    expect_equal(box->unmet, 0);
    return box->result;
}

int64_t child_call(struct child* child, child_function function, uint64_t argument)
{
    child_begin(child, function, argument);
    return child_end(child);
}

struct lintel_domain_info child_expect_end(struct child* child, uint32_t state)
{
    const uint64_t begin = system_time();
    while (info_of(child->domain).state == LINTEL_DOMAIN_RUNNING && !child_is_done(child)) {
        if (system_time() - begin > PATIENCE)
            failure("the child lives");
        vcpu_yield();
    }
    const struct lintel_domain_info found = info_of(child->domain);
    expect_equal(found.state, state);
    print_text(child->mailbox);
    return found;
}

void child_expect_crash(struct child* child)
{
    child_expect_end(child, LINTEL_DOMAIN_CRASHED);
}

void child_destroy(struct child* child)
{
    struct lintel_grant_unmap unmap = {child->handle, 1};
    expect_equal(foreign_unmap((uintptr_t)&unmap, 1), 1);
    expect_equal(unmap.status, 0);
    destroy_all(child->domain);
}
