// SPDX-License-Identifier: Apache-2.0
// The one way in which a sealed domain's tables change. Commands are applied one after the other under the
// lock, each whole or not at all. A batch takes a bounded time: it may end early, and the guest goes on
// with the next call.
//
// `Memory` reaches table pages and loads roots: the domain and its vCPU on the machine, a fake in tests.
// Contract: docs/design/sealed.md#commands.
#pragma once

#include <concepts>
#include <optional>

#include "seal/command.hpp"
#include "seal/tables.hpp"

namespace lintel::seal {

template <typename M>
concept TableMemory = requires(M& memory, Gfn page)
{
    // The 512 entries of a page that is donated or a table: the domain's own RAM, and it stays that.
    {
        memory.entries(page)
        } -> std::same_as<std::uint64_t*>;
    memory.load_root(page); // the calling vCPU goes on with this root
};

struct BatchAnswer {
    unsigned done = 0;            // slots, without those of the refused command
    std::optional<Error> refused; // why the command in slot `done` was

    bool operator==(const BatchAnswer&) const = default;
};

template <TableMemory Memory>
class Commands {
public:
    // Entries that one batch looks at, at most. More than any single command costs.
    static constexpr unsigned budget = 4096;
    static constexpr unsigned cost_of_page = 64; // which is cleared, not looked at

    Commands(Tables& tables, Memory& memory) : tables_{tables}, memory_{memory} {}

    // Stores `value` in the entry at `address` and answers what was there.
    Result<std::uint64_t> exchange(std::uint64_t address, std::uint64_t value)
    {
        Guard guard{tables_.lock};
        const Run run = TRY(reach(address, 1));
        TRY(check(value, run.level));
        const std::uint64_t old = load(*run.entries, run.level);
        store(*run.entries, value);
        return old;
    }

    // The commands in `slots` slots, of which `words(i)` loads word i. Commands before a refused one stay
    // applied, those behind it do not happen. Done in part, and nothing refused: that was the budget.
    template <typename Words>
    BatchAnswer batch(Words&& words, unsigned slots)
    {
        Guard guard{tables_.lock};
        BatchAnswer answer;
        Gfn last;
        for (unsigned left = budget; answer.done < slots;) {
            const std::uint64_t first = words(2 * answer.done);
            const bool is_set = (first & operation_bits) == static_cast<std::uint64_t>(Operation::set);
            auto done = is_set ? set(first, words(2 * answer.done + 1), left)
                               : other(first, words, answer.done, slots, left);
            if (!done.ok())
                answer.refused = done.error();
            if (!done.ok() || done.value() == 0)
                break;
            answer.done += done.value();
            last = Gfn::of(first);
        }
        if (debug_build && answer.done != 0 && !tables_.stores_pass)
            assert_still(last);
        return answer;
    }

private:
    // Entries of one table, one after the other, that the guest may change.
    struct Run {
        std::uint64_t* entries;
        Level level;
    };

    // Most commands are for few tables, and for such of 4 KiB pages.
    [[gnu::always_inline]] Result<Run> reach(std::uint64_t address, std::uint64_t count)
    {
        std::uint64_t* const entries = tables_.reached.find(address);
        if (entries == nullptr) [[unlikely]]
            return reach_anew(address, count);
        assert_slow(tables_.record.at(Gfn::of(address)) == FrameKind::pt &&
                    memory_.entries(Gfn::of(address)) + address % page_size / 8 == entries);
        if (count == 0 || count > table_entries - address % page_size / 8)
            return Error::bad_argument;
        return Run{entries, Level::pt};
    }
    [[gnu::noinline]] Result<Run> reach_anew(std::uint64_t address, std::uint64_t count)
    {
        const Place place = TRY(tables_.find(address, count));
        std::uint64_t* const entries = memory_.entries(place.table);
        if (place.level == Level::pt)
            tables_.reached.add(place.table, entries);
        return Run{entries + place.index, place.level};
    }
    [[gnu::always_inline]] Result<> check(std::uint64_t raw, Level level)
    {
        if (level == Level::pt) [[likely]]
            return check_page(TableEntry{raw}, tables_.record, tables_.paging);
        return tables_.check(raw, level);
    }

    // The processor has no reason to store into this table, be it at a walk or at an access: what makes it
    // safe that it may not.
    void assert_still(Gfn table)
    {
        const Level level = level_of(tables_.record.at(table));
        const std::uint64_t* const entries = memory_.entries(table);
        for (unsigned i = 0; i < table_entries; ++i)
            load(entries[i], level);
    }

    // Accesses are single: processors walk the tables meanwhile.
    std::uint64_t load(const std::uint64_t& entry, [[maybe_unused]] Level level)
    {
        const std::uint64_t raw = __atomic_load_n(&entry, __ATOMIC_RELAXED);
        assert_slow(tables_.stores_pass || needs_no_store(TableEntry{raw}, level)); // whoever broke that, we did not see it
        return raw;
    }
    static void store(std::uint64_t& entry, std::uint64_t raw)
    {
        __atomic_store_n(&entry, raw, __ATOMIC_RELEASE);
    }

