// SPDX-License-Identifier: Apache-2.0
// A frontend's request, checked. Contract: docs/abi/block.md#requests.
//
// What comes in is a private copy of a slot; what comes out can be done as it stands, but for the
// grants, which show whether they are good when they are mapped.
#pragma once

#include <cstdint>
#include <cstring>

#include <lintel/block.h>

#include "support/assert.hpp"

namespace lintel::block {

inline constexpr std::uint32_t page_bytes = 4096;

enum class Status : std::uint32_t {
    done = LINTEL_BLOCK_DONE,
    error = LINTEL_BLOCK_ERROR,
    no_space = LINTEL_BLOCK_NO_SPACE,
    write_denied = LINTEL_BLOCK_WRITE_DENIED,
    unsupported = LINTEL_BLOCK_UNSUPPORTED,
    range = LINTEL_BLOCK_RANGE,
    invalid = LINTEL_BLOCK_INVALID,
    bad_grant = LINTEL_BLOCK_BAD_GRANT,
};

enum class Operation : std::uint8_t {
    read = LINTEL_BLOCK_READ,
    write = LINTEL_BLOCK_WRITE,
    flush = LINTEL_BLOCK_FLUSH,
    discard = LINTEL_BLOCK_DISCARD,
    zeroes = LINTEL_BLOCK_ZEROES,
};

// What a connection allows: the backend's own offer, and the features that were chosen of it.
struct Rules {
    lintel_block_config config;
    std::uint64_t features;

    std::uint64_t pool_bytes() const { return std::uint64_t{config.pool_pages} * page_bytes; }
    bool has(std::uint64_t feature) const { return (features & feature) != 0; }
};

struct Request {
    Operation operation;
    bool through; // stable when completed
    bool direct;
    bool keep;
    std::uint32_t id;
    std::uint64_t offset;
    std::uint32_t bytes;
    std::uint32_t place;
    std::uint16_t pages;
    std::uint32_t list; // offset in the pool; only with more pages than fit `page`
    std::uint32_t page[LINTEL_BLOCK_INLINE_PAGES];

