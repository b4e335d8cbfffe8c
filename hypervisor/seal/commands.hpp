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
        const Place place = TRY(tables_.find(address, 1));
        TRY(tables_.check(value, place.level));
        std::uint64_t& entry = memory_.entries(place.table)[place.index];
        const std::uint64_t old = load(entry, place.level);
        store(entry, value);
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
            auto command = fetch(words, answer.done, slots);
            if (!command.ok()) {
                answer.refused = command.error();
                break;
            }
            const unsigned cost = cost_of(command.value());
            if (cost > left)
                break;
            left -= cost;
            if (const auto applied = apply(command.value()); !applied.ok()) {
                answer.refused = applied.error();
                break;
            }
            answer.done += command.value().slots;
            last = command.value().page();
        }
        if (debug_build && answer.done != 0 && !tables_.stores_pass)
            assert_still(last);
        return answer;
    }

private:
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
        case Operation::set: return set(command);
        case Operation::change: return change(command);
        case Operation::give_level: return give_level(command);
        case Operation::make_root: return make_root(command);
        case Operation::load_root: return load_root(command);
        }
        return Error::bad_argument; // fetch() lets no other through
    }

    Result<> set(const Command& command)
    {
        const Place place = TRY(tables_.find(command.address, 1));
        TRY(tables_.check(command.operand, place.level));
        store(memory_.entries(place.table)[place.index], command.operand);
        return {};
    }

    // All of them are judged before the first is stored. Between the two nothing changes: other vCPUs wait
    // for the lock, and processors do not store.
    Result<> change(const Command& command)
    {
        const Place place = TRY(tables_.find(command.address, command.operand));
        std::uint64_t* const entries = memory_.entries(place.table) + place.index;
        const auto changed = [&](unsigned i) {
            return (load(entries[i], place.level) & command.keep) | command.set;
        };
        for (unsigned i = 0; i < command.operand; ++i)
            TRY(tables_.check(changed(i), place.level));
        for (unsigned i = 0; i < command.operand; ++i)
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
