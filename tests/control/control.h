// SPDX-License-Identifier: Apache-2.0
// What the parts of the control device's test program share.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <lintel/control.h>
#include <lintel/device.h>
#include <lintel/domain.h>
#include <lintel/grant.h>
#include <lintel/hypercall.h>

#define PAGE 4096ull

// --- report.c: expectations ---

// An unmet one is told and counted; the program goes on.
#define expect(condition) expect_true((condition), #condition, __FILE__, __LINE__)
#define expect_errno(error, call) expect_failure((error), (call), #call, __FILE__, __LINE__)

void expect_true(int met, const char* text, const char* file, int line);
void expect_failure(int error, long result, const char* text, const char* file, int line);
int unmet(void);

// For what the program cannot go on without.
void die(const char* what) __attribute__((noreturn));

// --- device.c: /dev/lintel; these return what ioctl returned, or die ---

int control_open(int flags);
int control_ioctl(int fd, unsigned long request, void* argument);

// A hypercall that is expected to be let through; returns the hypervisor's answer.
int64_t control_call(int fd, uint64_t number, uint64_t a0, uint64_t a1, uint64_t a2);
// The same with a structure, whose address is argument `at`.
int64_t control_call_with(int fd, uint64_t number, uint64_t domain, unsigned at, void* buffer, uint32_t bytes);

// Pages of a domain, mapped by mmap; dies without them.
void* control_map(int fd, uint64_t domain, uint64_t gpa, uint64_t bytes, uint32_t flags, uint64_t* offset);

// Likewise pages that a domain has granted.
void* control_map_grants(int fd, uint64_t domain, const uint32_t* refs, uint32_t count, uint32_t flags,
                         uint64_t* offset);
void control_unmap(int fd, void* memory, uint64_t bytes, uint64_t offset);

uint32_t control_bind(int fd, uint64_t domain, uint32_t remote);
// With those that dom0's tables take, which grow by what dom0 maps and stay.
uint64_t free_frames(int fd);

// --- domain.c: a domain made by hand ---

#define DEVICES_GPA 0xf0200000ull
#define CONSOLES 2u // device pages 1 and 2; the second is empty at first
#define DISK_SLOT (CONSOLES + 1) // empty at first
#define SLOTS DISK_SLOT
#define DEVICE_PAGES (1 + SLOTS + 2 * CONSOLES)

struct domain {
    int fd;
    uint64_t number;
    uint64_t bytes; // of RAM, from 0
    uint32_t news_port; // dom0's end of the directory's port
    uint32_t console_ports[CONSOLES]; // dom0's ends
    unsigned char* devices; // the device area
};

struct domain domain_new(int fd, uint64_t mebibytes, unsigned vcpus);
void domain_load(struct domain* domain, const char* kernel, const char* initramfs, const char* command_line);
// With its backend in a state, LINTEL_STATE_*.
void domain_add_console(struct domain* domain, unsigned index, uint32_t backend_state);
volatile struct lintel_device* domain_console(const struct domain* domain, unsigned index);
volatile struct lintel_device* domain_disk(const struct domain* domain);
unsigned char* domain_console_rings(const struct domain* domain, unsigned index);
struct lintel_domain_info domain_describe(const struct domain* domain);
// Until it is gone; -EBUSY if that does not come to pass.
int64_t domain_end(int fd, uint64_t number);

// --- console.c ---

// What stands at the other end of a guest's console.
enum way {
    WAY_SERVE,  // reads all
    WAY_ABSENT, // nobody, and the guest can see that
    WAY_STUCK,  // somebody who reads nothing
    WAY_LIE,    // somebody who says to have read what was never written
};

// Lets the guest run until it has ended, prints what it says, and does as `answer` says when it has said `prompt`: types
// it; or, if it is one of these words, asks the guest to end, gives it another console, takes that one away again.
//   @poweroff  @reboot  @plug  @unplug
// Or does something to a disk:
//   @disk IMAGE  @strange-disk IMAGE (of a version that nobody knows)
//   @replace  @replace-pool  @resize IMAGE BYTES  @offers  @remove
//   @silent  @twice  @wrong-id  @other-id  @lap  @consumed  @status  @garbage  @storm
//   @keep  @keep-silently
// Or kills who keeps pages:
//   @kill
void console_serve(struct domain* domain, enum way way, char** prompts_and_answers);

// --- refusals.c ---

void refuse_calls(int fd, uint64_t domain);
void refuse_mappings(int fd, uint64_t domain);
void refuse_granting(int fd, uint64_t domain);
void refuse_confined(uint64_t domain);
void refuse_ports(int fd, uint64_t domain);
void refuse_strangers(void);
