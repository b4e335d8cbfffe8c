// SPDX-License-Identifier: Apache-2.0
// Calls on other domains by the letter of docs/abi/domains.md: errors, and what a success leaves
// behind.
#include <algorithm>

#include <lintel/grant.h>
#include <lintel/hypercall.h>
#include <lintel/status.h>

#include "fuzz/hypercalls/model.hpp"

namespace lintel::fuzz {
namespace {

struct Range {
    std::uint64_t begin, frames;

    bool fits() const
    {
        constexpr std::uint64_t end = 1ull << domain_physical_bits;
        return begin <= end && frames <= (end - begin) / page_size;
    }
    bool meets(const Range& other) const
    {
        return frames != 0 && other.frames != 0 && begin < other.begin + other.frames * page_size &&
               other.begin < begin + frames * page_size;
    }
};

bool is_limit(std::uint64_t value, std::uint64_t unit, std::uint64_t most)
{
    return value != 0 && value % unit == 0 && value <= most;
}

} // namespace

// The fields one after the other, as the page has them.
bool Model::is_good_plan(std::uint64_t at) const
{
    const auto half = [&](unsigned offset) { return load(at + offset) & 0xffff'ffff; };
    const Range shared{load(at + 24), 512}, foreign{load(at + 32), load(at + 40)},
        devices{load(at + 48), half(56)};
    const std::uint64_t flags = half(60), sealed_frames = load(at + 64);
    const Range sealed{0, sealed_frames};
    const bool seals = (flags & 1) != 0;
    if (flags > 7 || (!seals && (flags != 0 || sealed_frames != 0)) ||
        (seals && (sealed_frames == 0 || sealed_frames > 1ull << 28 || sealed.meets(shared) ||
                   sealed.meets(foreign))))
        return false;
    std::uint64_t zero = 0;
    for (unsigned offset = 72; offset < sizeof(lintel_domain_create); offset += 8)
        zero |= load(at + offset);
    return is_limit(half(0), 1, 32) && is_limit(half(4), 64, 4096) &&
           is_limit(half(8), 512, 32768) && half(12) <= 65536 && load(at + 16) != 0 && zero == 0 &&
           shared.begin % 0x20'0000 == 0 && foreign.begin % 0x20'0000 == 0 &&
           devices.begin % page_size == 0 && shared.fits() && foreign.fits() && devices.fits() &&
           !shared.meets(foreign) && !shared.meets(devices) && !foreign.meets(devices);
}

Statuses Model::refuse_structure(std::uint64_t address, std::uint64_t bytes) const
{
    return Statuses{}
        .add(LINTEL_EINVAL, address % 8 != 0)
        .add(LINTEL_EFAULT, !ram.covers(address, bytes));
}

Statuses Model::refuse_other(const Call& call) const
{
    const auto [number, second, third, fourth, unused] = call.in;
    const auto found = others.find(static_cast<std::uint32_t>(number));
    const bool exists = number >> 32 == 0 && found != others.end() &&
                        (call.number == LINTEL_HC_domain_destroy || !found->second.dying);
    Statuses statuses;
    statuses.add(LINTEL_EPERM, number == 0 || number == LINTEL_DOMAIN_SELF)
        .add(LINTEL_ENOENT, !exists);
    switch (call.number) {
    case LINTEL_HC_domain_populate:
        return statuses.add(LINTEL_EINVAL, second % page_size != 0 || third == 0)
            .add(LINTEL_ENOSPC, exists && found->second.frames == found->second.max_frames);
    case LINTEL_HC_domain_start:
        statuses.add(refuse_structure(second, sizeof(lintel_domain_start)))
            .add(LINTEL_EEXIST, exists && found->second.started);
        if (ram.covers(second, sizeof(lintel_domain_start)))
            statuses.add(LINTEL_EINVAL, load(second) >> 32 != 0 || load(second + 8) >> 32 != 0 ||
                                            (load(second + 16) | load(second + 24)) != 0);
        return statuses;
    case LINTEL_HC_domain_shutdown:
        return statuses.add(LINTEL_EINVAL, second > LINTEL_SHUTDOWN_REBOOT);
    default:
        return statuses;
    }
}

Statuses Model::refuse_domain(const Call& call) const
{
    const auto [first, second, third, fourth, unused] = call.in;
    if (call.number == LINTEL_HC_shutdown_wanted)
        return Statuses{}.add(LINTEL_ENOENT, wanted_end == 0);
    Statuses statuses;
    statuses.add(LINTEL_EPERM, !privileged_);
    switch (call.number) {
    case LINTEL_HC_domain_create:
        statuses.add(refuse_structure(first, sizeof(lintel_domain_create)));
        return statuses.add(LINTEL_EINVAL, ram.covers(first, sizeof(lintel_domain_create)) &&
                                               !is_good_plan(first));
    case LINTEL_HC_domain_info: {
        const bool next = (third & LINTEL_DOMAIN_INFO_NEXT) != 0;
        const bool self = first == 0 || (first == LINTEL_DOMAIN_SELF && !next);
        const bool found = next ? first >> 32 == 0 && next_other(first) != others.end()
                                : others.contains(static_cast<std::uint32_t>(first));
        return statuses.add(refuse_structure(second, sizeof(lintel_domain_info)))
            .add(LINTEL_ENOENT, !self && (first >> 32 != 0 || !found));
    }
    case LINTEL_HC_machine_info:
        return statuses.add(refuse_structure(first, sizeof(lintel_machine_info)));
    case LINTEL_HC_log_read:
        return statuses.add(refuse_structure(second, std::min<std::uint64_t>(third, 4097)))
            .add(LINTEL_EINVAL, third < 17 || third > 4096 || first > log_text().size());
    default:
        return statuses.add(refuse_other(call));
    }
}

std::map<std::uint32_t, OtherState>::const_iterator Model::next_other(std::uint64_t number) const
{
    return others.lower_bound(static_cast<std::uint32_t>(number));
}

void Model::store_structure(std::uint64_t address, std::uint64_t bytes)
{
    for (std::uint64_t at = 0; at < bytes; at += 8)
        store(address + at, 0, 8);
}

bool Model::accept_log(const Call& call, std::int64_t result)
{
    const auto [position, address, bytes, flags, unused] = call.in;
    const std::string text = log_text();
    const std::uint64_t from = std::max<std::uint64_t>(position, text.size() - log_bytes);
    const std::uint64_t count = std::min<std::uint64_t>(bytes - 16, text.size() - from);
    store(address, from, 8);
    store(address + 8, text.size(), 8);
    for (std::uint64_t i = 0; i < count; ++i)
        ram.at(address + 16 + i) = static_cast<std::byte>(text[from + i]);
    return static_cast<std::uint64_t>(result) == 16 + count;
}

bool Model::accept_info(const Call& call)
{
    const auto [number, address, flags, unused, unused2] = call.in;
    store_structure(address, sizeof(lintel_domain_info));
    if (number == 0 || number == LINTEL_DOMAIN_SELF)
        return true;
    const auto found = next_other(number); // the very one, without the flag
    store(address, found->first, 4);
    store(address + 32, found->second.frames, 8);
    return true;
}

bool Model::accept_other(const Call& call, std::int64_t result)
{
    const auto [number, second, third, fourth, unused] = call.in;
    OtherState& other = others.at(static_cast<std::uint32_t>(number));
    switch (call.number) {
    case LINTEL_HC_domain_destroy:
        if (!other.dying) {
            other.dying = true;
            return result > 0;
        }
        others.erase(static_cast<std::uint32_t>(number));
        break;
    case LINTEL_HC_domain_populate:
        if (result <= 0 || static_cast<std::uint64_t>(result) > third ||
            static_cast<std::uint64_t>(result) > other.max_frames - other.frames)
            return false;
        other.frames += static_cast<std::uint64_t>(result);
        return true;
    case LINTEL_HC_domain_start:
        other.started = true;
        other.entry = load(second) & 0xffff'ffff;
        break;
    case LINTEL_HC_domain_pause:
    case LINTEL_HC_domain_unpause:
        other.paused = call.number == LINTEL_HC_domain_pause;
        break;
    case LINTEL_HC_domain_shutdown:
        other.asked_for = second + 1;
        break;
    }
    return result == 0;
}

bool Model::accept_domain(const Call& call, std::int64_t result)
{
    switch (call.number) {
    case LINTEL_HC_domain_create:
        if (result != ++last_number_) // the slots are never all in use
            return false;
        others[last_number_] = {.max_frames = load(call.in[0] + 16)};
        return true;
    case LINTEL_HC_domain_info:
        return accept_info(call) && result == 0;
    case LINTEL_HC_machine_info:
        store_structure(call.in[0], sizeof(lintel_machine_info));
        return result == 0;
    case LINTEL_HC_log_read:
        return accept_log(call, result);
    case LINTEL_HC_shutdown_wanted:
        return result == std::exchange(wanted_end, 0u) - 1;
    default:
        return accept_other(call, result);
    }
}

} // namespace lintel::fuzz
