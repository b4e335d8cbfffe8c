// SPDX-License-Identifier: Apache-2.0
// Beginnings of mappings: by a grant, or, for dom0, of any RAM of another domain. `D` as in
// grant/lending.hpp, with `grants` and `mappings` beside.
#pragma once

#include "grant/grant_table.hpp"
#include "grant/unmapping.hpp"
#include "support/undo.hpp"

namespace lintel {

struct Mapped {
    Handle handle;
    Gfn at;
};

// What `owner` grants to `user` by its entry `ref`. `at` is where, if the user is not dom0.
template <typename D>
Result<Mapped> map_grant(D& user, D& owner, std::uint32_t ref, bool writable, Gfn at)
{
    const Handle handle = TRY(user.mappings.reserve());
    Undo handle_undo{[&] { user.mappings.release(handle); }};
    const Gfn page = TRY(owner.grants.begin_use(ref, user.id, writable));
    Undo use_undo{[&] { owner.grants.end_use(ref); }};
    const Mfn frame = TRY(lend_frame(owner, page));
    Undo frame_undo{[&] { give_frame_back(owner, frame); }};
    at = TRY(show_frame(user, at, frame, writable));
    frame_undo.forget();
    use_undo.forget();
    handle_undo.forget();
    user.mappings.open(handle, {Mapping::Kind::grant, writable, owner.id, ref, at, frame, 1});
    return Mapped{handle, at};
}

// Pages in a row of the owner's RAM, for dom0: all of them or none. `tell(i, at)` says where each
// is seen, also those that are not mapped in the end.
template <typename D, typename Find, typename Tell>
Result<Handle> map_foreign(D& user, D& owner, GfnRange pages, bool writable, Find find, Tell tell)
{
    const Handle handle = TRY(user.mappings.reserve());
    std::uint32_t done = 0;
    const auto map_some = [&](GfnRange left) -> Result<> {
        MfnRange run = TRY(lend_run(owner, left));
        const Undo undo{[&] { give_run_back(owner, run); }}; // what is not shown
        while (run.count != 0) {
            const std::uint64_t shown = TRY(show_run(user, run, writable));
            for (std::uint64_t i = 0; i < shown; ++i)
                tell(done++, Gfn{(run.first + i).number});
            run = {run.first + shown, run.count - shown};
        }
        return {};
    };
    Result<> result;
    while (result.ok() && done < pages.count)
        result = map_some({pages.first + done, pages.count - done});
    const Mapping mapping{Mapping::Kind::foreign, writable, owner.id, 0, pages.first, {}, done};
    if (result.ok()) {
        user.mappings.open(handle, mapping);
        return handle;
    }
    if (done == 0) { // the first page may be anything
        user.mappings.release(handle);
        return result.error();
    }
    user.mappings.store_taken(handle, mapping);
    Unmapping unmapping{user, find};
    unmapping.add_taken(handle);
    unmapping.finish();
    return result.error();
}

} // namespace lintel
