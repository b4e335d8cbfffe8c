// SPDX-License-Identifier: Apache-2.0
// What a call that succeeds has to leave behind.
#include <algorithm>

#include <lintel/cpuid.h>
#include <lintel/hypercall.h>
#include <lintel/irq.h>

#include "fuzz/hypercalls/model.hpp"

namespace lintel::fuzz {

void Model::note(Deed::Kind kind, std::uint64_t vcpu, std::array<std::uint64_t, 4> values)
{
    journal.push_back({kind, static_cast<std::uint32_t>(vcpu), values});
}

std::uint64_t Model::load(std::uint64_t address) const
{
    std::uint64_t value = 0;
    for (unsigned i = 0; i < sizeof value; ++i)
        value |= static_cast<std::uint64_t>(ram.at(address + i)) << 8 * i;
    return value;
}

void Model::store(std::uint64_t address, std::uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; ++i)
        ram.at(address + i) = static_cast<std::byte>(value >> 8 * i);
}

bool Model::accept_console(const Call& call, std::int64_t result)
{
    const auto [address, bytes, flags, unused, unused2] = call.in;
    const auto count = static_cast<std::uint64_t>(result);
    const bool reads = call.number == LINTEL_HC_console_read;
    if (count > bytes || (reads && count > typed.size()))
        return false;
    for (std::uint64_t i = 0; i < count; ++i)
        if (reads) {
            ram.at(address + i) = static_cast<std::byte>(typed.front());
            typed.pop_front();
        } else {
            written.push_back(static_cast<char>(ram.at(address + i)));
        }
    return count != 0 || bytes == 0 || (reads && typed.empty());
}

bool Model::accept_vcpu(const Call& call, std::int64_t result)
{
    const std::uint64_t vcpu = call.in[0];
    switch (call.number) {
    case LINTEL_HC_vcpu_start: {
        const std::uint64_t at = call.in[1];
        note(Deed::Kind::start, vcpu, {load(at), load(at + 8), load(at + 16), load(at + 24)});
        states[vcpu] = LINTEL_VCPU_RUNNABLE;
        kicked[vcpu] = false;
        break;
    }
    case LINTEL_HC_vcpu_stop:
        note(Deed::Kind::stop, call.vcpu);
        states[call.vcpu] = LINTEL_VCPU_STOPPED;
        kicked[call.vcpu] = false;
        break;
    case LINTEL_HC_vcpu_state:
        return result == states[vcpu];
    case LINTEL_HC_vcpu_yield:
        note(Deed::Kind::yield, call.vcpu);
        break;
    case LINTEL_HC_vcpu_wait:
        note(Deed::Kind::wait, call.vcpu);
        if (!kicked[call.vcpu])
            states[call.vcpu] = LINTEL_VCPU_BLOCKED;
        kicked[call.vcpu] = false;
        break;
    case LINTEL_HC_vcpu_kick:
        note(Deed::Kind::kick, vcpu);
        kicked[vcpu] = states[vcpu] == LINTEL_VCPU_RUNNABLE;
        wake(static_cast<std::uint32_t>(vcpu));
        break;
    case LINTEL_HC_vcpu_nmi:
        note(Deed::Kind::nmi, vcpu);
        wake(static_cast<std::uint32_t>(vcpu));
        break;
    }
    return result == 0;
}

bool Model::accept_irq(const Call& call, std::int64_t result)
{
    const std::uint64_t first = call.in[0];
    if (call.number == LINTEL_HC_irq_eoi) {
        Device& device = devices_[ports_[first].source - first_vector];
        if (device.masked)
            note(Deed::Kind::end_line, device.gsi);
        device.masked = false;
        return result == 0;
    }
    const std::uint32_t index = free_device();
    const std::uint32_t vector = first_vector + index;
    if (!bind(result, Kind::irq, call.in[1], vector))
        return false;
    const bool line = call.number == LINTEL_HC_irq_bind;
    devices_[index] = {static_cast<std::uint32_t>(result), line, line ? first : 0,
                       line && (call.in[2] & LINTEL_IRQ_LEVEL) != 0, false};
    if (!line) {
        store(first, message_address, 8);
        store(first + 8, vector, 8); // and the reserved word
    }
    return true;
}

bool Model::accept_memory(const Call& call, std::int64_t result)
{
    const bool releases = call.number == LINTEL_HC_memory_release;
    const Gfn first = Gfn::of(call.in[0]);
    const auto count = static_cast<std::uint64_t>(result);
    if (count == 0 || count > call.in[1])
        return false;
    for (Gfn gfn = first; gfn < first + count; gfn = gfn + 1) {
        if (releases ? !ram.has(gfn) || is_used(gfn.number) : !ram.released(gfn))
            return false;
        if (releases)
            ram.release(gfn);
        else
            ram.claim(gfn);
    }
    note(releases ? Deed::Kind::release : Deed::Kind::claim, 0, {first.number, count});
    return true;
}

bool Model::accept(const Call& call, std::int64_t result, const Writes& writes)
{
    switch (call.number) {
    case LINTEL_HC_abi_revision:
        return result == LINTEL_ABI_REVISION;
    case LINTEL_HC_console_write:
    case LINTEL_HC_console_read:
        return accept_console(call, result);
    case LINTEL_HC_shutdown:
        note(Deed::Kind::shut_down, call.vcpu, {call.in[0]});
        return result == 0;
    case LINTEL_HC_timer_set:
        note(Deed::Kind::timer, call.vcpu, {call.in[0]});
        return result == 0;
    case LINTEL_HC_time_register:
        note(Deed::Kind::time_record, call.in[0], {call.in[1]});
        return result == 0;
    case LINTEL_HC_upcall_set:
        note(Deed::Kind::vector, call.vcpu, {call.in[0]});
        return result == 0;
    case LINTEL_HC_event_bind_virq:
    case LINTEL_HC_event_bind_ipi:
    case LINTEL_HC_event_close:
    case LINTEL_HC_event_send:
    case LINTEL_HC_event_unmask:
    case LINTEL_HC_event_move:
    case LINTEL_HC_event_alloc:
    case LINTEL_HC_event_bind:
        return accept_event(call, result);
    case LINTEL_HC_irq_bind:
    case LINTEL_HC_irq_eoi:
    case LINTEL_HC_msi_bind:
        return accept_irq(call, result);
    case LINTEL_HC_memory_release:
    case LINTEL_HC_memory_claim:
        return accept_memory(call, result);
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
        return accept_domain(call, result);
    case LINTEL_HC_foreign_map:
    case LINTEL_HC_foreign_unmap:
    case LINTEL_HC_grant_map:
    case LINTEL_HC_grant_unmap:
    case LINTEL_HC_grant_copy:
    case LINTEL_HC_grant_revoke:
    case LINTEL_HC_grant_revoke_batch:
        return accept_grant(call, result, writes);
    default:
        return accept_vcpu(call, result);
    }
}

} // namespace lintel::fuzz
