// SPDX-License-Identifier: Apache-2.0
// Grants and mappings by the letter of docs/abi/grants.md: a list of what is mapped, searched each
// time.
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <optional>

#include <lintel/domain.h>
#include <lintel/grant.h>
#include <lintel/hypercall.h>
#include <lintel/status.h>

#include "fuzz/hypercalls/model.hpp"

namespace lintel::fuzz {

namespace {

std::uint64_t batch_bytes(const Call& call)
{
    const std::uint64_t size = call.number == LINTEL_HC_grant_map    ? sizeof(lintel_grant_map)
                               : call.number == LINTEL_HC_grant_copy ? sizeof(lintel_grant_copy)
                                                                     : sizeof(lintel_grant_unmap);
    return std::min<std::uint64_t>(call.in[1], LINTEL_GRANT_BATCH) * size;
}

} // namespace

std::uint64_t Model::machine_address(std::uint64_t gfn) const
{
    const auto found = std::find(ram_frames.begin(), ram_frames.end(), gfn);
    return (side_ * frames_of_side + static_cast<std::uint64_t>(found - ram_frames.begin())) *
           page_size;
}

// By the neighbour, which is the only one that could.
bool Model::is_used(std::uint64_t gfn) const
{
    const auto& theirs = neighbour_->mappings_;
    return std::any_of(theirs.begin(), theirs.end(), [&](const ModelMapping& mapping) {
        return gfn - mapping.page < mapping.count;
    });
}

std::optional<Model::Sight> Model::seen_at(std::uint64_t gfn) const
{
    std::optional<Sight> sight;
    for (const ModelMapping& mapping : mappings_)
        for (std::uint64_t i = 0; i < mapping.count; ++i) {
            const std::uint64_t address = neighbour_->machine_address(mapping.page + i);
            if ((privileged_ ? address / page_size : mapping.at) == gfn)
                sight = {address, mapping.writable || (sight && sight->writable)};
        }
    return sight;
}

Statuses Model::refuse_batch(const Call& call) const
{
    return Statuses{}
        .add(LINTEL_EINVAL, call.in[0] % 8 != 0 || call.in[1] == 0)
        .add(LINTEL_EFAULT, !ram.covers(call.in[0], batch_bytes(call)))
        .add(LINTEL_EPERM, call.number == LINTEL_HC_foreign_unmap && !privileged_);
}

Statuses Model::refuse_foreign_map(const Call& call) const
{
    const auto [number, address, count, answer, flags] = call.in;
    const Model* owner = named(number);
    Statuses statuses;
    statuses.add(LINTEL_EPERM, !privileged_ || owner == this)
        .add(LINTEL_ENOENT, owner == nullptr)
        .add(LINTEL_EINVAL, address % page_size != 0 || answer % 8 != 0)
        .add(LINTEL_EINVAL, count == 0 || count > LINTEL_FOREIGN_FRAMES)
        .add(LINTEL_ENOSPC, mappings_.size() == domain_handles);
    if (!statuses.empty())
        return statuses.add(LINTEL_EFAULT); // whatever the addresses are
    bool present = ram.covers(answer, count * 8);
    for (std::uint64_t i = 0; i < count; ++i)
        present = present && owner->ram.has(Gfn::of(address) + i);
    return statuses.add(LINTEL_EFAULT, !present);
}

Statuses Model::refuse_revoke(std::uint64_t ref) const
{
    if (ref >= domain_refs)
        return Statuses{}.add(LINTEL_ENOENT);
    const auto& theirs = neighbour_->mappings_;
    return Statuses{}
        .add(LINTEL_EINVAL, (grants[ref] & LINTEL_GRANT_PRESENT) != 0)
        .add(LINTEL_EBUSY, std::any_of(theirs.begin(), theirs.end(), [&](const ModelMapping& m) {
                 return !m.foreign && m.ref == ref;
             }));
}

// What is wrong with using an entry of `owner`.
Statuses Model::refuse_use(const Model* owner, std::uint32_t ref, bool writing) const
{
    Statuses statuses;
    statuses.add(LINTEL_EINVAL, owner == this).add(LINTEL_ENOENT, owner == nullptr);
    if (!statuses.empty())
        return statuses;
    if (ref >= domain_refs)
        return statuses.add(LINTEL_ENOENT);
    const std::uint64_t entry = owner->grants[ref];
    return statuses
        .add(LINTEL_EPERM, (entry & 0xfff) != LINTEL_GRANT_PRESENT &&
                               (entry & 0xfff) != (LINTEL_GRANT_PRESENT | LINTEL_GRANT_WRITABLE))
        .add(LINTEL_EPERM, entry >> 48 != number_ || (writing && (entry & 2) == 0))
        .add(LINTEL_EFAULT, !owner->ram.has(page_of(entry)));
}

Gfn Model::page_of(std::uint64_t entry)
{
    return Gfn{entry << 16 >> 28};
}

template <typename T>
T Model::load_as(std::uint64_t address) const
{
    T value;
    auto* const bytes = reinterpret_cast<std::byte*>(&value);
    for (unsigned i = 0; i < sizeof value; ++i)
        bytes[i] = ram.at(address + i);
    return value;
}

namespace {

// The next thing that the call wrote, which has to be at `address` and of this type.
template <typename T>
std::optional<T> next_write(const Writes& writes, std::size_t& next, std::uint64_t address)
{
    if (next == writes.size() || writes[next].address != address ||
        writes[next].bytes.size() != sizeof(T))
        return {};
    T value;
    std::memcpy(&value, writes[next++].bytes.data(), sizeof value);
    return value;
}

struct MapAnswer {
    std::uint64_t gpa;
    std::uint32_t handle;
    std::int32_t status;
};

} // namespace

bool Model::accept_map_element(std::uint64_t address, const Writes& writes, std::size_t& next)
{
    const auto element = load_as<lintel_grant_map>(address);
    const std::uint64_t at = element.gpa / page_size;
    const Model* const owner = named(element.domain);
    const bool writable = (element.flags & LINTEL_GRANT_READONLY) == 0;
    Statuses refusals = refuse_use(owner, element.ref, writable);
    refusals.add(LINTEL_EINVAL, (element.flags & ~LINTEL_GRANT_READONLY) != 0)
        .add(LINTEL_EINVAL, privileged_
                                ? element.gpa != 0
                                : element.gpa % page_size != 0 || at - window_first >= window_pages)
        .add(LINTEL_ENOSPC, mappings_.size() == domain_handles)
        .add(LINTEL_EEXIST,
             !privileged_ && std::any_of(mappings_.begin(), mappings_.end(),
                                         [&](const auto& old) { return old.at == at; }));
    const auto answer =
        next_write<MapAnswer>(writes, next, address + offsetof(lintel_grant_map, gpa));
    if (!answer)
        return false;
    store(address + 8, answer->gpa, 8);
    store(address + 16, answer->handle, 4);
    store(address + 20, static_cast<std::uint32_t>(answer->status), 4);
    if (!refusals.empty())
        return refusals.contains(answer->status) && answer->handle == 0 &&
               answer->gpa == element.gpa;
    const Gfn page = page_of(owner->grants[element.ref]);
    const std::uint64_t where = privileged_ ? owner->machine_address(page.number) : element.gpa;
    return answer->status == 0 && answer->gpa == where &&
           add_mapping({false, element.ref, page.number, 1, at, writable, answer->handle});
}

bool Model::add_mapping(const ModelMapping& mapping)
{
    const bool taken = std::any_of(mappings_.begin(), mappings_.end(),
                                   [&](const auto& old) { return old.handle == mapping.handle; });
    mappings_.push_back(mapping);
    return mapping.handle != 0 && !taken;
}

bool Model::accept_unmap_element(std::uint64_t address, bool foreign, const Writes& writes,
                                 std::size_t& next)
{
    const auto element = load_as<lintel_grant_unmap>(address);
    const auto known =
        std::find_if(mappings_.begin(), mappings_.end(), [&](const ModelMapping& mapping) {
            return mapping.handle == element.handle && mapping.foreign == foreign;
        });
    const std::int32_t status = known == mappings_.end() ? LINTEL_ENOENT : 0;
    if (known != mappings_.end())
        mappings_.erase(known);
    store(address + 4, static_cast<std::uint32_t>(status), 4);
    return next_write<std::int32_t>(writes, next, address + 4) == status;
}

bool Model::accept_revoke_element(std::uint64_t address, const Writes& writes, std::size_t& next)
{
    const auto element = load_as<lintel_grant_revoke>(address);
    const Statuses refusals = refuse_revoke(element.ref);
    const auto status =
        next_write<std::int32_t>(writes, next, address + offsetof(lintel_grant_revoke, status));
    if (!status)
        return false;
    store(address + offsetof(lintel_grant_revoke, status), static_cast<std::uint32_t>(*status), 4);
    return refusals.empty() ? *status == 0 : refusals.contains(*status);
}

bool Model::accept_copy_element(std::uint64_t address, const Writes& writes, std::size_t& next)
{
    const auto element = load_as<lintel_grant_copy>(address);
    const Model* const owner = named(element.domain);
    const bool to_peer = (element.flags & LINTEL_GRANT_TO_PEER) != 0;
    Statuses refusals = refuse_use(owner, element.ref, to_peer);
    refusals.add(LINTEL_EINVAL, (element.flags & ~LINTEL_GRANT_TO_PEER) != 0)
        .add(LINTEL_EINVAL, element.bytes == 0 || element.offset + element.bytes > 4096)
        .add(LINTEL_EFAULT, !ram.covers(element.gpa, element.bytes));
    if (refusals.empty()) {
        const std::uint64_t there = page_of(owner->grants[element.ref]).address() + element.offset;
        for (unsigned i = 0; i < element.bytes; ++i)
            if (to_peer)
                neighbour_->ram.at(there + i) = ram.at(element.gpa + i);
            else
                ram.at(element.gpa + i) = owner->ram.at(there + i);
        next += to_peer ? 0 : 1; // the copy itself
    }
    const auto status =
        next_write<std::int32_t>(writes, next, address + offsetof(lintel_grant_copy, status));
    if (!status)
        return false;
    store(address + offsetof(lintel_grant_copy, status), static_cast<std::uint32_t>(*status), 4);
    return refusals.empty() ? *status == 0 : refusals.contains(*status);
}

bool Model::accept_foreign_map(const Call& call, std::int64_t result)
{
    const auto [number, address, count, answer, flags] = call.in;
    for (std::uint64_t i = 0; i < count; ++i)
        store(answer + 8 * i, neighbour_->machine_address(address / page_size + i), 8);
    return result <= 0xffff'ffff &&
           add_mapping({true, 0, address / page_size, count, 0,
                        (flags & LINTEL_GRANT_READONLY) == 0, static_cast<std::uint32_t>(result)});
}

bool Model::accept_grant(const Call& call, std::int64_t result, const Writes& writes)
{
    if (call.number == LINTEL_HC_grant_revoke)
        return result == 0;
    if (call.number == LINTEL_HC_foreign_map)
        return accept_foreign_map(call, result);
    // Foreign mappings here are so small that a call never ends early for them.
    if (static_cast<std::uint64_t>(result) !=
        std::min<std::uint64_t>(call.in[1], LINTEL_GRANT_BATCH))
        return false;
    std::size_t next = 0;
    for (std::uint64_t at = call.in[0], end = at + batch_bytes(call); at != end;
         at += batch_bytes(call) / static_cast<std::uint64_t>(result)) {
        const bool right =
            call.number == LINTEL_HC_grant_map ? accept_map_element(at, writes, next)
            : call.number == LINTEL_HC_grant_copy ? accept_copy_element(at, writes, next)
            : call.number == LINTEL_HC_grant_revoke_batch
                ? accept_revoke_element(at, writes, next)
                : accept_unmap_element(at, call.number == LINTEL_HC_foreign_unmap, writes, next);
        if (!right)
            return false;
    }
    return next == writes.size();
}

} // namespace lintel::fuzz
