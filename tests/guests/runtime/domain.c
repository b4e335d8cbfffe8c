// SPDX-License-Identifier: Apache-2.0
// Makes and ends other domains.
#include "domain.h"

#include "hypercall.h"
#include "result.h"
#include "upcall.h"

struct lintel_domain_create usual_domain(uint32_t vcpus, uint64_t max_frames)
{
    return (struct lintel_domain_create){.vcpus = vcpus,
                                         .event_ports = 64,
                                         .grant_entries = 512,
                                         .mappings = 64,
                                         .max_frames = max_frames,
                                         .shared_gpa = 0xf0000000,
                                         .foreign_gpa = 0x140000000,
                                         .foreign_frames = 512,
                                         .devices_gpa = 0xf0200000,
                                         .devices = 4};
}

uint64_t make_domain(const struct lintel_domain_create* wanted)
{
    const int64_t domain = domain_create((uintptr_t)wanted);
    if (domain <= 0)
        failure("domain_create gives %ld", domain);
    return (uint64_t)domain;
}

void populate_all(uint64_t domain, uint64_t address, uint64_t frames)
{
    while (frames != 0) {
        const int64_t done = domain_populate(domain, address, frames);
        if (done <= 0 || (uint64_t)done > frames)
            failure("domain_populate of %lx frames at %lx gives %ld", frames, address, done);
        address += (uint64_t)done * 4096;
        frames -= (uint64_t)done;
    }
}

void start_domain(uint64_t domain, uint32_t entry, uint64_t start_info)
{
    const struct lintel_domain_start start = {.entry = entry, .start_info = start_info};
    const int64_t status = domain_start(domain, (uintptr_t)&start);
    if (status != 0)
        failure("domain_start gives %ld", status);
}

unsigned destroy_all(uint64_t domain)
{
    const uint64_t begin = system_time(), patience = 5000000000ull;
    for (unsigned calls = 1;; ++calls) {
        const int64_t result = domain_destroy(domain);
        if (result == 0)
            return calls;
        if (result < 0)
            failure("domain_destroy gives %ld", result);
        if (system_time() - begin > patience)
            failure("domain_destroy does not come to an end: %ld", result);
    }
}

struct lintel_domain_info info_of(uint64_t domain)
{
    struct lintel_domain_info found;
    const int64_t status = domain_info(domain, (uintptr_t)&found, 0);
    if (status != 0)
        failure("domain_info of %lu gives %ld", domain, status);
    return found;
}

struct lintel_machine_info info_of_machine(void)
{
    struct lintel_machine_info found;
    const int64_t status = machine_info((uintptr_t)&found);
    if (status != 0)
        failure("machine_info gives %ld", status);
    return found;
}

bool same_text(const char* one, const char* other)
{
    for (; *one == *other && *one != '\0'; ++one, ++other)
        ;
    return *one == *other;
}
