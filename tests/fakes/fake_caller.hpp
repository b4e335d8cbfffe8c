// SPDX-License-Identifier: Apache-2.0
// The domain and vCPU behind a hypercall in tests: what the calls did is recorded, much of it by the
// bases. Event ports and device interrupts are the real ones, over fake I/O APIC registers. There is
// one other domain.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "domain/guest_memory.hpp"
#include "domain/irq_table.hpp"
#include "fakes/fake_domain.hpp"
#include "fakes/fake_domain_calls.hpp"
#include "fakes/fake_guest_ram.hpp"
#include "fakes/fake_io_apic.hpp"
#include "fakes/fake_seal_calls.hpp"
#include "fakes/fake_vcpu_calls.hpp"
#include "hypercall/dispatch.hpp"
#include "support/log_ring.hpp"

namespace lintel {

class FakeCaller : public FakeVcpuCalls, public FakeDomainCalls, public FakeSealCalls {
public:
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

    Result<std::uint64_t> release_memory(GfnRange range) { return note_memory(released, range); }
    Result<std::uint64_t> claim_memory(GfnRange range) { return note_memory(claimed, range); }

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

    std::vector<GfnRange> released, claimed;

    std::array<char, 256> log_bytes{};
    LogRing log{log_bytes};
    std::function<void()> during_log_read = [] {}; // what another CPU does meanwhile

    bool is_dom0 = true;
    FakeIoApic io_apic;
    std::uint8_t apic_id = 3;                      // whom device interrupts go to
    std::function<void()> during_bind_msi = [] {}; // what another vCPU does meanwhile

private:
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
