// SPDX-License-Identifier: Apache-2.0
// What calls about sealed page tables come to in tests: they are recorded, and answered as a test
// wants.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mm/frame.hpp"
#include "support/result.hpp"

namespace lintel {

class FakeSealCalls {
public:
    bool can_seal() const { return machine_seals; }
    void second_result(std::uint64_t value) { second = value; }
    bool may_seal() const { return sealable; }
    Result<> seal_declare(GfnRange range, std::uint32_t kind)
    {
        if (declared.size() == most_declared)
            return Error::busy;
        declared.push_back({range, kind});
        return {};
    }
    Result<std::uint64_t> seal(Gfn root, bool pair) { return note_seal("seal", root.number, pair); }
    Result<std::uint64_t> pt_exchange(std::uint64_t address, std::uint64_t value)
    {
        return note_seal("exchange", address, value);
    }
    Result<std::uint64_t> pt_batch(unsigned first, unsigned end)
    {
        return note_seal("batch", first, end);
    }
    Result<std::uint64_t> pt_donate(GfnRange range) { return note_seal("donate", range); }
    Result<std::uint64_t> pt_withdraw(GfnRange range) { return note_seal("withdraw", range); }
    Result<> text_write(std::uint64_t address, std::uint64_t value, unsigned bytes)
    {
        TRY(note_seal("text", address, value, bytes));
        return {};
    }
    Result<std::uint64_t> text_make(GfnRange range) { return note_seal("make", range); }
    Result<std::uint64_t> text_drop(GfnRange range) { return note_seal("drop", range); }

    bool machine_seals = true; // the processor is up to it
    bool sealable = false;
    std::uint64_t second = ~0ull; // RDX
    struct Declared {
        GfnRange range;
        std::uint32_t kind;
        bool operator==(const Declared&) const = default;
    };
    std::vector<Declared> declared;
    std::size_t most_declared = ~0ull;
    struct SealCall {
        std::string name;
        std::uint64_t first, second, third = 0;
        bool operator==(const SealCall&) const = default;
    };
    std::vector<SealCall> seal_calls;
    std::uint64_t seal_answer = 7;
    std::optional<Error> seal_refused;

private:
    Result<std::uint64_t> note_seal(const char* name, std::uint64_t first,
                                    std::uint64_t second_word, std::uint64_t third = 0)
    {
        seal_calls.push_back({name, first, second_word, third});
        if (seal_refused)
            return *seal_refused;
        return seal_answer;
    }
    Result<std::uint64_t> note_seal(const char* name, GfnRange range)
    {
        return note_seal(name, range.first.number, range.count);
    }
};

} // namespace lintel
