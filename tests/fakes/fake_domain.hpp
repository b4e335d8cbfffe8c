// SPDX-License-Identifier: Apache-2.0
// Domains as the templates of event/ and grant/ see them: real event ports, grant tables, handles
// and guest-physical maps over a machine of a few frames, and locks that take a mistake for what it
// is.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <type_traits>
#include <vector>

#include "event/interdomain.hpp"
#include "fakes/fake_ept_memory.hpp"
#include "grant/copying.hpp"
#include "grant/mapping.hpp"
#include "mm/frame_allocator.hpp"

namespace lintel {

// Counts its holders, of which there is one at a time; all of a test run in one thread.
struct FakeLock {
    void lock()
    {
        assert(!held);
        held = true;
        ++taken;
    }
    void unlock()
    {
        assert(held);
        held = false;
    }
    unsigned taken = 0;
    bool held = false;
};

// The frames of all domains of a test. What a map takes away is stale until it is given back after
// a shootdown: freeing it earlier fails an assertion.
struct FakeMachine {
    explicit FakeMachine(std::uint64_t count = 512) : table(count), frames{table}
    {
        frames.release({Mfn{0}, count});
    }
    std::byte* bytes_of(Mfn frame)
    {
        auto& page = pages[frame.number];
        if (page == nullptr)
            page = std::make_unique<std::array<std::byte, page_size>>();
        return page->data();
    }
    std::vector<FrameInfo> table;
    FrameAllocator frames;
    std::map<std::uint64_t, std::unique_ptr<std::array<std::byte, page_size>>> pages;
};

class FakeDomainMemory : public FakeEptMemory {
public:
    FakeDomainMemory(FakeTables& tables, FrameAllocator& frames)
        : FakeEptMemory{tables}, frames_{&frames}
    {
    }
    void taken_away(MfnRange range)
    {
        FakeEptMemory::taken_away(range);
        frames_->set_stale(range, true);
    }
    RetiredFrames retired; // stays empty: tables are not among the machine's frames

private:
    FrameAllocator* frames_;
};

// With SpinLock for tests that race.
template <typename Lock>
struct FakeDomainOf {
    static constexpr std::uint32_t refs = 8, handles = 6, window_frames = 8;
    static constexpr Gfn window{0x1000};
    struct Sink {
        void upcall(VcpuIndex vcpu) { vcpus.push_back(vcpu); }
        std::vector<VcpuIndex> vcpus;
    };

    // dom0 has number 0.
    FakeDomainOf(FakeMachine& its_machine, std::uint16_t number, std::uint32_t vcpus = 2,
                 std::uint32_t ports = 8)
        : machine{its_machine},
          id{number},
          privileged{number == 0},
          storage(ports),
          events{shared, storage, vcpus, upcalls}
    {
        layout.foreign = {window, privileged ? 0 : window_frames};
    }
    FakeDomainOf(const FakeDomainOf&) = delete;

    // One frame of RAM: dom0's where it lies, others' at `gfn`.
    Mfn add_ram(Gfn gfn = {})
    {
        const Mfn frame = machine.frames.allocate(0, owner_of(id)).take();
        map.map({privileged ? Gfn{frame.number} : gfn, 1}, frame, ept::Access::rwx,
                ept::MemoryType::write_back)
            .take();
        return frame;
    }
    // As memory_release and the end of a domain do it.
    void remove_ram(Gfn gfn)
    {
        const Mfn frame = map.lookup(gfn).frame;
        map.unmap({gfn, 1}).take();
        machine.frames.set_stale({frame, 1}, false);
        machine.frames.free(frame, 0);
    }
    void grant(std::uint32_t ref, Gfn page, const FakeDomainOf& peer, bool writable)
    {
        set_entry(ref, GrantEntry::of(page, peer.id, writable).raw());
    }
    // As the guest does it.
    void set_entry(std::uint32_t ref, std::uint64_t value)
    {
        __atomic_store_n(&entries[ref], value, __ATOMIC_SEQ_CST);
    }
    bool pending(Port port) const { return shared.pending[port / 64] >> port % 64 & 1; }

    FrameAllocator& frame_table() { return machine.frames; }
    std::byte* bytes_of(Mfn frame) { return machine.bytes_of(frame); }
    bool may_leave(Gfn page) const { return !kept.contains(page.number); }

    FakeMachine& machine;
    DomainId id;
    bool privileged;
    struct {
        GfnRange foreign;
    } layout;

    Lock ports_lock;
    lintel_events shared{};
    Sink upcalls;
    std::vector<PortState> storage;
    EventChannels<Sink> events;

    Lock map_lock;
    FakeTables tables;
    ept::Map<FakeDomainMemory> map =
        ept::Map<FakeDomainMemory>::create(FakeDomainMemory{tables, machine.frames}).take();
    std::array<std::uint64_t, refs> entries{};
    std::array<std::uint16_t, refs> uses{};
    GrantTable grants{entries.data(), uses};
    std::array<MappingSlot, handles> slots{};
    Mappings mappings{slots};
    std::uint32_t lent_frames = 0;
    std::set<std::uint64_t> kept; // pages that a seal knows

    unsigned shootdowns = 0;
    std::function<void()> during_shootdown = [] {}; // what other CPUs see meanwhile
};

using FakeDomain = FakeDomainOf<FakeLock>;

template <typename Lock>
void shoot_down(FakeDomainOf<Lock>& domain)
{
    if constexpr (std::is_same_v<Lock, FakeLock>)
        assert(!domain.map_lock.held && !domain.ports_lock.held);
    __atomic_fetch_add(&domain.shootdowns, 1u, __ATOMIC_RELAXED);
    domain.during_shootdown();
}

// All domains of a test.
struct FakeDomains {
    FakeDomain* find(std::uint64_t number) const
    {
        const auto found = std::find_if(all.begin(), all.end(), [&](const FakeDomain* domain) {
            return domain->id.number == number;
        });
        return found == all.end() ? nullptr : *found;
    }
    FakeDomain* operator()(DomainId id) const { return find(id.number); }
    std::vector<FakeDomain*> all;
};

} // namespace lintel
