// SPDX-License-Identifier: Apache-2.0
// Uses /dev/lintel as a toolstack would, and as none should. tests/system/test_control.py says what is to come out.
//
//   control refuse                     all that is refused
//   control run KERNEL INITRAMFS MIB VCPUS COMMAND_LINE serve|absent|stuck|lie [PROMPT ANSWER]...
//                                      a domain from its beginning to its end, its console on the standard output
//   control hold                       a domain and mappings of it; tells its number, then waits to be killed
//   control churn DOMAIN               maps and unmaps without end
//   control ports                      many ports, closed with the file
//   control grants                     many grants, taken back with the file
//   control share                      two processes, one domain
//   control end DOMAIN                 destroys it
//   control free                       free frames of the machine
#include "control.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static void refuse(void)
{
    int fd = control_open(O_NONBLOCK);
    struct domain domain = domain_new(fd, 8, 1);

    refuse_calls(fd, domain.number);
    refuse_mappings(fd, domain.number);
    refuse_granting(fd, domain.number);
    refuse_confined(domain.number);
    refuse_ports(fd, domain.number);
    refuse_strangers();
    close(fd);
    munmap(domain.devices, DEVICE_PAGES * PAGE);
    fd = control_open(0);
    expect(domain_end(fd, domain.number) == 0);
}

static enum way way_of(const char* word)
{
    static const char* const words[] = {"serve", "absent", "stuck", "lie"};

    for (int way = 0; way < 4; way++)
        if (strcmp(word, words[way]) == 0)
            return way;
    die(word);
}

static void run(char** words)
{
    int fd = control_open(0);
    uint64_t before = free_frames(fd);
    struct domain domain = domain_new(fd, strtoul(words[2], NULL, 0), strtoul(words[3], NULL, 0));
    struct lintel_domain_info info;

    domain_load(&domain, words[0], strcmp(words[1], "none") == 0 ? NULL : words[1], words[4]);
    console_serve(&domain, way_of(words[5]), words + 6);
    info = domain_describe(&domain);
    printf("ended: state %u, reason %u, %s\n", info.state, info.reason, info.text);

    munmap(domain.devices, DEVICE_PAGES * PAGE);
    close(fd); // with all mappings and ports
    fd = control_open(0);
    expect(domain_end(fd, domain.number) == 0);
    expect(free_frames(fd) == before);
}

static void hold(void)
{
    int fd = control_open(0);
    struct domain domain = domain_new(fd, 8, 1);
    unsigned char* all = control_map(fd, domain.number, 0, domain.bytes, 0, NULL);

    for (uint64_t at = 0; at < domain.bytes; at += PAGE)
        all[at] = 1;
    printf("%lu\n", domain.number);
    fflush(stdout);
    pause();
}

static void churn(uint64_t number)
{
    int fd = control_open(0);
    uint64_t offset;

    for (;;) {
        unsigned char* some = control_map(fd, number, 0, 1024 * PAGE, 0, &offset);

        some[5 * PAGE] = some[1000 * PAGE] + 1;
        munmap(some, 1024 * PAGE);
        control_ioctl(fd, LINTEL_IOCTL_UNMAP, &(struct lintel_ioctl_unmap){offset});
    }
}

// More than one batch of what the device closes at a time.
static void ports(void)
{
    int fd = control_open(0), other = control_open(0);
    struct domain domain = domain_new(other, 2, 1);

    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 150; i++) {
            int64_t remote = control_call(fd, LINTEL_HC_event_alloc, domain.number, 0, 0);

            expect(remote > 0 && control_bind(fd, domain.number, remote) > 0);
            expect(control_ioctl(fd, LINTEL_IOCTL_PORT_ALLOC,
                                 &(struct lintel_ioctl_port){.domain = domain.number}) == 0);
        }
        expect(control_call(fd, LINTEL_HC_domain_pause, domain.number, 0, 0) == 0);
        close(fd);
        fd = control_open(0);
        // Ports of the guest are the guest's: another domain has room again.
        munmap(domain.devices, DEVICE_PAGES * PAGE);
        close(other);
        expect(domain_end(fd, domain.number) == 0);
        other = control_open(0);
        domain = domain_new(other, 2, 1);
    }
    munmap(domain.devices, DEVICE_PAGES * PAGE);
    close(other);
    expect(domain_end(fd, domain.number) == 0);
}

