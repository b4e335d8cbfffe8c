// SPDX-License-Identifier: Apache-2.0
// seal_declare, seal, pt_exchange, pt_batch, pt_donate, pt_withdraw, text_write, text_make, text_drop:
// page tables that a domain gives up to write. Contract: docs/abi/sealed.md.
#pragma once

#include <span>

#include <lintel/seal.h>

#include "hypercall/arguments.hpp"
#include "mm/frame.hpp"

namespace lintel {

template <typename Caller>
Result<> sealable(Caller& caller)
{
    if (!caller.may_seal())
        return Error::not_permitted;
    return {};
}

// The pages that a call names by (gpa, pages, flags).
template <typename Caller>
Result<GfnRange> sealed_pages(Caller& caller, const HypercallArguments& in)
{
    const auto [address, count, flags, unused, unused2] = in;
    TRY(no_flags(flags));
    TRY(sealable(caller));
    if (address % page_size != 0 || count == 0)
        return Error::bad_argument;
    return GfnRange{Gfn::of(address), count};
}
template <typename Caller>
Result<GfnRange> few_sealed_pages(Caller& caller, const HypercallArguments& in)
{
    const GfnRange range = TRY(sealed_pages(caller, in));
    if (range.count > LINTEL_SEAL_PAGES)
        return Error::bad_argument;
    return range;
}

template <typename Caller>
Result<> declare_range(Caller& caller, std::uint64_t address, std::uint64_t& pages)
{
    lintel_seal_range range; // read once: what is checked is what is used
    TRY(caller.memory().read(address, std::as_writable_bytes(std::span{&range, 1})));
    if (range.gpa % page_size != 0 || range.pages == 0 || range.pages > LINTEL_SEAL_RANGE_PAGES ||
        range.kind > LINTEL_FRAME_ROOT)
        return Error::bad_argument;
    pages += range.pages;
    return caller.seal_declare({Gfn::of(range.gpa), range.pages}, range.kind);
}

template <typename Caller>
Result<std::uint64_t> hypercall_seal_declare(Caller& caller, const HypercallArguments& in)
{
    const auto [address, count, flags, unused, unused2] = in;
    TRY(no_flags(flags));
    TRY(sealable(caller));
    TRY(aligned(address));
    if (count == 0)
        return Error::bad_argument;
    std::uint64_t done = 0, pages = 0;
    while (done < count && done < LINTEL_SEAL_RANGES && pages < LINTEL_SEAL_RANGE_PAGES) {
        const auto declared =
            declare_range(caller, address + done * sizeof(lintel_seal_range), pages);
        if (!declared.ok() && done == 0)
            return declared.error();
        if (!declared.ok())
            break; // the next call says why
        ++done;
    }
    return done;
}

template <typename Caller>
Result<std::uint64_t> hypercall_seal(Caller& caller, const HypercallArguments& in)
{
    const auto [root, flags, unused, unused2, unused3] = in;
    TRY(no_flags(flags & ~std::uint64_t{LINTEL_SEAL_PAIR}));
    TRY(sealable(caller));
    const bool pair = (flags & LINTEL_SEAL_PAIR) != 0;
    if (root % (pair ? 2 * page_size : page_size) != 0)
        return Error::bad_argument;
    return caller.seal(Gfn::of(root), pair);
}

template <typename Caller>
Result<std::uint64_t> hypercall_pt_exchange(Caller& caller, const HypercallArguments& in)
{
    TRY(no_flags(in[2]));
    TRY(sealable(caller));
    TRY(aligned(in[0]));
    caller.second_result(0);
    caller.second_result(TRY(caller.pt_exchange(in[0], in[1])));
    return std::uint64_t{0};
}

template <typename Caller>
Result<std::uint64_t> hypercall_pt_batch(Caller& caller, const HypercallArguments& in)
{
    const auto [first, end, flags, unused, unused2] = in;
    TRY(no_flags(flags));
    TRY(sealable(caller));
    if (end > LINTEL_SEAL_SLOTS || first >= end)
        return Error::bad_argument;
    return caller.pt_batch(static_cast<unsigned>(first), static_cast<unsigned>(end));
}

template <typename Caller>
Result<std::uint64_t> hypercall_pt_donate(Caller& caller, const HypercallArguments& in)
{
    GfnRange range = TRY(sealed_pages(caller, in));
    const std::uint64_t room = LINTEL_SEAL_PAGES - range.first.number % LINTEL_SEAL_PAGES;
    range.count = range.count < room ? range.count : room;
    return caller.pt_donate(range);
}

template <typename Caller>
Result<std::uint64_t> hypercall_pt_withdraw(Caller& caller, const HypercallArguments& in)
{
    return caller.pt_withdraw(TRY(few_sealed_pages(caller, in)));
}

template <typename Caller>
Result<std::uint64_t> hypercall_text_write(Caller& caller, const HypercallArguments& in)
{
    const auto [address, value, bytes, flags, unused] = in;
    TRY(no_flags(flags));
    TRY(sealable(caller));
    if (bytes == 0 || bytes > 8 - address % 8)
        return Error::bad_argument;
    TRY(caller.text_write(address, value, static_cast<unsigned>(bytes)));
    return std::uint64_t{0};
}

template <typename Caller>
Result<std::uint64_t> hypercall_text_make(Caller& caller, const HypercallArguments& in)
{
    return caller.text_make(TRY(few_sealed_pages(caller, in)));
}

template <typename Caller>
Result<std::uint64_t> hypercall_text_drop(Caller& caller, const HypercallArguments& in)
{
    return caller.text_drop(TRY(few_sealed_pages(caller, in)));
}

} // namespace lintel
