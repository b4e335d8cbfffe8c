// SPDX-License-Identifier: Apache-2.0
// The backend of a console, as small as it can be.
#include "disk.h"

#include <lintel/block.h>
#include <lintel/console.h>
#include <lintel/event.h>

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SLOT_BYTES sizeof(struct lintel_console_slot)

struct console {
    struct domain* domain;
    enum way way;
    struct lintel_ring_consumer output;
    struct lintel_ring_producer input;
    struct disk* disk; // NULL: there is none
    char said[4096]; // its last part, to look for prompts in
    size_t length;
};

static void notify(const struct console* console, uint32_t own_port)
{
    struct lintel_ioctl_port port = {.port = own_port};

    expect(control_ioctl(console->domain->fd, LINTEL_IOCTL_PORT_SEND, &port) == 0);
}

static void remember(struct console* console, const struct lintel_console_slot* slot)
{
    if (console->length + slot->bytes >= sizeof(console->said)) {
        console->length /= 2;
        memmove(console->said, console->said + console->length, console->length);
    }
    memcpy(console->said + console->length, slot->text, slot->bytes);
    console->length += slot->bytes;
    console->said[console->length] = 0;
}

static void print_output(struct console* console)
{
    struct lintel_console_slot slot;

    if (console->way != WAY_SERVE)
        return;
    do {
        while (lintel_ring_take(&console->output, &slot, sizeof(slot)) == 1) {
            if (slot.bytes > LINTEL_CONSOLE_TEXT)
                die("a slot of the console is too long");
            fwrite(slot.text, 1, slot.bytes, stdout);
            remember(console, &slot);
        }
        if (lintel_ring_release(&console->output))
            notify(console, console->domain->console_ports[0]);
    } while (lintel_ring_await_items(&console->output, 1) > 0);
    fflush(stdout);
}

static void type(struct console* console, const char* text)
{
    struct lintel_console_slot slot = {.bytes = strlen(text)};

    memcpy(slot.text, text, slot.bytes);
    expect(lintel_ring_put(&console->input, &slot, sizeof(slot)) == 1);
    if (lintel_ring_publish(&console->input))
        notify(console, console->domain->console_ports[0]);
}

static void ask_to_end(struct console* console, uint32_t reason)
{
    expect(control_call(console->domain->fd, LINTEL_HC_domain_shutdown, console->domain->number, reason, 0) == 0);
}

// What was written to the second console, and how far its frontend is.
static void tell_second(const struct console* console)
{
    struct lintel_ring_consumer output;
    struct lintel_console_slot slot;

    expect(lintel_ring_attach_consumer(&output, domain_console_rings(console->domain, 1), SLOT_BYTES,
                                       LINTEL_CONSOLE_ORDER) == 0);
    printf("\nsecond: state %u, ", domain_console(console->domain, 1)->frontend_state);
    while (lintel_ring_take(&output, &slot, sizeof(slot)) == 1)
        fwrite(slot.text, 1, slot.bytes, stdout);
    lintel_ring_release(&output);
    printf("\n");
}

static enum disk_mischief mischief_of(const char* how)
{
    static const char* const words[] = {"@",         "@silent", "@twice",   "@wrong-id", "@other-id", "@lap",
                                        "@consumed", "@status", "@garbage", "@storm",    "@keep",     "@keep-silently"};

