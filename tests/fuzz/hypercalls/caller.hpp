// SPDX-License-Identifier: Apache-2.0
// A vCPU of a fuzzed domain, as the hypercall handlers see it.
#pragma once

#include "fuzz/hypercalls/domain.hpp"
#include "fuzz/hypercalls/recorded_memory.hpp"
#include "fuzz/require.hpp"
#include "hypercall/dispatch.hpp"

namespace lintel::fuzz {

class Caller {
public:
    Caller(Domain& domain, Domain& neighbour, std::uint32_t vcpu)
        : domain_{domain}, neighbour_{neighbour}, vcpu_{vcpu}
    {
    }

    RecordedMemory memory() { return {domain_.ram, writes_}; }
    const Writes& writes() const { return writes_; }
    Domain& domain() { return domain_; }
    Domain* find_domain(std::uint64_t number)
    {
        return number == domain_.id.number      ? &domain_
               : number == neighbour_.id.number ? &neighbour_
                                                : nullptr;
    }
    Domain* find_peer(DomainId domain) { return find_domain(domain.number); }
    bool privileged() const { return domain_.privileged; }
    unsigned physical_bits() const { return domain_physical_bits; }

    std::size_t console_write(std::span<const std::byte> bytes)
    {
        domain_.write_to_console(bytes);
        return bytes.size();
    }
    std::size_t console_read(std::span<std::byte> room) { return domain_.read_from_console(room); }
    void shut_down(std::uint32_t reason) { note(Deed::Kind::shut_down, reason); }
    void set_timer(std::uint64_t ns) { note(Deed::Kind::timer, ns); }
    void set_upcall_vector(std::uint8_t vector) { note(Deed::Kind::vector, vector); }
    Result<> register_time(std::uint32_t vcpu, std::uint64_t address)
    {
        if (vcpu >= domain_vcpus)
            return Error::not_found;
        TRY(memory().check(address, sizeof(lintel_time_record)));
        domain_.journal.push_back({Deed::Kind::time_record, vcpu, {address}});
        return {};
    }

    Result<> start_vcpu(std::uint32_t vcpu, const lintel_vcpu_start& start)
    {
        return domain_.start_vcpu(vcpu, start);
    }
    void stop()
    {
        note(Deed::Kind::stop);
        domain_.vcpus[vcpu_] = {LINTEL_VCPU_STOPPED, false};
    }
    Result<std::uint32_t> vcpu_state(std::uint32_t vcpu)
    {
        if (vcpu >= domain_vcpus)
            return Error::not_found;
        return domain_.vcpus[vcpu].state;
    }
    void yield() { note(Deed::Kind::yield); }
    void yield_to(const Domain& receiver) { note(Deed::Kind::yield_to, receiver.id.number); }
    void wait()
    {
        note(Deed::Kind::wait);
        FuzzedVcpu& self = domain_.vcpus[vcpu_];
        self.state = self.kicked ? LINTEL_VCPU_RUNNABLE : LINTEL_VCPU_BLOCKED;
        self.kicked = false;
    }
    Result<> kick(std::uint32_t vcpu) { return domain_.kick(vcpu); }
    Result<> send_nmi(std::uint32_t vcpu) { return domain_.send_nmi(vcpu); }

    Result<Port> bind_irq(const Line& line, std::uint32_t vcpu)
    {
        return domain_.bind_line(line, vcpu);
    }
    Result<Port> bind_msi(std::uint32_t vcpu, lintel_msi& message)
    {
        return domain_.bind_msi(vcpu, message);
    }
    void release_irq(std::uint8_t vector) { domain_.release_irq(vector); }
    Result<> end_irq(Port port) { return domain_.end_irq(port); }

    Result<std::uint64_t> release_memory(GfnRange range) { return domain_.release(range); }
    Result<std::uint64_t> claim_memory(GfnRange range) { return domain_.claim(range); }

    // None of the fuzzed domains may seal itself: what follows is never reached.
    static bool may_seal() { return false; }
    static void second_result(std::uint64_t) { REQUIRE(false); }
    static Result<> seal_declare(GfnRange, std::uint32_t) { return unsealed(); }
    static Result<std::uint64_t> seal(Gfn, bool) { return unsealed(); }
    static Result<std::uint64_t> pt_exchange(std::uint64_t, std::uint64_t) { return unsealed(); }
    static Result<std::uint64_t> pt_batch(unsigned, unsigned) { return unsealed(); }
    static Result<std::uint64_t> pt_donate(GfnRange) { return unsealed(); }
    static Result<std::uint64_t> pt_withdraw(GfnRange) { return unsealed(); }
    static Result<> text_write(std::uint64_t, std::uint64_t, unsigned) { return unsealed(); }
    static Result<std::uint64_t> text_make(GfnRange) { return unsealed(); }
    static Result<std::uint64_t> text_drop(GfnRange) { return unsealed(); }

    static bool can_seal() { return true; }
    Result<std::uint32_t> create_domain(const lintel_domain_create& wanted)
    {
        return domain_.others.create(wanted);
    }
    Result<std::uint64_t> destroy_domain(std::uint32_t number)
    {
        return domain_.others.destroy(number);
    }
    Result<std::uint64_t> populate_domain(std::uint32_t number, GfnRange range)
    {
        return domain_.others.populate(number, range);
    }
    Result<> start_domain(std::uint32_t number, const lintel_domain_start& start)
    {
        return domain_.others.start(number, start);
    }
    Result<> pause_domain(std::uint32_t number)
    {
        TRY(domain_.others.find(number))->paused = true;
        return {};
    }
    Result<> unpause_domain(std::uint32_t number)
    {
        TRY(domain_.others.find(number))->paused = false;
        return {};
    }
    Result<> ask_for_shutdown(std::uint32_t number, std::uint32_t reason)
    {
        TRY(domain_.others.find(number))->asked_for = reason + 1;
        return {};
    }
    Result<std::uint32_t> take_shutdown_wanted()
    {
        const std::uint32_t wanted = std::exchange(domain_.wanted_end, 0u);
        if (wanted == 0)
            return Error::not_found;
        return wanted - 1;
    }
    Result<> domain_info(std::uint32_t number, lintel_domain_info& info)
    {
        return domain_.others.describe(number, false, info);
    }
    Result<> next_domain_info(std::uint32_t number, lintel_domain_info& info)
    {
        return domain_.others.describe(number, true, info);
    }
    void machine_info(lintel_machine_info&) {}
    LogRing::Read log_read(std::uint64_t& cursor, std::span<char> out)
    {
        return domain_.log.read(cursor, out);
    }
    std::uint64_t log_end() const { return domain_.log.end(); }

private:
    static Error unsealed()
    {
        REQUIRE(false);
        return Error::unknown_call;
    }
    void note(Deed::Kind kind, std::uint64_t value = 0)
    {
        domain_.journal.push_back({kind, vcpu_, {value}});
    }

    Domain& domain_;
    Domain& neighbour_;
    std::uint32_t vcpu_;
    Writes writes_;
};

} // namespace lintel::fuzz