    bool has_data() const { return operation == Operation::read || operation == Operation::write; }
    bool listed() const { return pages > LINTEL_BLOCK_INLINE_PAGES; }
};

namespace request {

// Slots are checked in these steps; each says what is wrong, or done.

constexpr std::uint8_t flags_of(std::uint8_t operation)
{
    switch (operation) {
    case LINTEL_BLOCK_READ:
        return LINTEL_BLOCK_DIRECT;
    case LINTEL_BLOCK_WRITE:
        return LINTEL_BLOCK_DIRECT | LINTEL_BLOCK_FUA;
    case LINTEL_BLOCK_ZEROES:
        return LINTEL_BLOCK_KEEP;
    default:
        return 0;
    }
}

inline Status allowed(const lintel_block_request& slot, const Rules& rules)
{
    if (slot.operation > LINTEL_BLOCK_ZEROES || (slot.flags & ~flags_of(slot.operation)) != 0 ||
        slot.reserved != 0)
        return Status::invalid;
    const bool writes = slot.operation != LINTEL_BLOCK_READ && slot.operation != LINTEL_BLOCK_FLUSH;
    if (writes && (rules.config.flags & LINTEL_BLOCK_READ_ONLY) != 0)
        return Status::write_denied;
    const bool missing =
        ((slot.flags & LINTEL_BLOCK_FUA) != 0 && !rules.has(LINTEL_BLOCK_FEATURE_FUA)) ||
        ((slot.flags & LINTEL_BLOCK_DIRECT) != 0 && !rules.has(LINTEL_BLOCK_FEATURE_DIRECT)) ||
        (slot.operation == LINTEL_BLOCK_DISCARD && !rules.has(LINTEL_BLOCK_FEATURE_DISCARD)) ||
        (slot.operation == LINTEL_BLOCK_ZEROES && !rules.has(LINTEL_BLOCK_FEATURE_ZEROES));
    return missing ? Status::unsupported : Status::done;
}

// Sectors are powers of two, and a division costs as much as all the other checks.
inline bool whole_sectors(std::uint64_t bytes, const Rules& rules)
{
    return (bytes & (rules.config.sector_bytes - 1)) == 0;
}

inline Status on_disk(const lintel_block_request& slot, const Rules& rules)
{
    if (slot.operation == LINTEL_BLOCK_FLUSH)
        return slot.offset == 0 && slot.bytes == 0 ? Status::done : Status::invalid;
    const bool data = slot.operation <= LINTEL_BLOCK_WRITE;
    const std::uint32_t most = data ? rules.config.most_bytes : rules.config.most_erased;
    if (slot.bytes == 0 || slot.bytes > most || !whole_sectors(slot.bytes, rules) ||
        !whole_sectors(slot.offset, rules))
        return Status::invalid;
    if (slot.offset > rules.config.bytes || slot.bytes > rules.config.bytes - slot.offset)
        return Status::range;
    return Status::done;
}

inline bool no_pages(const lintel_block_request& slot)
{
    std::uint32_t any = slot.pages | slot.list;
    for (const std::uint32_t page : slot.page)
        any |= page;
    return any == 0;
}

inline bool pages_fit(const lintel_block_request& slot, const Rules& rules)
{
    const std::uint64_t end = std::uint64_t{slot.place} + slot.bytes;
    if (slot.place >= page_bytes || slot.pages > rules.config.most_pages ||
        slot.pages != (end + page_bytes - 1) / page_bytes)
        return false;
    const bool listed = slot.pages > LINTEL_BLOCK_INLINE_PAGES;
    for (std::uint32_t i = listed ? 0 : slot.pages; i < LINTEL_BLOCK_INLINE_PAGES; i++)
        if (slot.page[i] != 0)
            return false;
    if (!listed)
        return slot.list == 0;
    return slot.list % 4 == 0 &&
           std::uint64_t{slot.list} + slot.pages * std::uint64_t{4} <= rules.pool_bytes();
}

inline Status data(const lintel_block_request& slot, const Rules& rules)
{
    if (slot.operation > LINTEL_BLOCK_WRITE)
        return slot.place == 0 && no_pages(slot) ? Status::done : Status::invalid;
    if (!whole_sectors(slot.place, rules))
        return Status::invalid;
    if ((slot.flags & LINTEL_BLOCK_DIRECT) != 0)
        return pages_fit(slot, rules) ? Status::done : Status::invalid;
    const bool fits = std::uint64_t{slot.place} + slot.bytes <= rules.pool_bytes();
    return fits && no_pages(slot) ? Status::done : Status::invalid;
}

} // namespace request

// Why a slot is not done; Status::done: it can be.
inline Status refusal(const lintel_block_request& slot, const Rules& rules)
{
    if (const Status status = request::allowed(slot, rules); status != Status::done)
        return status;
    if (const Status status = request::on_disk(slot, rules); status != Status::done)
        return status;
    return request::data(slot, rules);
}

// Of a slot that is not refused.
inline Request request_of(const lintel_block_request& slot)
{
    Request request{.operation = static_cast<Operation>(slot.operation),
                    .through = (slot.flags & LINTEL_BLOCK_FUA) != 0,
                    .direct = (slot.flags & LINTEL_BLOCK_DIRECT) != 0,
                    .keep = (slot.flags & LINTEL_BLOCK_KEEP) != 0,
                    .id = slot.id,
                    .offset = slot.offset,
                    .bytes = slot.bytes,
                    .place = slot.place,
                    .pages = slot.pages,
                    .list = slot.list,
                    .page = {}};
    static_assert(sizeof request.page == sizeof slot.page);
    std::memcpy(request.page, slot.page, sizeof request.page);
    return request;
}

} // namespace lintel::block