    // Each of these answers how many slots it took: 0 if the budget is too small for it.
    [[gnu::always_inline]] Result<unsigned> set(std::uint64_t address, std::uint64_t value, unsigned& left)
    {
        if (left == 0)
            return 0u;
        --left;
        const Run run = TRY(reach(address, 1));
        TRY(check(value, run.level));
        store(*run.entries, value);
        return 1u;
    }
    template <typename Words>
    [[gnu::noinline]] Result<unsigned> other(std::uint64_t first, Words& words, unsigned at, unsigned slots,
                                             unsigned& left)
    {
        const Command command = TRY(fetch(first, words, at, slots));
        const unsigned cost = cost_of(command);
        if (cost > left)
            return 0u;
        left -= cost;
        TRY(apply(command));
        return command.slots;
    }

    static unsigned cost_of(const Command& command)
    {
        switch (command.operation) {
        case Operation::change:
            return command.operand < table_entries ? 1 + static_cast<unsigned>(command.operand)
                                                   : table_entries;
        case Operation::give_level: return cost_of_page;
        case Operation::make_root: return 2 * cost_of_page;
        case Operation::set:
        case Operation::load_root: break;
        }
        return 1;
    }

    Result<> apply(const Command& command)
    {
        switch (command.operation) {
        case Operation::set: break; // set()
        case Operation::change: return change(command);
        case Operation::give_level: return give_level(command);
        case Operation::make_root: return make_root(command);
        case Operation::load_root: return load_root(command);
        }
        return Error::bad_argument; // batch() and fetch() let no other through
    }

    // All of them are judged before the first is stored, unless they only lose rights. Between the two
    // nothing changes: other vCPUs wait for the lock, and processors do not store.
    Result<> change(const Command& command)
    {
        const Run run = TRY(reach(command.address, command.operand));
        std::uint64_t* const entries = run.entries;
        const auto count = static_cast<unsigned>(command.operand);
        const auto changed = [&, keep = command.keep, set = command.set](unsigned i) {
            return (load(entries[i], run.level) & keep) | set;
        };
        const bool is_good = run.level == Level::pt && !tables_.stores_pass &&
                             only_takes_rights(command.keep, command.set);
        for (unsigned i = 0; !is_good && i < count; ++i)
            TRY(check(changed(i), run.level));
        for (unsigned i = 0; i < count; ++i)
            store(entries[i], changed(i));
        return {};
    }

    Result<> give_level(const Command& command)
    {
        if (command.address % page_size != 0 ||
            command.operand > static_cast<std::uint64_t>(Level::pdpt))
            return Error::bad_argument;
        const FrameKind kind = tables_.record.at(command.page());
        if (kind != FrameKind::donated)
            return is_table(kind) ? Error::exists : Error::bad_address;
        std::uint64_t* const entries = memory_.entries(command.page());
        for (unsigned i = 0; i < table_entries; ++i)
            store(entries[i], 0);
        tables_.record.set(command.page(), table_of(static_cast<Level>(command.operand)));
        return {};
    }

    // A donated page or pair, or one that is a root already and begins anew.
    Result<> make_root(const Command& command)
    {
        const unsigned pages = command.operand == 0 ? 1 : 2;
        if (command.address % (pages * page_size) != 0 || command.operand > 1 ||
            (pages == 2 && !tables_.master.pair))
            return Error::bad_argument;
        for (unsigned i = 0; i < pages; ++i) {
            const FrameKind kind = tables_.record.at(command.page() + i);
            if (kind != FrameKind::donated && kind != FrameKind::root)
                return is_table(kind) ? Error::exists : Error::bad_address;
        }
        // The master may still refer to what is withdrawn. Where that was searched already, it must not
        // come back by a copy.
        for (unsigned i = 0; i < pages && tables_.record.leaving().count != 0; ++i)
            TRY(check_upper_half(tables_.master.page + i));
        for (unsigned i = 0; i < pages; ++i)
            begin_root(command.page() + i, tables_.master.page + i);
        return {};
    }
    Result<> check_upper_half(Gfn master)
    {
        const std::uint64_t* const entries = memory_.entries(master);
        for (unsigned i = table_entries / 2; i < table_entries; ++i)
            if (i != Tables::window_slot)
                TRY(tables_.check(load(entries[i], Level::pml4), Level::pml4));
        return {};
    }
    void begin_root(Gfn page, Gfn master)
    {
        std::uint64_t* const entries = memory_.entries(page);
        const std::uint64_t* const upper = memory_.entries(master);
        for (unsigned i = 0; i < table_entries; ++i)
            store(entries[i], i < table_entries / 2 ? 0 : load(upper[i], Level::pml4));
        tables_.record.set(page, FrameKind::root);
    }

    Result<> load_root(const Command& command)
    {
        if (command.address % page_size != 0 || command.operand != 0)
            return Error::bad_argument;
        if (tables_.record.at(command.page()) != FrameKind::root)
            return Error::bad_address;
        memory_.load_root(command.page());
        return {};
    }

    Tables& tables_;
    Memory& memory_;
};

} // namespace lintel::seal
