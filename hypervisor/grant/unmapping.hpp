// SPDX-License-Identifier: Apache-2.0
// Ends several mappings of a domain by one flush: first they are taken out of its map, then every
// CPU forgets them, then frames, entries and handles are given back. Nobody else can use a frame,
// and no revoke() succeeds, before the second step is over.
//
// `Find` gives the owner of a frame by its DomainId; an owner is there as long as it has lent
// something.
#pragma once

#include <array>

#include "grant/foreign_run.hpp"
#include "grant/mappings.hpp"
#include "mm/retired_frames.hpp"

namespace lintel {

template <typename D, typename Find>
class Unmapping {
public:
    Unmapping(D& user, Find find) : user_{user}, find_{find} {}
    ~Unmapping() { assert(count_ == 0); } // finish() has been called
    Unmapping(const Unmapping&) = delete;
    Unmapping& operator=(const Unmapping&) = delete;

    // Whether no more should be added: of handles, or of frames, as a call ends soon.
    bool full() const { return count_ == handles_.size() || frames_ >= most_frames; }

    Result<> add(Handle handle, Mapping::Kind kind)
    {
        hide(handle, TRY(user_.mappings.take(handle, kind)));
        return {};
    }
    void add_taken(Handle handle) { hide(handle, user_.mappings.find(handle)); }

    // Waits for other CPUs: no lock may be held, and nothing found in a map before is good any
    // more.
    void finish()
    {
        RetiredFrames tables = unlinked();
        if (flush_ || !tables.empty())
            shoot_down(user_);
        flush_ = false;
        tables.release(user_.frame_table());
        for (unsigned i = 0; i < count_; ++i)
            give_back(handles_[i]);
        count_ = frames_ = 0;
    }

private:
    static constexpr unsigned most_frames = LINTEL_FOREIGN_FRAMES;

    // Tables that have lost their last entry, here or in an edit that failed.
    RetiredFrames unlinked()
    {
        const Guard guard{user_.map_lock};
        RetiredFrames tables;
        tables.take_over(user_.frame_table(), user_.map.memory().retired);
        return tables;
    }
    void hide(Handle handle, const Mapping& mapping)
    {
        assert(!full());
        handles_[count_++] = handle;
        frames_ += mapping.count;
        if (mapping.kind == Mapping::Kind::grant) {
            flush_ |= hide_frame(user_, mapping.at, mapping.frame, mapping.writable);
            return;
        }
        D& owner = *find_(mapping.owner);
        each_run(owner, mapping, [&](MfnRange run) {
            while (run.count != 0) {
                const Hidden hidden = hide_run(user_, run, mapping.writable);
                flush_ |= hidden.flush;
                run = {run.first + hidden.count, run.count - hidden.count};
            }
        });
    }
    // The frames of a foreign mapping.
    template <typename Act>
    static void each_run(D& owner, const Mapping& mapping, Act act)
    {
        for (std::uint64_t done = 0; done < mapping.count;) {
            const MfnRange run = lent_run(owner, {mapping.at + done, mapping.count - done});
            act(run);
            done += run.count;
        }
    }

    void give_back(Handle handle)
    {
        const Mapping mapping = user_.mappings.find(handle);
        D& owner = *find_(mapping.owner);
        if (mapping.kind == Mapping::Kind::grant) {
            owner.grants.end_use(mapping.ref);
            give_back(owner, {mapping.frame, 1});
        } else {
            each_run(owner, mapping, [&](MfnRange run) { give_back(owner, run); });
        }
        user_.mappings.release(handle);
    }
    static void give_back(D& owner, MfnRange run)
    {
        if constexpr (debug_build)
            owner.frame_table().set_stale(run, false); // no CPU has them any more
        give_run_back(owner, run);
    }

    D& user_;
    Find find_;
    std::array<Handle, LINTEL_GRANT_BATCH> handles_;
    unsigned count_ = 0, frames_ = 0;
    bool flush_ = false;
};

// For the end of a domain none of whose vCPUs runs any more: ends up to `most` of the mappings that
// it holds, and says whether all are ended. `from` is zero at first, and says where to go on.
template <typename D, typename Find>
bool end_mappings(D& user, std::uint32_t& from, unsigned most, Find find)
{
    Unmapping unmapping{user, find};
    bool all = false;
    for (unsigned ended = 0; ended < most && !all && !unmapping.full(); ++ended) {
        const auto handle = user.mappings.take_next(from);
        if (handle)
            unmapping.add_taken(*handle);
        all = !handle;
    }
    unmapping.finish();
    return all;
}

} // namespace lintel
