// SPDX-License-Identifier: Apache-2.0
// Finds the next kernel in the archive, plans its loading, and jumps to the trampoline that does
// it.
#include "chain.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "chain_plan.h"
#include "result.h"
#include "start_info.h"

extern char trampoline[], trampoline_end[], image_end[];
extern _Noreturn void enter_trampoline(void);

// The header of a member: a magic number and thirteen fields, all in hexadecimal digits.
struct member {
    char magic[6], inode[8], fields[5][8], size[8], more_fields[4][8], name_size[8], check[8];
};

static uint32_t number(const char digits[8])
{
    uint32_t value = 0;
    for (unsigned i = 0; i < 8; ++i)
        value = value << 4 | (uint32_t)(digits[i] <= '9' ? digits[i] - '0' : digits[i] - 'a' + 10);
    return value;
}

static char* name_of(struct member* member)
{
    return (char*)(member + 1);
}

static char* data_of(struct member* member)
{
    return (char*)(((uintptr_t)name_of(member) + number(member->name_size) + 3) & ~3ull);
}

// The archive starts on a page: what is aligned in it is aligned in memory.
static struct member* after(struct member* member)
{
    return (struct member*)(((uintptr_t)data_of(member) + number(member->size) + 3) & ~3ull);
}

static struct member* first(void)
{
    return start_info()->modules == 0 ? NULL
                                      : (struct member*)*(uint64_t*)start_info()->module_list;
}

static const char done = 'x'; // where a digit of the inode's number was

static struct member* running(void)
{
    static const char magic[6] = "070701";
    struct member* member = first();
    while (member != NULL && member->inode[0] == done)
        member = after(member);
    for (unsigned i = 0; member != NULL && i < sizeof magic; ++i)
        if (member->magic[i] != magic[i])
            return NULL; // an initramfs of another kind
    return member == NULL || number(member->size) == 0 ? NULL : member;
}

const char* chain_name(void)
{
    struct member* const member = running();
    return member == NULL ? NULL : name_of(member);
}

struct elf {
    uint8_t identification[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, segments, sections;
    uint32_t flags;
    uint16_t size, segment_size, segment_count;
};
struct segment {
    uint32_t type, flags;
    uint64_t offset, virtual, physical, file_bytes, memory_bytes, alignment;
};
enum {
    SEGMENT_LOAD = 1,
    SEGMENT_NOTE = 4
};

static void plan_segment(struct chain_plan* plan, char* file, const struct segment* segment)
{
    const uint64_t end = segment->physical + segment->memory_bytes;
    if (plan->pieces == PLAN_PIECES || end > (uintptr_t)image_end)
        error("the next kernel is not one of ours");
    plan->piece[plan->pieces++] =
        (struct chain_piece){.from = (uint32_t)(uintptr_t)(file + segment->offset),
                             .to = (uint32_t)segment->physical,
                             .bytes = (uint32_t)segment->file_bytes,
                             .zeros = (uint32_t)(segment->memory_bytes - segment->file_bytes)};
}

static void make_plan(struct chain_plan* plan, char* file)
{
    const struct elf* const elf = (const struct elf*)file;
    *plan = (struct chain_plan){.start_info = (uint32_t)(uintptr_t)start_info()};
    for (unsigned i = 0; i < elf->segment_count; ++i) {
        const struct segment* const segment =
            (const struct segment*)(file + elf->segments + i * sizeof *segment);
        const uint32_t* const note = (const uint32_t*)(file + segment->offset);
        if (segment->type == SEGMENT_LOAD)
            plan_segment(plan, file, segment);
        else if (segment->type == SEGMENT_NOTE)
            plan->entry = note[4]; // behind three words and the name "Xen"
    }
}

void chain_go_on(void)
{
    struct member* member = running();
    if (member == NULL)
        return;
    member->inode[0] = done;
    member = running();
    if (member == NULL)
        return;
    char* const place = (char*)TRAMPOLINE;
    for (unsigned i = 0; trampoline + i != trampoline_end; ++i)
        place[i] = trampoline[i];
    make_plan((struct chain_plan*)PLAN, data_of(member));
    enter_trampoline();
}
