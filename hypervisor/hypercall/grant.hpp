// SPDX-License-Identifier: Apache-2.0
// grant_map, grant_unmap, grant_copy, grant_revoke and its batch: pages that domains let each other
// use.
// Contract: docs/abi/grants.md.
#pragma once

#include <lintel/grant.h>

#include "grant/copying.hpp"
#include "grant/mapping.hpp"
#include "hypercall/elements.hpp"
#include "hypercall/peer.hpp"
#include "hypercall/status.hpp"

namespace lintel {

// Another domain than the caller's, by its number.
template <typename Caller>
auto granter_named(Caller& caller, std::uint16_t number) -> Result<decltype(&caller.domain())>
{
    auto* const granter = TRY(domain_named(caller, number));
    if (granter == &caller.domain())
        return Error::bad_argument;
    return granter;
}

// Where dom0 sees a page is not its to choose; others choose a page of their foreign window.
template <typename D>
Result<Gfn> place_for_mapping(const D& domain, std::uint64_t address)
{
    const Gfn at = Gfn::of(address);
    if (domain.privileged ? address != 0
                          : address % page_size != 0 || !domain.layout.foreign.contains(at))
        return Error::bad_argument;
    return at;
}

template <typename Caller>
Result<> map_element(Caller& caller, lintel_grant_map& element)
{
    if ((element.flags & ~LINTEL_GRANT_READONLY) != 0)
        return Error::bad_argument;
    const Gfn at = TRY(place_for_mapping(caller.domain(), element.gpa));
    auto& granter = *TRY(granter_named(caller, element.domain));
    const bool writable = (element.flags & LINTEL_GRANT_READONLY) == 0;
    const Mapped mapped = TRY(map_grant(caller.domain(), granter, element.ref, writable, at));
    element.gpa = mapped.at.address();
    element.handle = mapped.handle;
    return {};
}

inline std::int32_t element_status(const Result<>& result)
{
    return result.ok() ? 0 : static_cast<std::int32_t>(status_of(result.error()));
}

template <typename Caller>
Result<std::uint64_t> hypercall_grant_map(Caller& caller, const HypercallArguments& in)
{
    auto elements = TRY(elements_named<lintel_grant_map>(caller, in));
    return each_element<lintel_grant_map, offsetof(lintel_grant_map, gpa)>(
        elements, [&](lintel_grant_map& element) {
            element.handle = 0;
            element.status = element_status(map_element(caller, element));
            return true;
        });
}

// grant_unmap and foreign_unmap.
template <typename Caller>
Result<std::uint64_t> unmap_elements(Caller& caller, const HypercallArguments& in,
                                     Mapping::Kind kind)
{
    auto elements = TRY(elements_named<lintel_grant_unmap>(caller, in));
    Unmapping unmapping{caller.domain(), peers(caller)};
    const std::uint64_t done = each_element<lintel_grant_unmap, offsetof(lintel_grant_unmap, status)>(
        elements, [&](lintel_grant_unmap& element) {
            element.status = element_status(unmapping.add(element.handle, kind));
            return !unmapping.full();
        });
    unmapping.finish(); // after the last look into the caller's memory
    return done;
}

template <typename Caller>
Result<std::uint64_t> hypercall_grant_unmap(Caller& caller, const HypercallArguments& in)
{
    return unmap_elements(caller, in, Mapping::Kind::grant);
}

template <typename Caller>
Result<> copy_element(Caller& caller, const lintel_grant_copy& element)
{
    const auto [gpa, ref, domain, flags, offset, bytes, status] = element;
    if ((flags & ~LINTEL_GRANT_TO_PEER) != 0 || bytes == 0 || offset + bytes > page_size)
        return Error::bad_argument;
    auto& granter = *TRY(granter_named(caller, domain));
    TRY(caller.memory().check(gpa, bytes)); // before the first byte is copied
    const bool to_peer = (flags & LINTEL_GRANT_TO_PEER) != 0;
    return with_granted_page(caller.domain(), granter, ref, to_peer,
                             [&](std::span<std::byte, page_size> page) {
                                 const auto part = page.subspan(element.offset, element.bytes);
                                 return to_peer ? caller.memory().read(element.gpa, part)
                                                : caller.memory().write(element.gpa, part);
                             });
}

template <typename Caller>
Result<std::uint64_t> hypercall_grant_copy(Caller& caller, const HypercallArguments& in)
{
    auto elements = TRY(elements_named<lintel_grant_copy>(caller, in));
    return each_element<lintel_grant_copy, offsetof(lintel_grant_copy, status)>(
        elements, [&](lintel_grant_copy& element) {
            element.status = element_status(copy_element(caller, element));
            return true;
        });
}

template <typename Caller>
Result<std::uint64_t> hypercall_grant_revoke(Caller& caller, const HypercallArguments& in)
{
    const auto ref = TRY(narrow(in[0], Error::not_found));
    TRY(no_flags(in[1]));
    TRY(caller.domain().grants.revoke(ref));
    return std::uint64_t{0};
}

template <typename Caller>
Result<std::uint64_t> hypercall_grant_revoke_batch(Caller& caller, const HypercallArguments& in)
{
    auto elements = TRY(elements_named<lintel_grant_revoke>(caller, in));
    return each_element<lintel_grant_revoke, offsetof(lintel_grant_revoke, status)>(
        elements, [&](lintel_grant_revoke& element) {
            element.status = element_status(caller.domain().grants.revoke(element.ref));
            return true;
        });
}

} // namespace lintel
