// SPDX-License-Identifier: Apache-2.0
// Interrupts every other CPU, and waits until each has taken that.
#include "domain/grace_period.hpp"

#include "cpu/apic.hpp"
#include "cpu/quiescence.hpp"
#include "domain/shootdown.hpp"
#include "domain/vcpu.hpp"

namespace lintel {

namespace {

constinit Quiescence quiescence;

} // namespace

void note_quiet()
{
    quiescence.note_quiet(this_cpu().index);
}

void wait_for_grace_period()
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST); // what was hidden is, for whoever is quiet from here on
    const Quiescence::Times since = quiescence.now();
    for (const Cpu* const cpu : cpus()) {
        if (cpu == &this_cpu())
            continue;
        apic::send(cpu->apic_id, apic::Delivery::fixed, apic::kick_vector);
        while (quiescence.pending(since, cpu->index)) {
            note_quiet(); // two CPUs may wait for each other
            catch_up_served();
            pause();
        }
    }
}

} // namespace lintel
