// SPDX-License-Identifier: Apache-2.0
#include "access.hpp"

#include <cinttypes>
#include <csignal>
#include <cstdio>

#include "trap.hpp"

namespace vmrandom {

namespace {

[[noreturn]] void wrong(const Place& place, const Fault& fault, const char* what)
{
    char text[200];
    std::snprintf(
        text, sizeof text,
        "a fault with the wrong %s: signal %d, code %d, address %#" PRIxPTR ", error %#" PRIx64
        ", instruction at %#" PRIxPTR " after an access to %#" PRIxPTR,
        what, fault.signal, fault.code, fault.address, fault.error, fault.at, place.address);
    throw Failure{place.page, text};
}

// Every access begins with the sector's first byte.
Outcome outcome(const Place& place, const std::optional<Fault>& fault, std::uint64_t kind)
{
    if (!fault)
        return Outcome::done;
    if (fault->address != place.address)
        wrong(place, *fault, "address");
    if ((fault->error & (Fault::write | Fault::fetch)) != kind)
        wrong(place, *fault, "kind of access");
    if (kind == Fault::fetch && fault->at != place.address)
        wrong(place, *fault, "instruction");
    if (fault->signal == SIGSEGV && fault->code == SEGV_MAPERR)
        return Outcome::unmapped;
    if (fault->signal == SIGSEGV && fault->code == SEGV_ACCERR)
        return Outcome::refused;
    if (fault->signal == SIGBUS && fault->code == BUS_ADRERR)
        return Outcome::beyond_end;
    wrong(place, *fault, "code");
}

} // namespace

Outcome read_at(const Place& place, Sector& into)
{
    const auto* from = reinterpret_cast<const volatile std::uint64_t*>(place.address);
    return outcome(place, attempt([&] {
                       for (unsigned word = 0; word < sector_words; word++)
                           into[word] = from[word];
                   }),
                   0);
}

Outcome write_at(const Place& place, const Sector& from)
{
    auto* into = reinterpret_cast<volatile std::uint64_t*>(place.address);
    return outcome(place, attempt([&] {
                       for (unsigned word = 0; word < sector_words; word++)
                           into[word] = from[word];
                   }),
                   Fault::write);
}

Outcome execute_at(const Place& place, Stamp& result)
{
    // Other mappings of the page may have been written to: Intel SDM Vol. 3, "Handling Self- and
    // Cross-Modifying Code" wants a serialising instruction in between.
    std::uint32_t leaf = 0, unused;
    asm volatile("cpuid" : "+a"(leaf), "=b"(unused), "=c"(unused), "=d"(unused)::"memory");
    return outcome(place, attempt([&] { result = reinterpret_cast<Stamp (*)()>(place.address)(); }),
                   Fault::fetch);
}

} // namespace vmrandom