    for (unsigned i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (strcmp(how, words[i]) == 0)
            return i;
    die(how);
}

static void resize(struct console* console, const char* how)
{
    char image[64];
    long bytes;

    if (sscanf(how, "%63s %ld", image, &bytes) != 2 || truncate(image, bytes))
        die(how);
    disk_replace(console->disk);
}

static void answer(struct console* console, const char* how)
{
    if (strncmp(how, "@disk ", 6) == 0) {
        console->disk = disk_new(console->domain, how + 6, LINTEL_BLOCK_VERSION);
    } else if (strncmp(how, "@strange-disk ", 14) == 0) {
        console->disk = disk_new(console->domain, how + 14, LINTEL_BLOCK_VERSION + 1);
    } else if (strcmp(how, "@replace") == 0) {
        disk_replace(console->disk);
    } else if (strncmp(how, "@resize ", 8) == 0) {
        resize(console, how + 8);
    } else if (strcmp(how, "@replace-pool") == 0) {
        disk_replace_pool(console->disk);
    } else if (strcmp(how, "@offers") == 0) {
        disk_offer_badly(console->disk);
    } else if (strcmp(how, "@remove") == 0) {
        disk_remove(console->disk);
    } else if (strcmp(how, "@kill") == 0) {
        disk_kill_keepers();
    } else if (strcmp(how, "@poweroff") == 0) {
        ask_to_end(console, LINTEL_SHUTDOWN_POWEROFF);
    } else if (strcmp(how, "@reboot") == 0) {
        ask_to_end(console, LINTEL_SHUTDOWN_REBOOT);
    } else if (strcmp(how, "@plug") == 0) {
        domain_add_console(console->domain, 1, LINTEL_STATE_ABSENT);
        notify(console, console->domain->news_port);
    } else if (strcmp(how, "@unplug") == 0) {
        tell_second(console);
        domain_console(console->domain, 1)->removed = 1;
        notify(console, console->domain->news_port);
    } else if (how[0] == '@') {
        disk_misbehave(console->disk, mischief_of(how));
    } else {
        type(console, how);
    }
}

static int has_ended(const struct domain* domain)
{
    struct lintel_domain_info info = domain_describe(domain);

    return info.state == LINTEL_DOMAIN_SHUT_DOWN || info.state == LINTEL_DOMAIN_CRASHED;
}

static void attach(struct console* console)
{
    unsigned char* rings = domain_console_rings(console->domain, 0);

    if (console->way == WAY_LIE)
        ((struct lintel_ring*)rings)->consumed = 12345;
    if (console->way != WAY_SERVE)
        return;
    expect(lintel_ring_attach_consumer(&console->output, rings, SLOT_BYTES, LINTEL_CONSOLE_ORDER) == 0);
    expect(lintel_ring_attach_producer(&console->input, rings + PAGE, SLOT_BYTES, LINTEL_CONSOLE_ORDER) == 0);
    print_output(console); // asks for the first event
}

static void take_events(int fd)
{
    uint32_t ports[8];
    ssize_t bytes = read(fd, ports, sizeof(ports));

    expect(bytes >= 4);
    expect(write(fd, ports, bytes) == bytes);
}

static void take_news(const struct console* console)
{
    struct pollfd news[2] = {{.fd = console->domain->fd, .events = POLLIN},
                             {.fd = console->disk ? disk_device(console->disk) : -1, .events = POLLIN}};
    const int most = console->disk ? disk_patience(console->disk) : -1;

    expect(poll(news, 2, most) >= (most < 0));
    for (int i = 0; i < 2; i++)
        if (news[i].revents) {
            expect(news[i].revents == POLLIN);
            take_events(news[i].fd);
        }
}

void console_serve(struct domain* domain, enum way way, char** prompts_and_answers)
{
    struct console console = {.domain = domain, .way = way};
    struct lintel_ioctl_port ends = {.domain = LINTEL_VIRQ_DOMAIN};

    expect(control_ioctl(domain->fd, LINTEL_IOCTL_PORT_BIND_VIRQ, &ends) == 0);
    domain_add_console(domain, 0, way == WAY_ABSENT ? LINTEL_STATE_ABSENT : LINTEL_STATE_CONNECTED);
    attach(&console);
    expect(control_call(domain->fd, LINTEL_HC_domain_unpause, domain->number, 0, 0) == 0);

    while (!has_ended(domain)) {
        take_news(&console);
        print_output(&console);
        if (console.disk)
            disk_serve(console.disk);
        if (prompts_and_answers[0] && strstr(console.said, prompts_and_answers[0])) {
            console.length = console.said[0] = 0;
            answer(&console, prompts_and_answers[1]);
            prompts_and_answers += 2;
        }
    }
    print_output(&console);
    printf("\nfrontend: state %u\n", domain_console(domain, 0)->frontend_state);
    tell_second(&console);
    if (console.disk)
        disk_end(console.disk);
}
