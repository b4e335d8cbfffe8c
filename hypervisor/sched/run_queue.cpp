// SPDX-License-Identifier: Apache-2.0
// Run queues. A note (domain/vcpu.hpp), or the domain's state, is set before the queue's lock is taken to
// wake its vCPU, and looked at under that lock before the vCPU blocks or is queued: so none is missed.
#include "sched/run_queue.hpp"

#include <array>

#include "cpu/apic.hpp"
#include "cpu/spin_lock.hpp"

namespace lintel {

namespace sched {

namespace {

struct alignas(64) RunQueue {
    SpinLock lock;
    Vcpu* first = nullptr;
    Vcpu* last = nullptr;

    // It waits here for its turn, or outside until its domain is not paused any more.
    void push(Vcpu& vcpu)
    {
        vcpu.state = vcpu.domain->is_paused() ? RunState::held : RunState::runnable;
        if (vcpu.state == RunState::held)
            return;
        vcpu.next = nullptr;
        if (first == nullptr)
            __atomic_store_n(&first, &vcpu, __ATOMIC_RELAXED); // others_wait() takes no lock
        else
            last->next = &vcpu;
        last = &vcpu;
    }
    Vcpu* pop()
    {
        Vcpu* const vcpu = first;
        if (vcpu != nullptr) {
            __atomic_store_n(&first, vcpu->next, __ATOMIC_RELAXED);
            vcpu->state = RunState::running;
        }
        return vcpu;
    }
    void remove(Vcpu& vcpu)
    {
        Vcpu* before = nullptr;
        for (Vcpu* at = first; at != &vcpu; at = at->next)
            before = at;
        if (before == nullptr)
            __atomic_store_n(&first, vcpu.next, __ATOMIC_RELAXED);
        else
            before->next = vcpu.next;
        if (last == &vcpu)
            last = before;
    }
};
std::array<RunQueue, cpu_limit> queues;

RunQueue& own_queue()
{
    return queues[this_cpu().index];
}

// Whether something ends the vCPU's block. A domain's end does: its vCPUs stop on their own CPU.
bool has_reason_to_run(const Vcpu& vcpu)
{
    return vcpu.domain->has_ended() || (vcpu.wakes_on_upcall && has_note(vcpu.upcall_due)) ||
           (vcpu.wakes_on_nmi && has_note(vcpu.nmi_due)) ||
           (vcpu.wakes_on_kick && has_note(vcpu.kicked));
}

// Queues the vCPU if it sleeps and should not. Returns whether it did.
bool unblock(RunQueue& queue, Vcpu& vcpu)
{
    if (vcpu.state != RunState::held &&
        !(vcpu.state == RunState::blocked && has_reason_to_run(vcpu)))
        return false;
    queue.push(vcpu);
    return vcpu.state == RunState::runnable;
}

void kick(unsigned cpu)
{
    if (cpu == this_cpu().index)
        look_again();
    else
        apic::send(cpus()[cpu]->apic_id, apic::Delivery::fixed, apic::kick_vector);
}

} // namespace

void start(Vcpu& vcpu)
{
    RunQueue& queue = queues[vcpu.cpu];
    {
        const Guard guard{queue.lock};
        assert(vcpu.state == RunState::stopped);
        if (vcpu.domain->has_ended()) // under the lock: has_stopped() may have seen it stopped
            return;
        queue.push(vcpu);
    }
    kick(vcpu.cpu);
}

bool has_stopped(const Domain& domain)
{
    if (!domain.has_ended())
        return false;
    for (const Vcpu* const vcpu : domain.targets.vcpus)
        if (vcpu != nullptr && state_of(*vcpu) != RunState::stopped)
            return false;
    return true;
}

RunState state_of(const Vcpu& vcpu)
{
    const Guard guard{queues[vcpu.cpu].lock};
    return vcpu.state == RunState::running || vcpu.state == RunState::held ? RunState::runnable
                                                                           : vcpu.state;
}

void hold(Vcpu& vcpu)
{
    RunQueue& queue = queues[vcpu.cpu];
    {
        const Guard guard{queue.lock};
        if (vcpu.state == RunState::runnable && vcpu.domain->is_paused()) {
            queue.remove(vcpu);
            vcpu.state = RunState::held;
        }
        if (vcpu.state != RunState::running)
            return;
    }
    kick(vcpu.cpu);
}

bool has_processor(const Vcpu& vcpu)
{
    const Guard guard{queues[vcpu.cpu].lock};
    return vcpu.state == RunState::running;
}

Vcpu* next()
{
    RunQueue& queue = own_queue();
    const Guard guard{queue.lock};
    return queue.pop();
}

Vcpu* leave(Vcpu& vcpu, Leave how)
{
    RunQueue& queue = own_queue();
    const Guard guard{queue.lock};
    if (how == Leave::stop)
        vcpu.state = RunState::stopped;
    else if ((how == Leave::block || how == Leave::wait) && !has_reason_to_run(vcpu))
        vcpu.state = RunState::blocked;
    else
        queue.push(vcpu);
    return queue.pop();
}

bool others_wait()
{
    return __atomic_load_n(&own_queue().first, __ATOMIC_RELAXED) != nullptr;
}

bool waits_alone(const Domain& domain)
{
    RunQueue& queue = own_queue();
    const Guard guard{queue.lock};
    return queue.first != nullptr && queue.first == queue.last && queue.first->domain == &domain;
}

} // namespace sched

void Vcpu::wake()
{
    sched::RunQueue& queue = sched::queues[cpu];
    {
        const Guard guard{queue.lock};
        if (!sched::unblock(queue, *this) && state != RunState::running)
            return;
    }
    // Idle: it looks into its queue. In this vCPU: it leaves the guest and delivers. In another: it
    // sees that somebody waits.
    sched::kick(cpu);
}

void Vcpu::wake_if_blocked()
{
    sched::RunQueue& queue = sched::queues[cpu];
    {
        const Guard guard{queue.lock};
        if (!sched::unblock(queue, *this))
            return;
    }
    sched::kick(cpu);
}

} // namespace lintel