// Both see what the other writes; neither's end is the other's; a child inherits no pages.
static void share(void)
{
    int fd = control_open(0), ready[2], status;
    struct domain domain = domain_new(fd, 2, 1);
    volatile unsigned char* page = control_map(fd, domain.number, PAGE, PAGE, 0, NULL);
    char byte = 0;

    expect(pipe(ready) == 0);
    page[7] = 1;
    if (fork() == 0) {
        int own = control_open(0);
        volatile unsigned char* same = control_map(own, domain.number, PAGE, PAGE, 0, NULL);

        expect(same[7] == 1);
        same[7] = 2;
        if (fork() == 0)
            exit(page[7]); // no such page here
        expect(wait(&status) > 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
        byte = unmet();
        expect(write(ready[1], &byte, 1) == 1);
        kill(getpid(), SIGKILL);
    }
    expect(read(ready[0], &byte, 1) == 1 && byte == 0);
    expect(wait(&status) > 0 && WIFSIGNALED(status));
    expect(page[7] == 2);
    page[7] = 3;
    expect(page[7] == 3);

    munmap(domain.devices, DEVICE_PAGES * PAGE);
    munmap((void*)page, PAGE);
    close(fd);
    fd = control_open(0);
    expect(domain_end(fd, domain.number) == 0);
}

// More in all than the table has entries: those of closed files are free again, also when others could not be had.
static void grants(void)
{
    const unsigned most = 4096, rounds = LINTEL_GRANT_ENTRIES / most + 1;
    unsigned char* pages =
        mmap(NULL, most * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    static uint32_t refs[4096];
    struct lintel_ioctl_grant grant = {
        .domain = 1, .address = (uintptr_t)pages, .count = most, .refs = (uintptr_t)refs};

    for (unsigned round = 0; round < rounds; round++) {
        int fd = control_open(0);

        expect(control_ioctl(fd, LINTEL_IOCTL_GRANT, &grant) == 0);
        expect(refs[0] != refs[1] && refs[most - 1] < LINTEL_GRANT_ENTRIES);
        close(fd);
    }
    // All of them but entry 0, which is never used: none was lost, by whoever had it before.
    int fd = control_open(0);
    unsigned granted = 0;
    for (grant.count = most; grant.count > 0; grant.count = grant.count == most ? 1 : 0)
        while (granted < LINTEL_GRANT_ENTRIES && control_ioctl(fd, LINTEL_IOCTL_GRANT, &grant) == 0)
            granted += grant.count;
    expect(errno == ENOSPC);
    expect(granted == LINTEL_GRANT_ENTRIES - 1);
    close(fd);
    fd = control_open(0);
    grant.count = 1;
    expect(control_ioctl(fd, LINTEL_IOCTL_GRANT, &grant) == 0);
    close(fd);
    munmap(pages, most * PAGE);
}

int main(int count, char** words)
{
    const char* what = count > 1 ? words[1] : "";

    if (strcmp(what, "refuse") == 0)
        refuse();
    else if (strcmp(what, "run") == 0 && count > 7)
        run(words + 2);
    else if (strcmp(what, "hold") == 0)
        hold();
    else if (strcmp(what, "churn") == 0 && count > 2)
        churn(strtoul(words[2], NULL, 0));
    else if (strcmp(what, "ports") == 0)
        ports();
    else if (strcmp(what, "grants") == 0)
        grants();
    else if (strcmp(what, "share") == 0)
        share();
    else if (strcmp(what, "end") == 0 && count > 2)
        expect(domain_end(control_open(0), strtoul(words[2], NULL, 0)) == 0);
    else if (strcmp(what, "free") == 0)
        printf("%lu\n", free_frames(control_open(0)));
    else
        die("what?");
    return unmet() != 0;
}
