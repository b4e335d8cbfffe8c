// SPDX-License-Identifier: Apache-2.0
// Which errors a call may end in, from the tables "Errors" of docs/abi.
#include "fuzz/hypercalls/model.hpp"

#include <algorithm>

#include <lintel/domain.h>
#include <lintel/grant.h>
#include <lintel/hypercall.h>
#include <lintel/irq.h>
#include <lintel/status.h>
#include <lintel/time.h>

namespace lintel::fuzz {
namespace {

// Registers that a call has; the last is `flags`.
unsigned registers(std::uint64_t number)
{
    switch (number) {
#define HYPERCALL(name, value, arguments) \
    case value:                           \
        return arguments;
#include <lintel/hypercalls.def>
#undef HYPERCALL
    default:
        return 0;
    }
}

bool unknown_flags(const Call& call)
{
    const unsigned count = registers(call.number);
    const std::uint64_t known = call.number == LINTEL_HC_irq_bind
                                    ? LINTEL_IRQ_LEVEL | LINTEL_IRQ_LOW
                                : call.number == LINTEL_HC_event_send ? LINTEL_EVENT_YIELD
                                : call.number == LINTEL_HC_domain_info ? LINTEL_DOMAIN_INFO_NEXT
                                : call.number == LINTEL_HC_foreign_map ? LINTEL_GRANT_READONLY
                                                                       : 0;
    return count != 0 && (call.in[count - 1] & ~known) != 0;
}

bool is_canonical(std::uint64_t address)
{
    const std::uint64_t upper = address >> 47;
    return upper == 0 || upper == (1u << 17) - 1;
}

} // namespace

Model::Model(unsigned side, std::uint16_t number, bool is_dom0)
    : side_{side}, number_{number}, privileged_{is_dom0}
{
    states[0] = LINTEL_VCPU_RUNNABLE;
}

const Model* Model::named(std::uint64_t number) const
{
    if (number == LINTEL_DOMAIN_SELF || number == number_)
        return this;
    return number == neighbour_->number_ ? neighbour_ : nullptr;
}

bool Model::is_bound(std::uint64_t port) const
{
    return port < ports_.size() && ports_[port].kind != Kind::free;
}

std::uint32_t Model::lowest_free() const
{
    for (std::uint32_t port = 1; port < ports_.size(); ++port)
        if (ports_[port].kind == Kind::free)
            return port;
    return 0;
}

std::uint32_t Model::free_device() const
{
    const auto free = std::find_if(devices_.begin(), devices_.end(),
                                   [](const Device& device) { return device.port == 0; });
    return static_cast<std::uint32_t>(free - devices_.begin());
}

Statuses Model::refuse_console(const Call& call) const
{
    return Statuses{}
        .add(LINTEL_EPERM, !privileged_)
        .add(LINTEL_EINVAL, call.in[1] > LINTEL_CONSOLE_BYTES)
        .add(LINTEL_EFAULT, !ram.covers(call.in[0], std::min<std::uint64_t>(
                                                        call.in[1], LINTEL_CONSOLE_BYTES + 1)));
}

Statuses Model::refuse_time_register(const Call& call) const
{
    return Statuses{}
        .add(LINTEL_ENOENT, call.in[0] >= domain_vcpus)
        .add(LINTEL_EINVAL, call.in[1] % 32 != 0)
        .add(LINTEL_EFAULT, !ram.covers(call.in[1], sizeof(lintel_time_record)));
}

Statuses Model::refuse_bind_virq(const Call& call) const
{
    const std::uint64_t virq = call.in[0], vcpu = call.in[1];
    const bool taken = std::any_of(ports_.begin(), ports_.end(), [&](const Binding& port) {
        return port.kind == Kind::virq && port.vcpu == vcpu && port.source == virq;
    });
    return Statuses{}
        .add(LINTEL_EINVAL, virq >= LINTEL_VIRQS || (virq != LINTEL_VIRQ_TIMER && vcpu != 0))
        .add(LINTEL_ENOENT, vcpu >= domain_vcpus)
        .add(LINTEL_EEXIST, taken)
        .add(LINTEL_ENOSPC, lowest_free() == 0);
}

Statuses Model::refuse_send(std::uint64_t port) const
{
    if (!is_bound(port))
        return Statuses{}.add(LINTEL_ENOENT);
    const Kind kind = ports_[port].kind;
    return Statuses{}
        .add(LINTEL_EPERM, kind == Kind::virq || kind == Kind::irq)
        .add(LINTEL_EAGAIN, kind == Kind::awaiting);
}

Statuses Model::refuse_alloc(const Call& call) const
{
    const Model *domain = named(call.in[0]), *peer = named(call.in[1]);
    return Statuses{}
        .add(LINTEL_ENOENT, domain == nullptr || peer == nullptr)
        .add(LINTEL_EPERM, domain == neighbour_ && !privileged_)
        .add(LINTEL_EINVAL, domain == peer)
        .add(LINTEL_ENOSPC, domain != nullptr && domain->lowest_free() == 0);
}

Statuses Model::refuse_bind(const Call& call) const
{
    const Model* peer = named(call.in[0]);
    const std::uint64_t port = call.in[1];
    Statuses statuses;
    statuses.add(LINTEL_ENOENT, peer == nullptr || call.in[2] >= domain_vcpus)
        .add(LINTEL_EINVAL, peer == this)
        .add(LINTEL_ENOSPC, lowest_free() == 0);
    if (peer == nullptr || !peer->is_bound(port))
        return statuses.add(LINTEL_ENOENT);
    const Kind kind = peer->ports_[port].kind;
    return statuses.add(LINTEL_EBUSY, kind == Kind::interdomain)
        .add(LINTEL_EPERM, kind != Kind::interdomain && kind != Kind::awaiting);
}

Statuses Model::refuse_start(const Call& call) const
{
    const auto [vcpu, address, flags, unused, unused2] = call.in;
    Statuses statuses;
    statuses.add(LINTEL_ENOENT, vcpu >= domain_vcpus)
        .add(LINTEL_EBUSY, vcpu < domain_vcpus && states[vcpu] != LINTEL_VCPU_STOPPED)
        .add(LINTEL_EINVAL, address % 8 != 0);
    if (!ram.covers(address, sizeof(lintel_vcpu_start)))
        return statuses.add(LINTEL_EFAULT);
    const std::uint64_t cr3 = load(address + 24);
    statuses.add(LINTEL_EINVAL, !is_canonical(load(address)) || !is_canonical(load(address + 8)))
        .add(LINTEL_EINVAL, cr3 % page_size != 0 || cr3 >= 1ull << domain_physical_bits);
    for (unsigned at = 32; at < sizeof(lintel_vcpu_start); at += 8)
        statuses.add(LINTEL_EINVAL, load(address + at) != 0);
    return statuses;
}

Statuses Model::refuse_irq(const Call& call) const
{
    const std::uint64_t first = call.in[0];
    Statuses statuses;
    statuses.add(LINTEL_EPERM, !privileged_);
    if (call.number == LINTEL_HC_irq_eoi)
        return statuses.add(LINTEL_ENOENT, !is_bound(first))
            .add(LINTEL_EINVAL, is_bound(first) && ports_[first].kind != Kind::irq);
    statuses.add(LINTEL_ENOENT, call.in[1] >= domain_vcpus)
        .add(LINTEL_ENOSPC, lowest_free() == 0 || free_device() == devices_.size());
    if (call.number == LINTEL_HC_msi_bind)
        return statuses.add(LINTEL_EINVAL, first % 8 != 0)
            .add(LINTEL_EFAULT, !ram.covers(first, sizeof(lintel_msi)));
    const bool taken = std::any_of(devices_.begin(), devices_.end(), [&](const Device& device) {
        return device.port != 0 && device.line && device.gsi == first;
    });
    return statuses.add(LINTEL_ENOENT, first >= domain_gsis)
        .add(LINTEL_EBUSY, first == kept_gsi)
        .add(LINTEL_EEXIST, taken);
}

Statuses Model::refuse_memory(const Call& call, bool present) const
{
    const Gfn first = Gfn::of(call.in[0]);
    return Statuses{}
        .add(LINTEL_EINVAL, call.in[0] % page_size != 0 || call.in[1] == 0)
        .add(LINTEL_EFAULT, present ? !ram.has(first) : !ram.released(first))
        .add(LINTEL_EBUSY, present && is_used(first.number));
}

Statuses Model::refusals(const Call& call) const
{
    const std::uint64_t first = call.in[0];
    const auto statuses = [&]() -> Statuses {
        switch (call.number) {
        case LINTEL_HC_abi_revision:
        case LINTEL_HC_timer_set:
        case LINTEL_HC_vcpu_stop:
        case LINTEL_HC_vcpu_yield:
        case LINTEL_HC_vcpu_wait:
            return {};
        case LINTEL_HC_console_write:
        case LINTEL_HC_console_read:
            return refuse_console(call);
        case LINTEL_HC_shutdown:
            return Statuses{}.add(LINTEL_EINVAL, first > LINTEL_SHUTDOWN_HALT);
        case LINTEL_HC_time_register:
            return refuse_time_register(call);
        case LINTEL_HC_upcall_set:
            return Statuses{}.add(LINTEL_EINVAL, first != 0 && (first < 32 || first > 255));
        case LINTEL_HC_event_bind_virq:
            return refuse_bind_virq(call);
        case LINTEL_HC_event_bind_ipi:
            return Statuses{}
                .add(LINTEL_ENOENT, first >= domain_vcpus)
                .add(LINTEL_ENOSPC, lowest_free() == 0);
        case LINTEL_HC_event_close:
        case LINTEL_HC_event_unmask:
            return Statuses{}.add(LINTEL_ENOENT, !is_bound(first));
        case LINTEL_HC_event_send:
            return refuse_send(first);
        case LINTEL_HC_event_alloc:
            return refuse_alloc(call);
        case LINTEL_HC_event_bind:
            return refuse_bind(call);
        case LINTEL_HC_event_move:
            return Statuses{}
                .add(LINTEL_ENOENT, !is_bound(first) || call.in[1] >= domain_vcpus)
                .add(LINTEL_EINVAL, is_bound(first) && ports_[first].kind == Kind::virq);
        case LINTEL_HC_vcpu_start:
            return refuse_start(call);
        case LINTEL_HC_vcpu_state:
        case LINTEL_HC_vcpu_kick:
        case LINTEL_HC_vcpu_nmi:
            return Statuses{}.add(LINTEL_ENOENT, first >= domain_vcpus);
        case LINTEL_HC_irq_bind:
        case LINTEL_HC_irq_eoi:
        case LINTEL_HC_msi_bind:
            return refuse_irq(call);
        case LINTEL_HC_foreign_map:
            return refuse_foreign_map(call);
        case LINTEL_HC_foreign_unmap:
        case LINTEL_HC_grant_map:
        case LINTEL_HC_grant_unmap:
        case LINTEL_HC_grant_copy:
        case LINTEL_HC_grant_revoke_batch:
            return refuse_batch(call);
        case LINTEL_HC_grant_revoke:
            return refuse_revoke(first);
        case LINTEL_HC_memory_release:
            return refuse_memory(call, true);
        case LINTEL_HC_memory_claim:
            return refuse_memory(call, false);
        case LINTEL_HC_domain_create:
        case LINTEL_HC_domain_destroy:
        case LINTEL_HC_domain_populate:
        case LINTEL_HC_domain_start:
        case LINTEL_HC_domain_pause:
        case LINTEL_HC_domain_unpause:
        case LINTEL_HC_domain_info:
        case LINTEL_HC_domain_shutdown:
        case LINTEL_HC_shutdown_wanted:
        case LINTEL_HC_machine_info:
        case LINTEL_HC_log_read:
            return refuse_domain(call);
        case LINTEL_HC_seal_declare:
        case LINTEL_HC_seal:
        case LINTEL_HC_pt_exchange:
        case LINTEL_HC_pt_batch:
        case LINTEL_HC_pt_donate:
        case LINTEL_HC_pt_withdraw:
        case LINTEL_HC_text_write:
        case LINTEL_HC_text_make:
        case LINTEL_HC_text_drop:
            return Statuses{}.add(LINTEL_EPERM); // neither domain was made for it
        default:
            return Statuses{}.add(LINTEL_ENOSYS);
        }
    };
    return statuses().add(LINTEL_EINVAL, unknown_flags(call));
}

} // namespace lintel::fuzz
