// SPDX-License-Identifier: Apache-2.0
// The contract of docs/abi once more, without the hypervisor's code: which answers a call may give,
// and what it leaves behind. Knows no lock and no order of checks: where several errors apply, any
// one of them is right.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <lintel/event.h>
#include <lintel/vcpu.h>

#include "fuzz/hypercalls/journal.hpp"
#include "fuzz/hypercalls/others.hpp"
#include "fuzz/hypercalls/ram.hpp"
#include "fuzz/hypercalls/recorded_memory.hpp"
#include "fuzz/hypercalls/shape.hpp"

namespace lintel::fuzz {

struct Call {
    std::uint32_t vcpu;
    std::uint64_t number;
    std::array<std::uint64_t, 5> in;
};

// A set of LINTEL_E* values.
class Statuses {
public:
    Statuses& add(std::int64_t status, bool applies = true)
    {
        if (applies)
            bits_ |= 1ull << -status;
        return *this;
    }
    Statuses& add(const Statuses& others)
    {
        bits_ |= others.bits_;
        return *this;
    }
    bool contains(std::int64_t result) const
    {
        return result < 0 && result > -64 && (bits_ >> -result & 1) != 0;
    }
    bool empty() const { return bits_ == 0; }

private:
    std::uint64_t bits_ = 0;
};

class Model {
public:
    Model(unsigned side, std::uint16_t number, bool is_dom0);
    // Each of the two has the other.
    void meet(Model& neighbour) { neighbour_ = &neighbour; }

    // What may be wrong with a call; empty where it has to succeed.
    Statuses refusals(const Call& call) const;
    // Takes a success over, and says whether the result is one the contract allows. `writes` is
    // what the call wrote to the caller's memory.
    bool accept(const Call& call, std::int64_t result, const Writes& writes);

    // What happens beside calls.
    void raise_virq(std::uint32_t virq, std::uint32_t vcpu);
    void interrupt(unsigned device); // by its place among the devices

    // What the domain sees of the neighbour at a page of its own guest-physical space.
    struct Sight {
        std::uint64_t address; // the machine's
        bool writable;
    };
    std::optional<Sight> seen_at(std::uint64_t gfn) const;
    std::size_t mapping_count() const { return mappings_.size(); }

    // What has to be found in the domain.
    Ram ram;
    lintel_events shared{};
    std::array<std::uint64_t, domain_refs> grants{};  // as the guest wrote them
    std::array<std::uint32_t, domain_vcpus> states{}; // LINTEL_VCPU_*
    std::array<bool, domain_vcpus> kicked{};
    std::deque<char> typed;
    std::string written; // since the last look
    Journal journal;     // since the last look
    std::map<std::uint32_t, OtherState> others;
    std::uint32_t wanted_end = 0; // by dom0: a reason + 1

private:
    enum class Kind : std::uint8_t {
        free,
        virq,
        ipi,
        irq,
        awaiting,   // the neighbour
        interdomain // bound to it
    };
    struct Binding {
        Kind kind = Kind::free;
        std::uint32_t vcpu = 0;
        std::uint64_t source = 0; // virtual interrupt, vector, or the neighbour's port
    };
    struct Device {
        std::uint32_t port = 0; // 0: none
        bool line = false;
        std::uint64_t gsi = 0;
        bool level = false;
        bool masked = false;
    };
    struct ModelMapping {
        bool foreign;
        std::uint32_t ref;
        std::uint64_t page, count; // the neighbour's
        std::uint64_t at;          // where it is seen, not in dom0
        bool writable;
        std::uint32_t handle;
    };

    // Each looks at the arguments of one call, flags left out.
    Statuses refuse_console(const Call& call) const;
    Statuses refuse_time_register(const Call& call) const;
    Statuses refuse_bind_virq(const Call& call) const;
    Statuses refuse_send(std::uint64_t port) const;
    Statuses refuse_alloc(const Call& call) const;
    Statuses refuse_bind(const Call& call) const;
    Statuses refuse_start(const Call& call) const;
    Statuses refuse_irq(const Call& call) const;
    Statuses refuse_memory(const Call& call, bool present) const;
    Statuses refuse_batch(const Call& call) const;
    Statuses refuse_foreign_map(const Call& call) const;
    Statuses refuse_revoke(std::uint64_t ref) const;
    Statuses refuse_use(const Model* owner, std::uint32_t ref, bool writing) const;

    Statuses refuse_structure(std::uint64_t address, std::uint64_t bytes) const;
    Statuses refuse_domain(const Call& call) const;
    Statuses refuse_other(const Call& call) const;
    bool is_good_plan(std::uint64_t at) const;
    std::map<std::uint32_t, OtherState>::const_iterator next_other(std::uint64_t number) const;

    bool accept_console(const Call& call, std::int64_t result);
    bool accept_event(const Call& call, std::int64_t result);
    bool accept_vcpu(const Call& call, std::int64_t result);
    bool accept_irq(const Call& call, std::int64_t result);
    bool accept_memory(const Call& call, std::int64_t result);
    bool accept_domain(const Call& call, std::int64_t result);
    bool accept_other(const Call& call, std::int64_t result);
    bool accept_info(const Call& call);
    bool accept_log(const Call& call, std::int64_t result);
    void store_structure(std::uint64_t address, std::uint64_t bytes);
    bool accept_grant(const Call& call, std::int64_t result, const Writes& writes);
    bool accept_foreign_map(const Call& call, std::int64_t result);
    // Each for one element, which lies at `address`; what was written from `next` on is its answer.
    bool accept_map_element(std::uint64_t address, const Writes& writes, std::size_t& next);
    bool accept_unmap_element(std::uint64_t address, bool foreign, const Writes& writes,
                              std::size_t& next);
    bool accept_revoke_element(std::uint64_t address, const Writes& writes, std::size_t& next);
    bool accept_copy_element(std::uint64_t address, const Writes& writes, std::size_t& next);

    static Gfn page_of(std::uint64_t entry);
    std::uint64_t machine_address(std::uint64_t gfn) const;
    bool is_used(std::uint64_t gfn) const;
    bool add_mapping(const ModelMapping& mapping);
    template <typename T>
    T load_as(std::uint64_t address) const;

    // The domain of this number; null: none.
    const Model* named(std::uint64_t number) const;
    bool is_bound(std::uint64_t port) const;
    std::uint32_t lowest_free() const; // 0: none
    std::uint32_t free_device() const; // device count: none
    bool bind(std::int64_t port, Kind kind, std::uint64_t vcpu, std::uint64_t source);
    void close(std::uint32_t port);
    void deliver(std::uint32_t port);
    void announce(std::uint32_t port);
    void wake(std::uint32_t vcpu);
    void note(Deed::Kind kind, std::uint64_t vcpu, std::array<std::uint64_t, 4> values = {});
    std::uint64_t load(std::uint64_t address) const;
    void store(std::uint64_t address, std::uint64_t value, unsigned bytes);

    unsigned side_;
    std::uint16_t number_;
    bool privileged_;
    Model* neighbour_ = nullptr;
    std::uint32_t last_number_ = 0;
    std::array<Binding, domain_ports> ports_{};
    std::array<Device, device_vectors> devices_{};
    std::vector<ModelMapping> mappings_;
};

} // namespace lintel::fuzz
