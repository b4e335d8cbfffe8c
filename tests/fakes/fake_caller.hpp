// SPDX-License-Identifier: Apache-2.0
// The domain and vCPU behind a hypercall in tests: what the calls did is recorded. Event ports and
// device interrupts are the real ones, over fake I/O APIC registers. There is one other domain.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "domain/guest_memory.hpp"
#include "domain/irq_table.hpp"
#include "fakes/fake_domain.hpp"
#include "fakes/fake_guest_ram.hpp"
#include "fakes/fake_io_apic.hpp"
#include "hypercall/dispatch.hpp"
#include "support/log_ring.hpp"

namespace lintel {

class FakeCaller {
public:
    static constexpr std::uint32_t vcpus = 2;
    static constexpr std::uint32_t ports = 8;
    static constexpr std::uint32_t console_gsi = 4; // the hypervisor's own

    FakeCaller()
    {
        io_apics_.add(IoApic{FakeIoApicRegisters{&io_apic}}, 0).take(); // there is room for one
        irqs_.keep(console_gsi);
    }
    FakeCaller(const FakeCaller&) = delete;

    // As a guest would: number and arguments in registers.
    std::int64_t call(std::uint64_t number, HypercallArguments arguments = {})
    {
        return dispatch_hypercall(*this, number, arguments);
    }

    // --- what handlers ask for ---

    GuestMemory<FakeGuestRam> memory() { return GuestMemory{ram}; }
    FakeDomain& domain() { return self; }
    FakeDomain* find_domain(std::uint64_t number) { return all_domains.find(number); }
    FakeDomain* find_peer(DomainId domain) { return all_domains(domain); }
    std::size_t console_write(std::span<const std::byte> bytes)
    {
        const std::size_t taken = bytes.size() < line_takes ? bytes.size() : line_takes;
        line_takes -= taken;
        for (const std::byte byte : bytes.first(taken))
            written.push_back(static_cast<char>(byte));
        during_console_write();
        return taken;
    }
    std::size_t console_read(std::span<std::byte> room)
    {
        std::size_t stored = 0;
        for (; stored < room.size() && !typed.empty(); ++stored) {
            room[stored] = static_cast<std::byte>(typed.front());
            typed.pop_front();
        }
        return stored;
    }
    void shut_down(std::uint32_t reason) { shutdown_reason = reason; }
    void set_timer(std::uint64_t ns) { deadline = ns; }
    Result<> register_time(std::uint32_t vcpu, std::uint64_t address)
    {
        TRY(known(vcpu));
        TRY(ram.ram_page(Gfn::of(address)));
        time_address = address;
        return {};
    }
    void set_upcall_vector(std::uint8_t vector) { upcall_vector = vector; }

    unsigned physical_bits() const { return 46; }
    Result<> start_vcpu(std::uint32_t vcpu, const lintel_vcpu_start& start)
    {
        TRY(known(vcpu));
        if (vcpu_states[vcpu] != LINTEL_VCPU_STOPPED)
            return Error::busy;
        vcpu_states[vcpu] = LINTEL_VCPU_RUNNABLE;
        starts.push_back({vcpu, start});
        return {};
    }
    void stop() { ++stops; }
    Result<std::uint32_t> vcpu_state(std::uint32_t vcpu)
    {
        TRY(known(vcpu));
        return vcpu_states[vcpu];
    }
    void yield() { ++yields; }
    void yield_to(const FakeDomain& receiver) { yields_to.push_back(receiver.id.number); }
    void wait() { ++waits; }
    Result<> kick(std::uint32_t vcpu)
    {
        TRY(known(vcpu));
        kicks.push_back(vcpu);
        return {};
    }
    Result<> send_nmi(std::uint32_t vcpu)
    {
        TRY(known(vcpu));
        nmis.push_back(vcpu);
        return {};
    }

    Result<std::uint64_t> release_memory(GfnRange range) { return note_memory(released, range); }
    Result<std::uint64_t> claim_memory(GfnRange range) { return note_memory(claimed, range); }

