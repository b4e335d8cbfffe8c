// SPDX-License-Identifier: Apache-2.0
// The one way in which a sealed domain's tables change. Commands are applied one after the other under the
// lock, each whole or not at all. A batch takes a bounded time: it may end early, and the guest goes on
// with the next call.
//
// Contract: docs/design/sealed.md#commands.
#pragma once

#include <optional>

#include "seal/page_commands.hpp"

namespace lintel::seal {

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
        const auto& known = tables_.reached.at(address);
        if (is_simple(known, address, value)) [[likely]]
            return swap_entry(tables_, known.entry(address), value, Level::pt);
        return judge_and_swap(address, value);
    }

    // The commands in `slots` slots, of which `words(i)` loads word i. Commands before a refused one stay
    // applied, those behind it do not happen. Done in part, and nothing refused: that was the budget.
    template <typename Words>
    BatchAnswer batch(Words&& words, unsigned slots)
    {
        Guard guard{tables_.lock};
        BatchAnswer answer;
        Gfn last;
        for (unsigned left = budget;;) {
            const unsigned end = slots - answer.done < left ? slots : answer.done + left;
            const Read read = simple_sets(words, answer.done, end, last);
            left -= read.slot - answer.done;
            answer.done = read.slot;
            if (answer.done == end)
                break;
            auto took = judge_and_apply(read, words, slots, left);
            if (!took.ok())
                answer.refused = took.error();
            if (!took.ok() || took.value().slots == 0)
                break;
            left -= took.value().cost;
            answer.done += took.value().slots;
            last = Gfn::of(read.first);
        }
        if (debug_build && answer.done != 0 && !tables_.stores_pass)
            assert_still(last);
        return answer;
    }

