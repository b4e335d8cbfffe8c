// SPDX-License-Identifier: Apache-2.0
// Handles, under their lock.
#include "grant/mappings.hpp"

namespace lintel {

void MappingSlot::store(const Mapping& mapping, State state)
{
    const bool grant = mapping.kind == Mapping::Kind::grant;
    const std::uint64_t number = grant ? mapping.ref : mapping.count;
    assert(number < 0x10000 && mapping.at.number >> 40 == 0);
    owner_ = mapping.owner.number;
    frame_ = static_cast<std::uint32_t>(mapping.frame.number);
    where_ = static_cast<std::uint64_t>(state) | (grant ? 0u : 4u) | (mapping.writable ? 8u : 0u) |
             number << 8 | mapping.at.number << 24;
}

Mapping MappingSlot::load() const
{
    const bool grant = kind() == Mapping::Kind::grant;
    const auto number = static_cast<std::uint16_t>(where_ >> 8);
    return {kind(),
            (where_ & 8) != 0,
            {owner_},
            grant ? number : 0u,
            {where_ >> 24},
            {frame_},
            grant ? 1u : number};
}

void MappingSlot::free_before(std::uint32_t next)
{
    *this = {};
    frame_ = next;
}

MappingSlot* Mappings::slot_of(Handle handle) const
{
    const std::uint32_t slot = handle & 0xffff;
    if (slot >= slots_.size() || slots_[slot].generation != handle >> 16 ||
        slots_[slot].state() == MappingSlot::State::free)
        return nullptr;
    return &slots_[slot];
}

Result<Handle> Mappings::reserve()
{
    const Guard guard{lock_};
    if (first_free_ == none && fresh_ == slots_.size())
        return Error::limit_reached;
    const std::uint32_t slot = first_free_ != none ? first_free_ : fresh_++;
    MappingSlot& taken = slots_[slot];
    if (slot == first_free_)
        first_free_ = taken.next();
    else
        taken.generation = 1;
    taken.set(MappingSlot::State::reserved);
    __atomic_store_n(&count_, count_ + 1, __ATOMIC_RELAXED);
    return handle_of(slot, taken.generation);
}

void Mappings::store(Handle handle, const Mapping& mapping, MappingSlot::State state)
{
    const Guard guard{lock_};
    MappingSlot* const slot = slot_of(handle);
    assert(slot != nullptr && slot->state() == MappingSlot::State::reserved);
    slot->store(mapping, state);
}

Result<Mapping> Mappings::take(Handle handle, Mapping::Kind kind)
{
    const Guard guard{lock_};
    MappingSlot* const slot = slot_of(handle);
    if (slot == nullptr || slot->state() != MappingSlot::State::open || slot->kind() != kind)
        return Error::not_found;
    slot->set(MappingSlot::State::closing);
    return slot->load();
}

Mapping Mappings::find(Handle handle) const
{
    const Guard guard{lock_};
    const MappingSlot* const slot = slot_of(handle);
    assert(slot != nullptr && slot->state() == MappingSlot::State::closing);
    return slot->load();
}

void Mappings::release(Handle handle)
{
    const Guard guard{lock_};
    MappingSlot* const slot = slot_of(handle);
    assert(slot != nullptr && slot->state() != MappingSlot::State::open);
    const auto next = static_cast<std::uint16_t>(slot->generation + 1);
    slot->free_before(first_free_);
    slot->generation = next != 0 ? next : 1; // no handle is 0
    first_free_ = handle & 0xffff;
    __atomic_store_n(&count_, count_ - 1, __ATOMIC_RELAXED);
}

std::optional<Handle> Mappings::take_next(std::uint32_t& from)
{
    const Guard guard{lock_};
    for (; from < fresh_; ++from)
        if (slots_[from].state() == MappingSlot::State::open) {
            slots_[from].set(MappingSlot::State::closing);
            return handle_of(from, slots_[from].generation);
        }
    return {};
}

} // namespace lintel
