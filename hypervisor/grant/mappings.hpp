// SPDX-License-Identifier: Apache-2.0
// The handles of one domain: what each of its mappings of others' memory shows. A handle is a slot
// and a generation, which changes whenever the slot is freed: one that was kept too long names
// nothing.
//
// A slot goes free -> reserved -> open -> closing -> free. Only an open one can be taken, by one
// CPU; it is freed when every translation of the mapping is gone.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "cpu/spin_lock.hpp"
#include "lintel/grant.h"
#include "mm/frame.hpp"
#include "mm/owner.hpp"
#include "support/result.hpp"

namespace lintel {

using Handle = std::uint32_t; // generation << 16 | slot; never 0

struct Mapping {
    enum class Kind : std::uint8_t {
        grant,  // one page, by an entry of the owner's table
        foreign // dom0's: pages in a row of the owner's RAM
    };
    Kind kind = Kind::grant;
    bool writable = false;
    DomainId owner;
    std::uint32_t ref = 0; // grant: the entry
    Gfn at;                // grant: where the mapper sees it; foreign: the first page, the owner's
    Mfn frame;             // grant
    std::uint32_t count = 1;

    bool operator==(const Mapping&) const = default;
};

// A Mapping in 16 bytes, or a link of the list of free slots.
class MappingSlot {
public:
    enum class State : std::uint8_t {
        free,
        reserved,
        open,
        closing
    };
    State state() const { return static_cast<State>(where_ & 3); }
    void set(State state) { where_ = (where_ & ~std::uint64_t{3}) | static_cast<unsigned>(state); }
    void store(const Mapping& mapping, State state);
    Mapping load() const;
    Mapping::Kind kind() const
    {
        return (where_ & 4) == 0 ? Mapping::Kind::grant : Mapping::Kind::foreign;
    }

    std::uint16_t generation = 0; // 0: never used
    std::uint32_t next() const { return frame_; }
    void free_before(std::uint32_t next);

private:
    std::uint16_t owner_ = 0;
    std::uint32_t frame_ = 0;
    std::uint64_t where_ = 0; // 0..1 state, 2 kind, 3 writable, 8..23 ref or count, 24..63 page
};
static_assert(sizeof(MappingSlot) == 16);
static_assert(LINTEL_GRANT_ENTRIES <= 0x10000 && LINTEL_FOREIGN_FRAMES < 0x10000 &&
              LINTEL_MAPPINGS <= 0x10000);

class Mappings {
public:
    // All zero; its size is the limit.
    explicit Mappings(std::span<MappingSlot> storage) : slots_{storage} {}

    // A handle that means nothing yet. Error::limit_reached: there are as many as there may be.
    Result<Handle> reserve();
    void open(Handle handle, const Mapping& mapping)
    {
        store(handle, mapping, MappingSlot::State::open);
    }
    // Not for others: what it shows so far is to be ended at once.
    void store_taken(Handle handle, const Mapping& mapping)
    {
        store(handle, mapping, MappingSlot::State::closing);
    }
    // Nobody else can take it any more. Error::not_found: it names no open mapping of this kind.
    Result<Mapping> take(Handle handle, Mapping::Kind kind);
    // Of one that was taken.
    Mapping find(Handle handle) const;
    // One that was reserved or taken.
    void release(Handle handle);
    // Takes any that is open. `from`, zero at first, says where to go on: in all each slot is
    // looked at once.
    std::optional<Handle> take_next(std::uint32_t& from);

    std::uint32_t count() const { return __atomic_load_n(&count_, __ATOMIC_RELAXED); }
    std::uint32_t limit() const { return static_cast<std::uint32_t>(slots_.size()); }

private:
    static constexpr std::uint32_t none = 0xffff'ffff;
    static Handle handle_of(std::uint32_t slot, std::uint16_t generation)
    {
        return std::uint32_t{generation} << 16 | slot;
    }
    void store(Handle handle, const Mapping& mapping, MappingSlot::State state);
    // The slot of a handle that is not free; null: it names none.
    MappingSlot* slot_of(Handle handle) const;

    mutable SpinLock lock_;
    std::span<MappingSlot> slots_;
    std::uint32_t first_free_ = none;
    std::uint32_t fresh_ = 0; // slots from here on were never used
    std::uint32_t count_ = 0;
};

} // namespace lintel