private:
    using Known = ReachedTables::Table;

    // Whether it is as nearly all are: an entry of a known table, and good by few steps. Whatever else may be
    // right or wrong with one takes the whole judgement.
    [[gnu::always_inline]] bool is_simple(const Known& known, std::uint64_t address, std::uint64_t value)
    {
        if (!known.has(address))
            return false;
        assert_slow(tables_.record.at(Gfn::of(address)) == FrameKind::pt &&
                    memory_.entries(Gfn::of(address)) + address % page_size / 8 == &known.entry(address));
        return is_good_page(TableEntry{value}, tables_.record);
    }

    // A command of which these words have been read.
    struct Read {
        unsigned slot;
        std::uint64_t first = 0;
        std::uint64_t value = 0; // of a set
    };
    static constexpr bool is_set(std::uint64_t first)
    {
        return (first & operation_bits) == static_cast<std::uint64_t>(Operation::set);
    }
    // Sets that are simple, from slot `at` to the first command that is something else, or to `end`. `last` is
    // the table of the last one.
    template <typename Words>
    [[gnu::always_inline]] Read simple_sets(Words& words, unsigned at, unsigned end, Gfn& last)
    {
        for (; at < end; ++at) {
            const std::uint64_t first = words(2ull * at);
            if (!is_set(first))
                return {at, first};
            const std::uint64_t value = words(2ull * at + 1);
            const Known& known = tables_.reached.at(first);
            if (!is_simple(known, first, value))
                return {at, first, value};
            swap_entry(tables_, known.entry(first), value, Level::pt);
            last = Gfn::of(first);
        }
        return {at};
    }

    struct Taken {
        unsigned slots; // none: the budget is too small for it
        unsigned cost;
    };
    template <typename Words>
    [[gnu::noinline]] Result<Taken> judge_and_apply(const Read& read, Words& words, unsigned slots,
                                                    unsigned left)
    {
        if (is_set(read.first)) {
            TRY(judge_and_swap(read.first, read.value));
            return Taken{1, 1};
        }
        const Command command = TRY(fetch(read.first, words, read.slot, slots));
        const unsigned cost = cost_of(command);
        if (cost > left)
            return Taken{0, 0};
        TRY(apply(command));
        return Taken{command.slots, cost};
    }
    // Answers what was there.
    [[gnu::noinline]] Result<std::uint64_t> judge_and_swap(std::uint64_t address, std::uint64_t value)
    {
        const Place place = TRY(tables_.find(address, 1));
        TRY(tables_.check(value, place.level));
        return swap_entry(tables_, reach(place)[place.index], value, place.level);
    }
    // The entries of its table.
    std::uint64_t* reach(const Place& place)
    {
        std::uint64_t* const entries = memory_.entries(place.table);
        if (place.level == Level::pt)
            tables_.reached.at(place.table.address()) = {place.table, entries};
        return entries;
    }

    // The processor has no reason to store into this table, be it at a walk or at an access: what makes it
    // safe that it may not.
    void assert_still(Gfn table)
    {
        const Level level = level_of(tables_.record.at(table));
        const std::uint64_t* const entries = memory_.entries(table);
        for (unsigned i = 0; i < table_entries; ++i)
            load_entry(tables_, entries[i], level);
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

    [[gnu::always_inline]] Result<> apply(const Command& command)
    {
        switch (command.operation) {
        case Operation::set: break; // batch()
        case Operation::change: return change(command);
        case Operation::give_level: return pages_.give_level(command);
        case Operation::make_root: return pages_.make_root(command);
        case Operation::load_root: return pages_.load_root(command);
        }
        return Error::bad_argument; // batch() and fetch() let no other through
    }

    // All of them are judged before the first is stored, unless they only lose rights. Between the two
    // nothing changes: other vCPUs wait for the lock, and processors do not store.
    [[gnu::always_inline]] Result<> change(const Command& command)
    {
        const Known& known = tables_.reached.at(command.address);
        if (!known.has(command.address))
            return change_anew(command);
        if (command.operand == 0 || command.operand > table_entries - command.address % page_size / 8)
            return Error::bad_argument;
        return change_pages(&known.entry(command.address), command);
    }
    [[gnu::noinline]] Result<> change_anew(const Command& command)
    {
        const Place place = TRY(tables_.find(command.address, command.operand));
        std::uint64_t* const entries = reach(place) + place.index;
        if (place.level == Level::pt)
            return change_pages(entries, command);
        for (unsigned i = 0; i < command.operand; ++i)
            TRY(tables_.check(command.change.of(load_entry(tables_, entries[i], place.level)), place.level));
        for (unsigned i = 0; i < command.operand; ++i)
            store_entry(entries[i], command.change.of(load_entry(tables_, entries[i], place.level)));
        return {};
    }
    Result<> change_pages(std::uint64_t* entries, const Command& command)
    {
        const auto count = static_cast<unsigned>(command.operand);
        const Change change = command.change;
        if (tables_.stores_pass || !only_takes_rights(change))
            TRY(check_pages(entries, count, change));
        for (unsigned i = 0; i < count; ++i)
            store_entry(entries[i], change.of(load_entry(tables_, entries[i], Level::pt)));
        return {};
    }
    [[gnu::noinline]] Result<> check_pages(const std::uint64_t* entries, unsigned count, Change change)
    {
        if (!tables_.stores_pass && gives_no_right_but_to_write(change))
            return check_pages(entries, count, change, is_good_written_page);
        return check_pages(entries, count, change, is_good_page);
    }
    // `is_good` knows most that are.
    template <typename IsGood>
    [[gnu::always_inline]] Result<> check_pages(const std::uint64_t* entries, unsigned count, Change change,
                                                IsGood is_good)
    {
        for (unsigned i = 0; i < count; ++i)
            if (const std::uint64_t raw = change.of(load_entry(tables_, entries[i], Level::pt));
                !is_good(TableEntry{raw}, tables_.record))
                TRY(tables_.check(raw, Level::pt));
        return {};
    }

    Tables& tables_;
    Memory& memory_;
    PageCommands<Memory> pages_{tables_, memory_};
};

} // namespace lintel::seal
