/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Another domain that runs this very kernel's code, for kernels in dom0's place: it does what it is
 * told. The child is a copy of the kernel's image, so a function has the same address in both; they
 * share one page, in which dom0 leaves a function to call and finds what it returned.
 */
#ifndef RUNTIME_CHILD_H
#define RUNTIME_CHILD_H

#include <stdbool.h>
#include <stdint.h>

#include <lintel/domain.h>

typedef int64_t (*child_function)(uint64_t argument);

struct child {
    uint64_t domain;
    volatile struct mailbox* mailbox; /* where dom0 sees it */
    uint32_t handle;                  /* of that mapping */
};

#define CHILD_RAM 0x400000ull /* RAM of the child that nobody uses: 512 pages from here on */
#define CHILD_WINDOW                                                            \
    0x40000000ull /* where it maps what others grant: 512 pages, in the 1:1 map \
                   */

/* What child_make() makes: a few MiB. Fields may be changed before. */
struct lintel_domain_create usual_child(uint32_t vcpus);
struct child child_make(const struct lintel_domain_create* wanted);
/* The child calls the function on its vCPU 0, and dom0 waits for the result; or goes on meanwhile.
 */
int64_t child_call(struct child* child, child_function function, uint64_t argument);
void child_begin(struct child* child, child_function function, uint64_t argument);
int64_t child_end(struct child* child);
bool child_is_done(const struct child* child);
/* Waits until it has ended, LINTEL_DOMAIN_SHUT_DOWN or CRASHED as `state` says. */
struct lintel_domain_info child_expect_end(struct child* child, uint32_t state);
void child_expect_crash(struct child* child); /* by something that it may not do */
void child_destroy(struct child* child);

/* Words that both see; zero in a new child. In the child `of` is NULL. */
volatile uint64_t* child_words(const struct child* of);
void child_await(const struct child* child, unsigned word, uint64_t value); /* that or more */
#define CHILD_WORDS 128u

bool in_child(void);
uint64_t child_mailbox(void); /* the page that both share, in the child */
/* For the runtime: in the child, in place of the test; and what it prints. */
_Noreturn void child_main(void);
void child_print(const char* text, uint64_t bytes);

#endif
