// SPDX-License-Identifier: Apache-2.0
// Stops all CPUs but one.
#include "cpu/stop.hpp"

#include "cpu/apic.hpp"
#include "cpu/clock.hpp"
#include "cpu/log.hpp"
#include "cpu/this_cpu.hpp"

namespace lintel {

namespace {

constexpr unsigned nobody = ~0u;
unsigned stopping_cpu = nobody;
unsigned stopped_cpus = 0;

// To those that run, one by one: a processor that was never started would take an NMI through
// whatever lies where its interrupt table should be.
void send_nmi_to_others()
{
    for (const Cpu* cpu : cpus())
        if (cpu != &this_cpu())
            apic::send(cpu->apic_id, apic::Delivery::nmi, 0);
}

void wait_for_the_others()
{
    constexpr std::uint64_t most_ns = 10'000'000; // one that firmware holds up answers later
    const std::uint64_t end = system_time_ns() + most_ns;
    while (__atomic_load_n(&stopped_cpus, __ATOMIC_ACQUIRE) + 1 < cpus().size() &&
           system_time_ns() < end)
        pause();
}

} // namespace

void stop_other_cpus()
{
    unsigned first = nobody;
    const unsigned self = this_cpu().index;
    if (!__atomic_compare_exchange_n(&stopping_cpu, &first, self, false, __ATOMIC_SEQ_CST,
                                     __ATOMIC_SEQ_CST)) {
        if (first != self)
            hang();
        return;
    }
    // One that is starting has no APIC to send with yet; its starter waits for it meanwhile.
    if (is_announced(this_cpu()) && cpus().size() > 1) {
        send_nmi_to_others();
        wait_for_the_others();
    }
    log_seize(); // one of them may have been printing
}

void take_nmi()
{
    ++this_cpu().nmis;
    const unsigned by = __atomic_load_n(&stopping_cpu, __ATOMIC_SEQ_CST);
    if (by == nobody || by == this_cpu().index) // a watchdog's must not keep us from the report
        return;
    if (is_announced(this_cpu())) // nobody counts on others
        __atomic_fetch_add(&stopped_cpus, 1u, __ATOMIC_RELEASE);
    hang();
}

void hang()
{
    for (;;)
        asm volatile("cli; hlt");
}

} // namespace lintel
