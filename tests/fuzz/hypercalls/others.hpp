// SPDX-License-Identifier: Apache-2.0
// The other domains that the fuzzed one, as dom0, has made: numbers and look-up are the
// hypervisor's own, what stands behind them only as much as the calls can tell.
#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include <lintel/domain.h>

#include "domain/domain_table.hpp"
#include "fuzz/hypercalls/shape.hpp"
#include "mm/frame.hpp"

namespace lintel::fuzz {

// What both sides say of a domain.
struct OtherState {
    std::uint64_t frames = 0, max_frames = 0;
    bool paused = true, started = false, dying = false;
    std::uint64_t entry = 0, asked_for = 0;

    bool operator==(const OtherState&) const = default;
};

class Others {
public:
    Result<std::uint32_t> create(const lintel_domain_create& wanted)
    {
        auto domain = std::make_unique<Other>(Other{TRY(table_.reserve()), {}});
        domain->state.max_frames = wanted.max_frames;
        const std::uint32_t number = domain->id.number;
        table_.put(*domain);
        all_.emplace(number, std::move(domain));
        return number;
    }
    // In two steps, as for a domain with memory.
    Result<std::uint64_t> destroy(std::uint32_t number)
    {
        Other* const domain = table_.find_any(number);
        if (domain == nullptr)
            return Error::not_found;
        if (!domain->state.dying) {
            domain->state.dying = true;
            table_.retire(*domain);
            return std::uint64_t{1};
        }
        table_.take_out(*domain);
        table_.give_back(domain->id);
        all_.erase(number);
        return std::uint64_t{0};
    }
    Result<std::uint64_t> populate(std::uint32_t number, GfnRange range)
    {
        OtherState& state = *TRY(find(number));
        if (state.frames == state.max_frames)
            return Error::limit_reached;
        const std::uint64_t room = state.max_frames - state.frames;
        std::uint64_t done = range.count < room ? range.count : room;
        done = done < populate_most ? done : populate_most;
        state.frames += done;
        return done;
    }
    Result<> start(std::uint32_t number, const lintel_domain_start& start)
    {
        OtherState& state = *TRY(find(number));
        if (state.started)
            return Error::exists;
        state.started = true;
        state.entry = start.entry;
        return {};
    }
    Result<OtherState*> find(std::uint32_t number)
    {
        Other* const domain = table_.find(number);
        if (domain == nullptr)
            return Error::not_found;
        return &domain->state;
    }
    Result<> describe(std::uint32_t number, bool next, lintel_domain_info& info)
    {
        if (number == 0) // dom0, which is in no table here
            return {};
        const Other* const domain = next ? table_.find_next(number) : table_.find_any(number);
        if (domain == nullptr)
            return Error::not_found;
        info.domain = domain->id.number;
        info.frames = domain->state.frames;
        return {};
    }
    std::map<std::uint32_t, OtherState> states() const
    {
        std::map<std::uint32_t, OtherState> result;
        for (const auto& [number, domain] : all_)
            result.emplace(number, domain->state);
        return result;
    }

private:
    struct Other {
        DomainId id;
        OtherState state;
    };
    DomainTable<Other> table_;
    std::map<std::uint32_t, std::unique_ptr<Other>> all_;
};

} // namespace lintel::fuzz