    bool can_seal() const { return machine_seals; }
    Result<std::uint32_t> create_domain(const lintel_domain_create& wanted)
    {
        if (domains.size() == most_domains)
            return Error::limit_reached;
        created.push_back(wanted);
        const auto number = static_cast<std::uint32_t>(created.size());
        domains.insert(number);
        return number;
    }
    Result<std::uint64_t> destroy_domain(std::uint32_t number)
    {
        TRY(known_domain(number));
        if (destroy_again != 0)
            return destroy_again--;
        domains.erase(number);
        return std::uint64_t{0};
    }
    Result<std::uint64_t> populate_domain(std::uint32_t number, GfnRange range)
    {
        TRY(known_domain(number));
        populated.push_back({number, range});
        return range.count < frames_done ? range.count : frames_done;
    }
    Result<> start_domain(std::uint32_t number, const lintel_domain_start& start)
    {
        TRY(known_domain(number));
        domain_starts.push_back({number, start});
        return {};
    }
    Result<> pause_domain(std::uint32_t number) { return note_domain(paused, number); }
    Result<> unpause_domain(std::uint32_t number) { return note_domain(unpaused, number); }
    Result<> ask_for_shutdown(std::uint32_t number, std::uint32_t reason)
    {
        TRY(known_domain(number));
        asked.push_back({number, reason});
        return {};
    }
    Result<std::uint32_t> take_shutdown_wanted()
    {
        if (!wanted_end)
            return Error::not_found;
        return *std::exchange(wanted_end, std::nullopt);
    }
    void second_result(std::uint64_t value) { second = value; }
    bool may_seal() const { return sealable; }
    Result<> seal_declare(GfnRange range, std::uint32_t kind)
    {
        if (declared.size() == most_declared)
            return Error::busy;
        declared.push_back({range, kind});
        return {};
    }
    Result<std::uint64_t> seal(Gfn root, bool pair) { return note_seal("seal", root.number, pair); }
    Result<std::uint64_t> pt_exchange(std::uint64_t address, std::uint64_t value)
    {
        return note_seal("exchange", address, value);
    }
    Result<std::uint64_t> pt_batch(unsigned first, unsigned end)
    {
        return note_seal("batch", first, end);
    }
    Result<std::uint64_t> pt_donate(GfnRange range) { return note_seal("donate", range); }
    Result<std::uint64_t> pt_withdraw(GfnRange range) { return note_seal("withdraw", range); }
    Result<> text_write(std::uint64_t address, std::uint64_t value, unsigned bytes)
    {
        TRY(note_seal("text", address, value, bytes));
        return {};
    }
    Result<std::uint64_t> text_make(GfnRange range) { return note_seal("make", range); }
    Result<std::uint64_t> text_drop(GfnRange range) { return note_seal("drop", range); }

    Result<> domain_info(std::uint32_t number, lintel_domain_info& info)
    {
        if (number != 0)
            TRY(known_domain(number));
        info.domain = number;
        info.frames = 7;
        return {};
    }
    Result<> next_domain_info(std::uint32_t number, lintel_domain_info& info)
    {
        const auto next = domains.lower_bound(number);
        if (number != 0 && next == domains.end())
            return Error::not_found;
        info.domain = number == 0 ? 0 : *next;
        return {};
    }
    void machine_info(lintel_machine_info& info) { info.frames = 9; }
    LogRing::Read log_read(std::uint64_t& cursor, std::span<char> out)
    {
        during_log_read();
        return log.read(cursor, out);
    }
    std::uint64_t log_end() const { return log.end(); }

    bool privileged() const { return is_dom0; }
    Result<Port> bind_irq(Line line, VcpuIndex vcpu)
    {
        assert(self.ports_lock.held);
        return irqs_.bind_line(self.events, line, vcpu, apic_id);
    }
    Result<Port> bind_msi(VcpuIndex vcpu, lintel_msi& message)
    {
        assert(self.ports_lock.held);
        during_bind_msi();
        return irqs_.bind_message(self.events, vcpu, apic_id, message);
    }
    Result<> end_irq(Port port) { return irqs_.end(self.events, port); }
    void release_irq(std::uint8_t vector)
    {
        assert(self.ports_lock.held);
        irqs_.release(vector);
    }

    // --- the machine around it ---

    // A physical interrupt, as its handler takes it.
    void interrupt(std::uint8_t vector)
    {
        auto port = irqs_.take(vector);
        io_apic.end(vector);
        if (port.ok() && port.value() != 0)
            self.events.raise_irq(port.value());
    }

    struct Start {
        std::uint32_t vcpu;
        lintel_vcpu_start start;
    };

