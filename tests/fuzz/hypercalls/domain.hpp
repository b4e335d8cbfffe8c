// SPDX-License-Identifier: Apache-2.0
// A domain whose hypercalls are fuzzed. Decoding, copying and event channels are the hypervisor's
// own code; what lies behind them (processors, devices, EPT) is only as much as the calls can tell.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <lintel/irq.h>
#include <lintel/vcpu.h>

#include "cpu/redirection.hpp"
#include "domain/guest_memory.hpp"
#include "event/interdomain.hpp"
#include "fuzz/hypercalls/frames.hpp"
#include "fuzz/hypercalls/journal.hpp"
#include "fuzz/hypercalls/others.hpp"
#include "fuzz/hypercalls/ram.hpp"
#include "fuzz/hypercalls/shape.hpp"
#include "grant/mapping.hpp"
#include "support/log_ring.hpp"

namespace lintel::fuzz {

struct FuzzedVcpu {
    std::uint32_t state = LINTEL_VCPU_STOPPED;
    bool kicked = false;

    bool operator==(const FuzzedVcpu&) const = default;
    void wake()
    {
        if (state == LINTEL_VCPU_BLOCKED)
            state = LINTEL_VCPU_RUNNABLE;
    }
};

class Domain {
public:
    struct Sink {
        Domain& domain;
        void upcall(VcpuIndex vcpu);
    };
    // What one interrupt vector of the machine is given to.
    struct Device {
        Port port = 0;            // 0: nothing
        std::optional<Line> line; // else a message
        bool masked = false;
    };

    // One holder at a time, and the calls must not take it twice.
    struct Lock {
        bool held = false;
        void lock();
        void unlock() { held = false; }
    };

    Domain(Frames& frames, unsigned side, std::uint16_t number, bool is_dom0);
    Domain(const Domain&) = delete;

    bool may_leave(Gfn) const { return true; } // none is sealed
    void write_to_console(std::span<const std::byte> bytes);
    std::size_t read_from_console(std::span<std::byte> room);
    Result<> start_vcpu(std::uint32_t vcpu, const lintel_vcpu_start& start);
    Result<> kick(std::uint32_t vcpu);
    Result<> send_nmi(std::uint32_t vcpu);
    Result<Port> bind_line(const Line& line, VcpuIndex vcpu);
    Result<Port> bind_msi(VcpuIndex vcpu, lintel_msi& message);
    void release_irq(std::uint8_t vector);
    Result<> end_irq(Port port);
    void interrupt(unsigned device); // by the machine
    Result<std::uint64_t> release(GfnRange range);
    Result<std::uint64_t> claim(GfnRange range);

    FrameAllocator& frame_table() { return frames_.allocator; }
    std::byte* bytes_of(Mfn frame);

    const DomainId id;
    const bool privileged;
    Ram ram;
    lintel_events shared{};
    std::array<FuzzedVcpu, domain_vcpus> vcpus{};
    std::array<Device, device_vectors> devices{};
    std::string written;    // to the console, since the last look
    std::deque<char> typed; // waits to be read from it
    Journal journal;        // since the last look
    Others others;
    std::uint32_t wanted_end = 0; // by dom0: a reason + 1
    std::array<char, log_bytes> log_storage{};
    LogRing log{log_storage};

    Lock ports_lock, map_lock;
    Map map;
    std::uint32_t lent_frames = 0;
    struct {
        GfnRange foreign;
    } layout;
    std::array<std::uint64_t, domain_refs> entries{};
    unsigned shootdowns = 0;

private:
    Result<> map_own(Gfn gfn);

    Frames& frames_;
    const unsigned side_;
    std::array<std::uint16_t, domain_refs> uses_{};
    std::array<MappingSlot, domain_handles> slots_{};
    Result<Port> bind_device(std::optional<Line> line, VcpuIndex vcpu);

    std::vector<PortState> ports_ = std::vector<PortState>(domain_ports);
    Sink sink_{*this};

public:
    EventChannels<Sink> events{shared, ports_, domain_vcpus, sink_};
    GrantTable grants{entries.data(), uses_};
    Mappings mappings{slots_};
};

void shoot_down(Domain& domain);

} // namespace lintel::fuzz
