// SPDX-License-Identifier: Apache-2.0
// The real Caller of the hypercall handlers: a vCPU. Host tests and the fuzzer have another one.
#pragma once

#include <span>

#include <lintel/domain.h>
#include <lintel/irq.h>
#include <lintel/vcpu.h>

#include "cpu/redirection.hpp"
#include "domain/domain_table.hpp"
#include "domain/shootdown.hpp"
#include "domain/vcpu.hpp"
#include "support/log_ring.hpp"

namespace lintel {

class VcpuCaller {
public:
    explicit VcpuCaller(Vcpu& vcpu) : vcpu_{vcpu} {}

    bool privileged() const { return vcpu_.domain->privileged; }
    GuestMemory<Domain> memory() { return GuestMemory{*vcpu_.domain}; }
    Domain& domain() { return *vcpu_.domain; }
    static Domain* find_domain(std::uint64_t number) { return domains().find(number); }
    static Domain* find_peer(DomainId domain) { return domains().find_any(domain.number); }

    std::size_t console_write(std::span<const std::byte> bytes);
    std::size_t console_read(std::span<std::byte> room);
    void shut_down(std::uint32_t reason);
    void set_timer(std::uint64_t deadline_ns);
    Result<> register_time(std::uint32_t index, std::uint64_t address);
    void set_upcall_vector(std::uint8_t vector);

    Result<Port> bind_irq(const Line& line, VcpuIndex vcpu);
    Result<Port> bind_msi(VcpuIndex vcpu, lintel_msi& message);
    Result<> end_irq(Port port);
    void release_irq(std::uint8_t vector);

    static unsigned physical_bits();
    Result<> start_vcpu(std::uint32_t index, const lintel_vcpu_start& start);
    void stop();
    Result<std::uint32_t> vcpu_state(std::uint32_t index);
    void yield() { vcpu_.leave = Leave::yield; }
    void yield_to(const Domain& receiver);
    void wait();
    Result<> kick(std::uint32_t index);
    Result<> send_nmi(std::uint32_t index);

    Result<std::uint64_t> release_memory(GfnRange range);
    Result<std::uint64_t> claim_memory(GfnRange range);

    // Whether this processor can run a domain that seals its page tables.
    static bool can_seal();
    Result<std::uint32_t> create_domain(const lintel_domain_create& wanted);
    Result<std::uint64_t> destroy_domain(std::uint32_t number);
    Result<std::uint64_t> populate_domain(std::uint32_t number, GfnRange range);
    Result<> start_domain(std::uint32_t number, const lintel_domain_start& start);
    Result<> pause_domain(std::uint32_t number);
    Result<> unpause_domain(std::uint32_t number);
    Result<> ask_for_shutdown(std::uint32_t number, std::uint32_t reason);
    Result<std::uint32_t> take_shutdown_wanted();

    // In hypercall/vcpu_caller_seal.cpp. RDX, for calls that have a second result.
    void second_result(std::uint64_t value) { vcpu_.registers.rdx = value; }
    bool may_seal() const { return vcpu_.domain->sealed != nullptr; }
    Result<> seal_declare(GfnRange range, std::uint32_t kind);
    Result<std::uint64_t> seal(Gfn root, bool pair);
    Result<std::uint64_t> pt_exchange(std::uint64_t address, std::uint64_t value);
    Result<std::uint64_t> pt_batch(unsigned first, unsigned end);
    Result<std::uint64_t> pt_donate(GfnRange range);
    Result<std::uint64_t> pt_withdraw(GfnRange range);
    Result<> text_write(std::uint64_t address, std::uint64_t value, unsigned bytes);
    Result<std::uint64_t> text_make(GfnRange range);
    Result<std::uint64_t> text_drop(GfnRange range);

    Result<> domain_info(std::uint32_t number, lintel_domain_info& info);
    Result<> next_domain_info(std::uint32_t number, lintel_domain_info& info);
    void machine_info(lintel_machine_info& info);
    LogRing::Read log_read(std::uint64_t& cursor, std::span<char> out);
    std::uint64_t log_end();

private:
    // Once it is.
    Result<Sealed*> sealed_tables() const
    {
        Sealed* const sealed = vcpu_.domain->sealed;
        if (!sealed->is_sealed())
            return Error::not_found;
        return sealed;
    }
    Result<std::uint64_t> travel(seal::Trip trip, GfnRange range);
    Vcpu& vcpu_;
};

} // namespace lintel
