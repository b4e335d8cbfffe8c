// SPDX-License-Identifier: Apache-2.0
// The loop around VM entry, and idling.
#include "exit/run_loop.hpp"

#include "cpu/idt.hpp"
#include "cpu/log.hpp"
#include "cpu/panic.hpp"
#include "cpu/registers.hpp"
#include "domain/pinning.hpp"
#include "domain/shootdown.hpp"
#include "exit/deliver.hpp"
#include "exit/dispatch.hpp"
#include "mm/scrub.hpp"
#include "sched/context.hpp"
#include "sched/run_queue.hpp"
#include "sched/time.hpp"

namespace lintel {

namespace {

using vmcs::MachinePort;

// Nothing to serve: waits for an interrupt. Meanwhile slow outputs catch up and free memory is erased.
Vcpu& wait_for_work()
{
    sched::rest();
    for (;;) {
        if (Vcpu* const vcpu = sched::next())
            return *vcpu;
        if ((this_cpu().index == 0 && log_drain()) || scrub_free_memory())
            take_interrupts();
        else
            wait_for_interrupt();
    }
}

// While others wait for this CPU: a slice ends, and a loop of PAUSE, which waits for somebody,
// makes way.
void share_cpu(Vcpu& vcpu, MachinePort& port)
{
    const bool shared = sched::others_wait();
    if (shared)
        sched::begin_slice();
    want_pause_exits(vcpu, port, shared);
}

[[gnu::noinline]] [[noreturn]] void entry_refused(MachinePort& port)
{
    log(LogLevel::error, "VM entry refused, instruction error {}",
        vmcs::read(port, vmcs::instruction_error));
    panic("VM entry refused: a control or host field is wrong");
}

// In the guest, until something may be to do before the next entry. Others cannot know whether this
// CPU is in the guest, so what they want of it they tell by an interrupt.
void stay_in_guest(Vcpu& vcpu, MachinePort& port)
{
    const bool& look = this_cpu().look_again;
    AfterExit after = AfterExit::enter;
    while (after == AfterExit::enter && !__atomic_load_n(&look, __ATOMIC_RELAXED)) {
        if (vmx_enter(&vcpu.registers, vcpu.launched))
            entry_refused(port);
        after = handle_exit(vcpu, port);
        // A guest whose exceptions raise exceptions without end comes back each time before an
        // interrupt could exit (XSA-156): so they are let in here.
        take_interrupts();
    }
}

// Enters the guest again and again until the vCPU lets go of the CPU.
Leave serve(Vcpu& vcpu, MachinePort& port)
{
    Domain& domain = *vcpu.domain;
    vcpu.leave = Leave::no;
    end_block(vcpu);
    while (domain.runs()) {
        __atomic_store_n(&this_cpu().look_again, false, __ATOMIC_RELAXED);
        share_cpu(vcpu, port);
        deliver(vcpu, port);
        catch_up(domain);
        if (domain.sealed != nullptr) [[unlikely]]
            follow_seal(vcpu, port); // after: whoever seals waits for catch_up()
        stay_in_guest(vcpu, port);
        if (vcpu.leave != Leave::no)
            return vcpu.leave;
        if (sched::slice_is_over())
            return Leave::yield;
    }
    return domain.has_ended() ? Leave::stop : Leave::yield; // or it is paused
}

} // namespace

void run_cpu()
{
    MachinePort port;
    for (Vcpu* vcpu = nullptr;;) {
        if (vcpu == nullptr)
            vcpu = &wait_for_work();
        sched::enter_context(*vcpu);
        vcpu->cpu_time.begin(read_tsc());
        const Leave how = serve(*vcpu, port);
        vcpu->cpu_time.end(read_tsc());
        note_root(*vcpu, port);
        Domain& domain = *vcpu->domain;
        if (domain.privileged && domain.has_ended() && domain.ended_by == this_cpu().index)
            return;
        sched::end_slice();
        if (how == Leave::block || how == Leave::wait)
            prepare_to_block(*vcpu, port);
        if (how == Leave::stop) {
            sched::set_timer(*vcpu, LINTEL_TIMER_NEVER);
            sched::drop_context(*vcpu);
        }
        vcpu = sched::leave(*vcpu, how);
    }
}

} // namespace lintel
