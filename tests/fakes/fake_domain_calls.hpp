// SPDX-License-Identifier: Apache-2.0
// What calls about other domains come to in tests: they are recorded. Domains are numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <lintel/domain.h>

#include "mm/frame.hpp"
#include "support/result.hpp"

namespace lintel {

class FakeDomainCalls {
public:
    Result<std::uint32_t> create_domain(const lintel_domain_create& wanted)
    {
        if (domains.size() == most_domains)
            return Error::limit_reached;
        created.push_back(wanted);
        const auto number = static_cast<std::uint32_t>(created.size());
        domains.insert(number);
        return number;
    }
    Result<std::uint64_t> destroy_domain(std::uint32_t number)
    {
        TRY(known_domain(number));
        if (destroy_again != 0)
            return destroy_again--;
        domains.erase(number);
        return std::uint64_t{0};
    }
    Result<std::uint64_t> populate_domain(std::uint32_t number, GfnRange range)
    {
        TRY(known_domain(number));
        populated.push_back({number, range});
        return range.count < frames_done ? range.count : frames_done;
    }
    Result<> start_domain(std::uint32_t number, const lintel_domain_start& start)
    {
        TRY(known_domain(number));
        domain_starts.push_back({number, start});
        return {};
    }
    Result<> pause_domain(std::uint32_t number) { return note_domain(paused, number); }
    Result<> unpause_domain(std::uint32_t number) { return note_domain(unpaused, number); }
    Result<> ask_for_shutdown(std::uint32_t number, std::uint32_t reason)
    {
        TRY(known_domain(number));
        asked.push_back({number, reason});
        return {};
    }
    Result<std::uint32_t> take_shutdown_wanted()
    {
        if (!wanted_end)
            return Error::not_found;
        return *std::exchange(wanted_end, std::nullopt);
    }
    Result<> domain_info(std::uint32_t number, lintel_domain_info& info)
    {
        if (number != 0)
            TRY(known_domain(number));
        info.domain = number;
        info.frames = 7;
        return {};
    }
    Result<> next_domain_info(std::uint32_t number, lintel_domain_info& info)
    {
        const auto next = domains.lower_bound(number);
        if (number != 0 && next == domains.end())
            return Error::not_found;
        info.domain = number == 0 ? 0 : *next;
        return {};
    }

    static constexpr std::size_t most_domains = 2;
    std::set<std::uint32_t> domains; // that exist, dom0 not counted
    std::vector<lintel_domain_create> created;
    std::uint64_t destroy_again = 0; // how often a call is not the last one
    struct Populated {
        std::uint32_t domain;
        GfnRange range;
        bool operator==(const Populated&) const = default;
    };
    std::vector<Populated> populated;
    std::uint64_t frames_done = ~0ull; // what a call about memory does at most
    struct DomainStart {
        std::uint32_t domain;
        lintel_domain_start start;
    };
    std::vector<DomainStart> domain_starts;
    std::vector<std::uint32_t> paused, unpaused;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> asked; // to end: domain and reason
    std::optional<std::uint32_t> wanted_end;                    // what this domain is asked for

private:
    Result<> known_domain(std::uint32_t number) const
    {
        if (!domains.contains(number))
            return Error::not_found;
        return {};
    }
    Result<> note_domain(std::vector<std::uint32_t>& list, std::uint32_t number)
    {
        TRY(known_domain(number));
        list.push_back(number);
        return {};
    }
};

} // namespace lintel
