// SPDX-License-Identifier: Apache-2.0
// The guest's console (docs/abi/devices.md#console): what is said goes to whoever is connected to
// it.
#include <lintel/console.h>
#include <lintel/device.h>

#include "front.h"
#include "hypercall.h"
#include "ordinary.h"
#include "result.h"
#include "window.h"

static struct lintel_ring_producer output;
static const volatile struct lintel_device* console;

static bool find_console(void)
{
    for (uint32_t slot = 1; slot <= directory()->slots; ++slot) {
        const volatile struct lintel_device* const page = device(slot);
        if (page->device_class != LINTEL_DEVICE_CONSOLE)
            continue;
        console = page;
        return lintel_ring_attach_producer(&output, (void*)page->ring_gpa,
                                           sizeof(struct lintel_console_slot),
                                           LINTEL_CONSOLE_ORDER) == 0;
    }
    return false;
}

// Waits for room: what a test says must not be lost.
static void put(const struct lintel_console_slot* slot)
{
    while (lintel_ring_put(&output, slot, sizeof *slot) == 0)
        vcpu_yield();
    if (lintel_ring_publish(&output) > 0)
        event_send(console->port);
}

void ordinary_print(const char* text, uint64_t bytes)
{
    if (console == NULL && !find_console())
        return;
    while (bytes > 0) {
        struct lintel_console_slot slot = {0};
        while (slot.bytes < sizeof slot.text && bytes > 0) {
            slot.text[slot.bytes++] = (uint8_t)*text++;
            --bytes;
        }
        put(&slot);
    }
}

void test(void) // in dom0's place
{
    error("this is the kernel of a guest");
}
