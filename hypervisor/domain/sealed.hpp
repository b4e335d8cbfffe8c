// SPDX-License-Identifier: Apache-2.0
// What a domain has beside, if it may seal its page tables: the record of its frames, and how far
// the seal is. Lies in frames of its own. Contract: docs/abi/sealed.md.
#pragma once

#include <new>

#include <lintel/domain.h>

#include "seal/journey.hpp"
#include "seal/reports.hpp"
#include "seal/rewalk.hpp"
#include "seal/sealing.hpp"

namespace lintel {

// What domain_create says of it; `flags` zero: it may not.
struct SealPlan {
    std::uint32_t flags = 0;  // LINTEL_DOMAIN_SEALED and its kin
    std::uint64_t frames = 0; // that the record knows
};

struct Sealed {
    Sealed(const seal::FrameRecord& record, seal::Paging paging, std::uint32_t its_flags)
        : tables{.lock = {},
                 .record = record,
                 .paging = paging,
                 .master = {},
                 .stores_pass = (its_flags & LINTEL_DOMAIN_SEAL_CHECK) != 0},
          flags{its_flags}
    {
    }

    seal::Tables tables;
    seal::Sealing sealing;
    seal::Journey journey;
    std::uint32_t flags;
    std::uint64_t protected_frames = 0; // atomic
    std::uint64_t cr4 = 0; // bits that every vCPU has from the seal on; set before it is sealed

    // For a withdrawal: each vCPU that has seen the round knows no root any more that is none.
    std::uint32_t roots_round = 0; // atomic
    bool root_in_use = false;      // a note: a root that leaves is a vCPU's at the moment

    // Check mode.
    seal::Rewalk rewalk;
    SpinLock reports_lock; // for the two that follow
    seal::Reports reports;
    seal::RecentStores stores;

    bool has_turn = false; // somebody does one of the calls that take several; atomic

    std::uint64_t protected_now() const
    {
        return __atomic_load_n(&protected_frames, __ATOMIC_RELAXED);
    }
    // Wraps for what is not protected any more.
    void count_protected(std::uint64_t more)
    {
        __atomic_fetch_add(&protected_frames, more, __ATOMIC_RELAXED);
    }
    bool is_sealed() const { return sealing.phase_now() == seal::Phase::sealed; }
    bool may_leave(Gfn page) const
    {
        return sealing.phase_now() == seal::Phase::open ||
               tables.record.kept(page) == seal::FrameKind::plain;
    }
    // Whether a vCPU may begin with this root.
    bool may_start_at(Gfn root)
    {
        const Guard guard{tables.lock};
        return !is_sealed() || tables.record.at(root) == seal::FrameKind::root;
    }
    bool checks() const { return (flags & LINTEL_DOMAIN_SEAL_CHECK) != 0; }

    // How much memory one takes with a record of so many frames, and making it there: in bytes that
    // are zero.
    static std::size_t bytes_for(std::uint64_t frames)
    {
        return sizeof(Sealed) + begun(frames, seal::Level::pd) * sizeof(seal::Summary) +
               begun(frames, seal::Level::pdpt) * sizeof(seal::Summary) + frames;
    }
    struct Ranges {
        GfnRange shared, foreign, devices;
    };
    static Sealed* make_at(std::byte* place, const SealPlan& plan, const Ranges& ranges,
                           seal::Paging paging)
    {
        auto* const large = reinterpret_cast<seal::Summary*>(place + sizeof(Sealed));
        auto* const huge = large + begun(plan.frames, seal::Level::pd);
        auto* const kinds =
            reinterpret_cast<seal::FrameKind*>(huge + begun(plan.frames, seal::Level::pdpt));
        const seal::FrameRecord::Store store{
            {kinds, plan.frames}, {large, huge}, {huge, reinterpret_cast<seal::Summary*>(kinds)}};
        return new (place)
            Sealed{seal::FrameRecord{store, ranges.shared, ranges.foreign, ranges.devices}, paging,
                   plan.flags};
    }

private:
    static constexpr std::uint64_t begun(std::uint64_t frames, seal::Level level)
    {
        return (frames + seal::frames(level) - 1) / seal::frames(level);
    }
};
static_assert(sizeof(Sealed) % alignof(seal::Summary) == 0);

} // namespace lintel
