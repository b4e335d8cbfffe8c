// SPDX-License-Identifier: Apache-2.0
// A sealed domain's tables by the letter of docs/design/sealed.md, as plainly as possible: every frame of
// an entry is looked at, and there is no word of the hypervisor's code in it but names.
//
// For each command it has the set of errors that apply, of which any is a right answer; none means that
// the command has to succeed.
#pragma once

#include <set>

#include "fuzz/sealed/layout.hpp"

namespace lintel::fuzz::sealed {

using Errors = std::set<Error>;

class Model {
public:
    FrameKind kind(std::uint64_t frame) const
    {
        if (leaving_.contains({frame}))
            return FrameKind::moving;
        return frame < ram_frames ? kinds_[frame] : FrameKind::plain;
    }
    const auto& kinds() const { return kinds_; }
    const Pages& contents() const { return pages_; }
    std::uint64_t& entry(std::uint64_t address)
    {
        return pages_[address / 4096 - pages.first.number][address % 4096 / 8];
    }

    // Storing `value` at `address`.
    Errors set_refused(std::uint64_t address, std::uint64_t value) const
    {
        const int level = level_of(address / 4096);
        if (level == 0)
            return {Error::bad_address};
        Errors errors;
        if (address % 8 != 0)
            errors.insert(Error::bad_argument);
        if (level == 4 && address % 4096 / 8 == 509)
            errors.insert(Error::not_permitted);
        errors.merge(entry_refused(value, level));
        return errors;
    }

    // One command of a batch; carried out if nothing is against it.
    Errors command(const std::array<std::uint64_t, 4>& word, bool last_slot, std::uint64_t& loaded)
    {
        const std::uint64_t address = word[0] / 8 * 8, operand = word[1];
        switch (word[0] % 8) {
        case 0: return set(address, operand);
        case 1: return last_slot ? bad : change(address, operand, word[2], word[3]);
        case 2: return give_level(address, operand);
        case 3: return make_root(address, operand);
        case 4: return load_root(address, operand, loaded);
        default: return bad;
        }
    }

    Errors move(std::uint64_t first, std::uint64_t count, FrameKind from, FrameKind to)
    {
        for (std::uint64_t frame = first; frame < first + count; ++frame)
            if (frame >= ram_frames)
                return {Error::bad_address};
        for (std::uint64_t frame = first; frame < first + count; ++frame)
            if (kinds_[frame] != from)
                return {Error::busy};
        for (std::uint64_t frame = first; frame < first + count; ++frame)
            kinds_[frame] = to;
        return {};
    }

    Errors begin_withdrawal(GfnRange range)
    {
        Errors errors;
        if (leaving_.count != 0)
            errors.insert(Error::busy);
        for (std::uint64_t frame = range.first.number; frame < range.end().number; ++frame) {
            if (frame >= ram_frames || kinds_[frame] < FrameKind::donated)
                errors.insert(Error::bad_address);
            if (frame == master.page.number || frame == master.page.number + 1)
                errors.insert(Error::not_permitted);
        }
        if (errors.empty())
            leaving_ = range;
        return errors;
    }
    GfnRange leaving() const { return leaving_; }
    // Whether a table that stays leads to one that is withdrawn.
    bool refers_to_leaving() const
    {
        for (Gfn page = pages.first; page < pages.end(); page = page + 1)
            for (const std::uint64_t raw : pages_[page - pages.first])
                if (level_of(page.number) > 1 && leads_to_leaving(raw))
                    return true;
        return false;
    }
    void end_withdrawal(bool gone)
    {
        for (Gfn page = leaving_.first; gone && page < leaving_.end(); page = page + 1)
            kinds_[page.number] = FrameKind::plain;
        leaving_ = {};
    }

private:
    static inline const Errors bad{Error::bad_argument};

    bool leads_to_leaving(std::uint64_t raw) const
    {
        return (raw & 0x81) == 1 && leaving_.contains({raw >> 12 & 0xff'ffff'ffff});
    }

    // 1 .. 4, or 0: no table.
    int level_of(std::uint64_t frame) const
    {
        switch (kind(frame)) {
        case FrameKind::pt: return 1;
        case FrameKind::pd: return 2;
        case FrameKind::pdpt: return 3;
        case FrameKind::root: return 4;
        default: return 0;
        }
    }

    Errors entry_refused(std::uint64_t value, int level) const
    {
        const auto bit = [&](unsigned number) { return (value >> number & 1) != 0; };
        if (!bit(0))
            return level == 4 && value != 0 ? bad : Errors{};
        const std::uint64_t frame = value >> 12 & 0xff'ffff'ffff;
        const bool leaf = level == 1 || (level < 4 && bit(7));
        Errors errors;
        if (!bit(5) || (value >> paging.physical_bits & 0xfff) != 0 || (level == 4 && bit(7)))
            errors.merge(Errors{bad});
        if (!leaf) {
            if (!bit(2))
                errors.insert(Error::bad_argument);
            if (level_of(frame) != level - 1)
                errors.insert(Error::bad_address);
            return errors;
        }
        if (bit(1) && !bit(6))
            errors.insert(Error::bad_argument);
        const std::uint64_t count = level == 1 ? 1 : level == 2 ? 512 : 512 * 512;
        if ((frame & (count - 1) & ~(level == 1 ? 0ull : 1ull)) != 0)
            errors.insert(Error::bad_argument);
        errors.merge(mapping_refused(frame & ~(count - 1), count, bit(1), bit(2), !bit(63)));
        return errors;
    }