    FakeGuestRam ram;
    std::string written;    // to the console
    std::size_t line_takes = ~0ul;                      // before the console is slow
    std::function<void()> during_console_write = [] {}; // what another vCPU does meanwhile
    std::deque<char> typed; // waits to be read from it
    std::optional<std::uint32_t> shutdown_reason;
    std::optional<std::uint64_t> deadline;
    std::optional<std::uint64_t> time_address;
    std::optional<std::uint8_t> upcall_vector;

    FakeMachine machine;
    FakeDomain self{machine, 0, vcpus, ports}, other{machine, 1, vcpus, ports};
    FakeDomains all_domains{{&self, &other}};
    lintel_events& shared = self.shared;
    FakeDomain::Sink& upcalls = self.upcalls;

    std::array<std::uint32_t, vcpus> vcpu_states{LINTEL_VCPU_RUNNABLE, LINTEL_VCPU_STOPPED};
    std::vector<Start> starts;
    std::vector<std::uint32_t> kicks, nmis;
    unsigned stops = 0, yields = 0, waits = 0;
    std::vector<std::uint16_t> yields_to; // numbers of domains

    std::vector<GfnRange> released, claimed;
    std::uint64_t frames_done = ~0ull; // what a memory call does at most

    static constexpr std::size_t most_domains = 2;
    std::set<std::uint32_t> domains; // that exist, dom0 not counted
    std::vector<lintel_domain_create> created;
    std::uint64_t destroy_again = 0; // how often a call is not the last one
    struct Populated {
        std::uint32_t domain;
        GfnRange range;
        bool operator==(const Populated&) const = default;
    };
    std::vector<Populated> populated;
    struct DomainStart {
        std::uint32_t domain;
        lintel_domain_start start;
    };
    std::vector<DomainStart> domain_starts;
    std::vector<std::uint32_t> paused, unpaused;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> asked; // to end: domain and reason
    std::optional<std::uint32_t> wanted_end;                    // what this domain is asked for
    std::array<char, 256> log_bytes{};
    LogRing log{log_bytes};
    std::function<void()> during_log_read = [] {}; // what another CPU does meanwhile

    bool machine_seals = true; // the processor is up to it
    bool sealable = false;
    std::uint64_t second = ~0ull; // RDX
    struct Declared {
        GfnRange range;
        std::uint32_t kind;
        bool operator==(const Declared&) const = default;
    };
    std::vector<Declared> declared;
    std::size_t most_declared = ~0ull;
    struct SealCall {
        std::string name;
        std::uint64_t first, second, third = 0;
        bool operator==(const SealCall&) const = default;
    };
    std::vector<SealCall> seal_calls;
    std::uint64_t seal_answer = 7;
    std::optional<Error> seal_refused;

    bool is_dom0 = true;
    FakeIoApic io_apic;
    std::uint8_t apic_id = 3;                      // whom device interrupts go to
    std::function<void()> during_bind_msi = [] {}; // what another vCPU does meanwhile

private:
    static Result<> known(std::uint32_t vcpu)
    {
        if (vcpu >= vcpus)
            return Error::not_found;
        return {};
    }
    Result<> known_domain(std::uint32_t number) const
    {
        if (!domains.contains(number))
            return Error::not_found;
        return {};
    }
    Result<> note_domain(std::vector<std::uint32_t>& list, std::uint32_t number)
    {
        TRY(known_domain(number));
        list.push_back(number);
        return {};
    }
    Result<std::uint64_t> note_seal(const char* name, std::uint64_t first, std::uint64_t second_word,
                                    std::uint64_t third = 0)
    {
        seal_calls.push_back({name, first, second_word, third});
        if (seal_refused)
            return *seal_refused;
        return seal_answer;
    }
    Result<std::uint64_t> note_seal(const char* name, GfnRange range)
    {
        return note_seal(name, range.first.number, range.count);
    }
    Result<std::uint64_t> note_memory(std::vector<GfnRange>& list, GfnRange range)
    {
        TRY(ram.ram_page(range.first));
        list.push_back(range);
        return range.count < frames_done ? range.count : frames_done;
    }

    IoApics<FakeIoApicRegisters> io_apics_;
    IrqTable<IoApics<FakeIoApicRegisters>> irqs_{io_apics_};
};

} // namespace lintel
