// SPDX-License-Identifier: Apache-2.0
// What dom0's hypercalls do to other domains. A domain is looked up once in each, and the pointer kept
// no longer than the call.
#include <lintel/hypercall.h>

#include "domain/dismantle.hpp"
#include "domain/domain_build.hpp"
#include "domain/domain_life.hpp"
#include "domain/grace_period.hpp"
#include "domain/populate.hpp"
#include "domain/shootdown.hpp"
#include "event/interdomain.hpp"
#include "grant/unmapping.hpp"
#include "hypercall/vcpu_caller.hpp"
#include "sched/pause.hpp"
#include "sched/placement.hpp"
#include "sched/run_queue.hpp"
#include "vmx/machine.hpp"

namespace lintel {

namespace {

Result<Domain*> find(std::uint32_t number)
{
    if (Domain* const domain = domains().find(number))
        return domain;
    return Error::not_found;
}

DomainPlan plan_of(DomainId id, const lintel_domain_create& wanted)
{
    return {.id = id,
            .limits = {.vcpus = wanted.vcpus,
                       .event_ports = wanted.event_ports,
                       .grant_entries = wanted.grant_entries,
                       .mappings = wanted.mappings,
                       .max_frames = wanted.max_frames},
            .layout = {.shared = {Gfn::of(wanted.shared_gpa), LINTEL_SHARED_BYTES / page_size},
                       .foreign = {Gfn::of(wanted.foreign_gpa), wanted.foreign_frames},
                       .devices = {Gfn::of(wanted.devices_gpa), wanted.devices}},
            .seal = {wanted.flags, wanted.sealed_frames}};
}

// The right to take a domain apart, for one call.
class Destroyer {
public:
    explicit Destroyer(Domain& domain)
        : domain_{domain},
          is_only_{!__atomic_exchange_n(&domain.being_destroyed, true, __ATOMIC_ACQUIRE)}
    {
    }
    ~Destroyer()
    {
        if (is_only_)
            __atomic_store_n(&domain_.being_destroyed, false, __ATOMIC_RELEASE);
    }
    Destroyer(const Destroyer&) = delete;
    Destroyer& operator=(const Destroyer&) = delete;

    bool is_only() const { return is_only_; }
    // There is no domain to give the right back to.
    void finish() { is_only_ = false; }

private:
    Domain& domain_;
    bool is_only_;
};

// Of a domain that has nothing left but what the hypervisor kept for it.
void erase(Domain& domain)
{
    const DomainId id = domain.id;
    hide(domain);
    sched::unsettle(domain);
    free_domain(domain);
    forget(id);
}

constexpr std::uint64_t call_again = 1;
constexpr unsigned ports_at_once = 128, mappings_at_once = 128;

// A part of the work. Result: 0: the domain is gone.
Result<std::uint64_t> destroy_some(Domain& domain, Vcpu& caller)
{
    Destroyer destroyer{domain};
    if (!destroyer.is_only()) {
        caller.leave = Leave::yield;
        return call_again;
    }
    begin_death(domain);
    if (!sched::has_stopped(domain)) { // maybe it is this very CPU that has to stop one
        caller.leave = Leave::yield;
        return call_again;
    }
    if (!domain.nobody_uses_it)
        wait_for_grace_period();
    domain.nobody_uses_it = true;
    if (!close_ports(domain, ports_at_once, VcpuCaller::find_peer))
        return call_again;
    if (!end_mappings(domain, domain.mappings_ended, mappings_at_once, VcpuCaller::find_peer))
        return call_again;
    // Nobody can begin to use one any more.
    if (__atomic_load_n(&domain.lent_frames, __ATOMIC_SEQ_CST) != 0)
        return Error::busy;
    if (!TRY(dismantle_memory(domain)))
        return call_again + domain.frames_now();
    destroyer.finish();
    erase(domain);
    return std::uint64_t{0};
}

} // namespace

Result<std::uint32_t> VcpuCaller::create_domain(const lintel_domain_create& wanted)
{
    const auto largest = machine_vmx().ept_1g_pages ? ept::Level::pdpt : ept::Level::pd;
    NewDomainId id = TRY(NewDomainId::reserve());
    GuestPhysicalMap map = TRY(GuestPhysicalMap::create(EptMemory{largest}));
    Domain& domain = *TRY(build_domain(plan_of(id.id(), wanted), std::move(map)));
    domain.state = DomainState::paused;
    sched::settle(domain);
    const std::uint32_t number = domain.id.number;
    std::move(id).give_to(domain);
    return number;
}

Result<std::uint64_t> VcpuCaller::destroy_domain(std::uint32_t number)
{
    if (Domain* const domain = domains().find_any(number))
        return destroy_some(*domain, vcpu_);
    return Error::not_found;
}

Result<std::uint64_t> VcpuCaller::populate_domain(std::uint32_t number, GfnRange range)
{
    return populate(*TRY(find(number)), range);
}

Result<> VcpuCaller::start_domain(std::uint32_t number, const lintel_domain_start& start)
{
    Domain& domain = *TRY(find(number));
    const Guard guard{domain.vcpus_lock};
    if (domain.was_started)
        return Error::exists;
    domain.was_started = true;
    ++domain.started_vcpus;
    Vcpu& first = *domain.vcpu(0);
    first.begin_at({.long_mode = false, .rip = start.entry});
    first.registers.rbx = start.start_info;
    sched::start(first);
    return {};
}

Result<> VcpuCaller::pause_domain(std::uint32_t number)
{
    sched::pause(*TRY(find(number)));
    return {};
}

Result<> VcpuCaller::unpause_domain(std::uint32_t number)
{
    sched::unpause(*TRY(find(number)));
    return {};
}

Result<> VcpuCaller::ask_for_shutdown(std::uint32_t number, std::uint32_t reason)
{
    Domain& domain = *TRY(find(number));
    __atomic_store_n(&domain.shutdown_wanted, reason + 1, __ATOMIC_SEQ_CST);
    domain.events.raise_virq(LINTEL_VIRQ_SHUTDOWN, 0);
    return {};
}

Result<std::uint32_t> VcpuCaller::take_shutdown_wanted()
{
    const std::uint32_t wanted =
        __atomic_exchange_n(&vcpu_.domain->shutdown_wanted, 0u, __ATOMIC_SEQ_CST);
    if (wanted == 0)
        return Error::not_found;
    return wanted - 1;
}

} // namespace lintel
