// SPDX-License-Identifier: Apache-2.0
// Commands for whole table pages: levels and roots. With the lock held; each happens whole or not at all.
//
// `Memory` reaches table pages and loads roots: the domain and its vCPU on the machine, a fake in tests.
// Contract: docs/design/sealed.md#commands.
#pragma once

#include <concepts>

#include "seal/command.hpp"
#include "seal/entry_access.hpp"

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

template <TableMemory Memory>
class PageCommands {
public:
    PageCommands(Tables& tables, Memory& memory) : tables_{tables}, memory_{memory} {}

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
            store_entry(entries[i], 0);
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
    Result<> load_root(const Command& command)
    {
        if (command.address % page_size != 0 || command.operand != 0)
            return Error::bad_argument;
        if (tables_.record.at(command.page()) != FrameKind::root)
            return Error::bad_address;
        memory_.load_root(command.page());
        return {};
    }

private:
    Result<> check_upper_half(Gfn master)
    {
        const std::uint64_t* const entries = memory_.entries(master);
        for (unsigned i = table_entries / 2; i < table_entries; ++i)
            if (i != Tables::window_slot)
                TRY(tables_.check(load_entry(tables_, entries[i], Level::pml4), Level::pml4));
        return {};
    }
    void begin_root(Gfn page, Gfn master)
    {
        std::uint64_t* const entries = memory_.entries(page);
        const std::uint64_t* const upper = memory_.entries(master);
        for (unsigned i = 0; i < table_entries; ++i)
            store_entry(entries[i], i < table_entries / 2 ? 0 : load_entry(tables_, upper[i], Level::pml4));
        tables_.record.set(page, FrameKind::root);
    }

    Tables& tables_;
    Memory& memory_;
};

} // namespace lintel::seal
