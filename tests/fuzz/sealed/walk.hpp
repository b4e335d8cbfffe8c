// SPDX-License-Identifier: Apache-2.0
// What a processor could do by a sealed domain's tables: walks from every root, with the rights of all
// levels taken together, as the manual has it. Knows nothing of how entries are judged.
#pragma once

#include <set>
#include <tuple>
#include <vector>

#include "fuzz/require.hpp"
#include "fuzz/sealed/layout.hpp"

namespace lintel::fuzz::sealed {

template <typename KindOf>
class Walk {
public:
    Walk(const Pages& contents, KindOf kind) : contents_{contents}, kind_{kind} {}

    void go()
    {
        for (std::uint64_t frame = pages.first.number; frame < pages.end().number; ++frame)
            if (kind_(frame) == FrameKind::root) {
                REQUIRE(contents_[frame - pages.first.number][509] == window_entry);
                reach(frame, 4, {true, true, true});
            }
        while (!todo_.empty()) {
            const auto [frame, level, rights] = todo_.back();
            todo_.pop_back();
            for (unsigned i = 0; i < 512; ++i)
                if (const auto raw = contents_[frame - pages.first.number][i];
                    raw != 0 && !(level == 4 && i == 509))
                    look(raw, level, rights);
        }
    }

private:
    struct Rights {
        bool user, writable, executable;
        auto operator<=>(const Rights&) const = default;
    };

    // A table that is shared by many is looked at once for each combination of rights.
    void reach(std::uint64_t frame, int level, Rights rights)
    {
        constexpr std::array kinds{FrameKind::pt, FrameKind::pd, FrameKind::pdpt, FrameKind::root};
        REQUIRE(kind_(frame) == kinds[level - 1]);
        if (seen_.insert({frame, level, rights}).second)
            todo_.push_back({frame, level, rights});
    }
    void look(std::uint64_t raw, int level, Rights above)
    {
        if ((raw & 1) == 0)
            return;
        REQUIRE((raw & 0x20) != 0);
        const Rights rights{above.user && (raw & 4) != 0, above.writable && (raw & 2) != 0,
                            above.executable && raw >> 63 == 0};
        const std::uint64_t frame = raw >> 12 & 0xff'ffff'ffff;
        if (level != 1 && (raw & 0x80) == 0)
            return reach(frame, level - 1, rights);
        REQUIRE(level < 4 && ((raw & 2) == 0 || (raw & 0x40) != 0));
        const std::uint64_t count = level == 1 ? 1 : level == 2 ? 512 : 512 * 512;
        map(frame & ~(count - 1), count, rights);
    }
    void map(std::uint64_t first, std::uint64_t count, Rights rights)
    {
        const GfnRange range{{first}, count};
        if (range.overlaps(shared))
            REQUIRE(!rights.user && !rights.executable);
        if (first >= ram_frames) {
            REQUIRE(rights.user || !rights.executable);
            return;
        }
        REQUIRE(range.end().number <= ram_frames);
        for (std::uint64_t frame = first; frame < first + count; ++frame) {
            const FrameKind kind = kind_(frame);
            REQUIRE(kind != FrameKind::text || (!rights.writable && !rights.user));
            REQUIRE(kind != FrameKind::kernel || !rights.user);
            REQUIRE(kind == FrameKind::text || rights.user || !rights.executable);
        }
    }

    using State = std::tuple<std::uint64_t, int, Rights>;
    const Pages& contents_;
    KindOf kind_;
    std::set<State> seen_;
    std::vector<State> todo_;
};

} // namespace lintel::fuzz::sealed