    static bool in(GfnRange range, std::uint64_t first, std::uint64_t count)
    {
        return first >= range.first.number && first + count <= range.end().number;
    }
    Errors mapping_refused(std::uint64_t first, std::uint64_t count, bool written, bool user,
                           bool executed) const
    {
        const bool is_ram = in({{0}, ram_frames}, first, count);
        const bool is_shared = in(shared, first, count);
        if (!is_ram && !is_shared && !in(foreign, first, count))
            return {Error::bad_address};
        bool wrong = (is_shared && user) || (!is_ram && !user && executed);
        for (std::uint64_t frame = first; is_ram && frame < first + count; ++frame) {
            const FrameKind what = kind(frame);
            wrong |= written && what == FrameKind::text;
            wrong |= user && what != FrameKind::plain;
            wrong |= executed && !user && what != FrameKind::text;
        }
        return wrong ? Errors{Error::not_permitted} : Errors{};
    }

    Errors set(std::uint64_t address, std::uint64_t value)
    {
        const Errors errors = set_refused(address, value);
        if (errors.empty())
            entry(address) = value;
        return errors;
    }
    Errors change(std::uint64_t address, std::uint64_t count, std::uint64_t keep, std::uint64_t bits)
    {
        if (level_of(address / 4096) == 0)
            return {Error::bad_address, Error::bad_argument};
        if (count == 0 || count > 512 || address % 4096 / 8 + count > 512)
            return {Error::bad_argument, Error::not_permitted}; // the run may have slot 509 in it, too
        Errors errors;
        const bool judged = level_of(address / 4096) != 1 || !gives_nothing(keep, bits);
        for (std::uint64_t at = address; judged && at < address + 8 * count; at += 8)
            errors.merge(set_refused(at, (entry(at) & keep) | bits));
        for (std::uint64_t at = address; errors.empty() && at < address + 8 * count; at += 8)
            entry(at) = (entry(at) & keep) | bits;
        return errors;
    }
    // To entries of 4 KiB pages: such a change is refused for none, whatever their frames have become since.
    static bool gives_nothing(std::uint64_t keep, std::uint64_t bits)
    {
        const auto cleared = [&](unsigned bit) { return ((keep | bits) >> bit & 1) == 0; };
        if (cleared(0))
            return true;
        for (unsigned bit = 0; bit < 64; ++bit) {
            const bool ignored = bit == 3 || bit == 4 || (bit >= 7 && bit <= 11) || (bit >= 52 && bit <= 62);
            if (cleared(bit) && !ignored && bit != 1 && !(bit == 6 && cleared(1)))
                return false;
            if ((bits >> bit & 1) != 0 && !ignored && bit != 5 && bit != 6 && bit != 63)
                return false;
        }
        return true;
    }
    Errors give_level(std::uint64_t address, std::uint64_t level)
    {
        Errors errors;
        if (address % 4096 != 0 || level > 2)
            errors.insert(Error::bad_argument);
        if (level_of(address / 4096) != 0)
            errors.insert(Error::exists);
        else if (kind(address / 4096) != FrameKind::donated)
            errors.insert(Error::bad_address);
        if (errors.empty()) {
            kinds_[address / 4096] =
                std::array{FrameKind::pt, FrameKind::pd, FrameKind::pdpt}[level];
            for (std::uint64_t at = address; at < address + 4096; at += 8)
                entry(at) = 0;
        }
        return errors;
    }
    Errors make_root(std::uint64_t address, std::uint64_t pair)
    {
        Errors errors;
        if (address % 4096 != 0 || pair > 1 || (pair == 1 && address % 8192 != 0))
            errors.insert(Error::bad_argument);
        const std::uint64_t first = address / 4096;
        for (std::uint64_t frame = first; frame < first + (pair == 0 ? 1 : 2); ++frame) {
            if (kind(frame) == FrameKind::donated || kind(frame) == FrameKind::root)
                continue;
            errors.insert(level_of(frame) != 0 ? Error::exists : Error::bad_address);
        }
        for (std::uint64_t page = 0; page <= (pair == 0 ? 0 : 1); ++page)
            for (std::uint64_t i = 256; i < 512; ++i)
                if (leads_to_leaving(entry((master.page.number + page) * 4096 + i * 8)))
                    errors.insert(Error::bad_address);
        for (std::uint64_t page = 0; errors.empty() && page <= pair; ++page) {
            kinds_[first + page] = FrameKind::root;
            for (std::uint64_t i = 0; i < 512; ++i)
                entry(address + page * 4096 + i * 8) =
                    i < 256 ? 0 : entry((master.page.number + page) * 4096 + i * 8);
        }
        return errors;
    }
    Errors load_root(std::uint64_t address, std::uint64_t operand, std::uint64_t& loaded)
    {
        Errors errors;
        if (address % 4096 != 0 || operand != 0)
            errors.insert(Error::bad_argument);
        if (kind(address / 4096) != FrameKind::root)
            errors.insert(Error::bad_address);
        if (errors.empty())
            loaded = address / 4096;
        return errors;
    }

    std::array<FrameKind, ram_frames> kinds_ = first_store.kinds;
    Pages pages_ = first_pages;
    GfnRange leaving_;
};

} // namespace lintel::fuzz::sealed
