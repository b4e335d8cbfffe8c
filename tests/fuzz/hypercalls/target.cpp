// SPDX-License-Identifier: Apache-2.0
// Hypercalls of several vCPUs of two domains, in an order and with arguments that the input
// chooses. After every step both domains must be what the model says.
#include <algorithm>
#include <cstring>
#include <iterator>

#include <lintel/grant.h>

#include "fuzz/hypercalls/caller.hpp"
#include "fuzz/hypercalls/model.hpp"
#include "fuzz/hypercalls/script.hpp"
#include "fuzz/require.hpp"

namespace lintel::fuzz {
namespace {

// One of the two domains, with what it should be.
struct Side {
    Side(Frames& frames, unsigned side, std::uint16_t number, bool is_dom0)
        : domain{frames, side, number, is_dom0}, model{side, number, is_dom0}
    {
    }
    void compare();
    void compare_mappings();
    Domain domain;
    Model model;
};

class Run {
public:
    explicit Run(Bytes input) : script_{input}, is_dom0_{(script_.byte() & 1) == 0}
    {
        sides_[0].model.meet(sides_[1].model);
        sides_[1].model.meet(sides_[0].model);
    }
    void all()
    {
        constexpr unsigned longest = 256; // steps; more of them show nothing more
        for (unsigned i = 0; i < longest && script_.more() && !ended_; ++i) {
            step();
            for (Side& side : sides_)
                side.compare();
        }
        for (const Side& side : sides_)
            REQUIRE(side.domain.ram == side.model.ram);
    }

private:
    void step();
    Side& side(std::uint8_t choice) { return sides_[choice >= second_domain ? 1 : 0]; }
    void call();
    Call next_call(std::uint32_t vcpu);
    void store();
    void scribble();
    void take_upcall();
    void raise();
    void type();
    void grant();

    Script script_;
    bool is_dom0_;
    Frames frames_;
    std::array<Side, 2> sides_{
        Side{frames_, 0, is_dom0_ ? std::uint16_t{0} : domain_number, is_dom0_},
        Side{frames_, 1, neighbour_number, false}};
    bool ended_ = false;
};

// One that is started, `wanted` if possible. A vCPU that waits returns without a reason.
std::uint32_t caller(Side& side, std::uint32_t wanted)
{
    std::uint32_t vcpu = wanted % domain_vcpus;
    while (side.model.states[vcpu] == LINTEL_VCPU_STOPPED)
        vcpu = (vcpu + 1) % domain_vcpus;
    side.model.states[vcpu] = LINTEL_VCPU_RUNNABLE;
    side.domain.vcpus[vcpu].state = LINTEL_VCPU_RUNNABLE;
    return vcpu;
}

Call Run::next_call(std::uint32_t vcpu)
{
    constexpr auto arguments = [] {
        std::array<unsigned, LINTEL_HC_NUMBERS> counts{};
#define HYPERCALL(name, number, arguments) counts[number] = arguments;
#include <lintel/hypercalls.def>
#undef HYPERCALL
        return counts;
    }();
    Call call{vcpu, script_.byte(), {}};
    if (call.number >= number_is_a_value)
        call.number = script_.value();
    call.in.fill(0x5a5a'5a5a'5a5a'5a5a); // registers that the call does not have
    const unsigned count = call.number < std::size(arguments) ? arguments[call.number] : 0;
    for (unsigned i = 0; i + 1 < count; ++i)
        call.in[i] = script_.value();
    if (count != 0)
        call.in[count - 1] = script_.byte() < flags_are_a_value ? 0 : script_.value();
    return call;
}

void show(const Call& call, std::int64_t result)
{
    std::fprintf(stderr, "vCPU %u, number %#lx", call.vcpu, call.number);
    for (const std::uint64_t argument : call.in)
        std::fprintf(stderr, ", %#lx", argument);
    std::fprintf(stderr, " gives %ld\n", result);
}

// After a failure the bytes where foreign_map stores machine addresses are undefined, and no others.
void take_undefined(Model& model, const Call& call, const Writes& writes)
{
    if (call.number != LINTEL_HC_foreign_map)
        return;
    for (const Write& write : writes) {
        const std::uint64_t at = write.address - call.in[3];
        REQUIRE(at / 8 < call.in[2] && at % 8 == 0 && write.bytes.size() == 8);
        for (std::size_t i = 0; i < write.bytes.size(); ++i)
            model.ram.at(write.address + i) = write.bytes[i];
    }
}

void Run::call()
{
    const std::uint8_t choice = script_.byte();
    Side &own = side(choice), &other = &own == &sides_[0] ? sides_[1] : sides_[0];
    const Call call = next_call(caller(own, choice));
    const Statuses refusals = own.model.refusals(call);
    Caller caller{own.domain, other.domain, call.vcpu};
    const std::int64_t result = dispatch_hypercall(caller, call.number, call.in);
    for (const Domain* domain : {&own.domain, &other.domain})
        REQUIRE(!domain->ports_lock.held && !domain->map_lock.held);
    script_.remember(result);
    if (result < 0)
        take_undefined(own.model, call, caller.writes());
    const bool right = result < 0
                           ? refusals.contains(result) // compare() sees that it did nothing
                           : refusals.empty() && own.model.accept(call, result, caller.writes());
    if (!right)
        show(call, result);
    REQUIRE(right);
    ended_ = (call.number == LINTEL_HC_shutdown && result >= 0) ||
             std::all_of(own.model.states.begin(), own.model.states.end(),
                         [](std::uint32_t state) { return state == LINTEL_VCPU_STOPPED; });
}

void Run::store()
{
    Side& own = side(script_.byte());
    const std::uint64_t address = script_.value() & ~7ull, value = script_.value();
    if (!own.model.ram.covers(address, sizeof value))
        return;
    for (unsigned i = 0; i < sizeof value; ++i)
        own.domain.ram.at(address + i) = own.model.ram.at(address + i) =
            static_cast<std::byte>(value >> 8 * i);
}

void Run::scribble()
{
    const std::size_t word = script_.byte() * 8 % sizeof(lintel_events);
    const std::uint64_t value = script_.value();
    for (lintel_events* shared : {&sides_[0].domain.shared, &sides_[0].model.shared})
        std::memcpy(reinterpret_cast<char*>(shared) + word, &value, sizeof value);
}

void Run::take_upcall()
{
    const std::uint8_t choice = script_.byte();
    const std::uint32_t vcpu = choice % domain_vcpus;
    Side& own = side(choice);
    for (lintel_events* shared : {&own.domain.shared, &own.model.shared}) {
        shared->vcpu[vcpu].pending = 0;
        shared->vcpu[vcpu].selector = 0;
        shared->pending[0] = 0;
    }
}

void Run::raise()
{
    const unsigned which = script_.byte();
    if ((which & 1) != 0) {
        const unsigned device = which / 2 % device_vectors;
        sides_[0].domain.interrupt(device);
        sides_[0].model.interrupt(device);
        return;
    }
    const std::uint32_t virq = which / 2 % LINTEL_VIRQS, vcpu = which / 4 % domain_vcpus;
    if (virq == LINTEL_VIRQ_SHUTDOWN)
        sides_[0].domain.wanted_end = sides_[0].model.wanted_end = 1 + vcpu % 2;
    sides_[0].domain.events.raise_virq(virq, vcpu);
    sides_[0].model.raise_virq(virq, vcpu);
}

void Run::type()
{
    for (unsigned count = script_.byte(); count != 0; --count) {
        sides_[0].domain.typed.push_back(static_cast<char>(count));
        sides_[0].model.typed.push_back(static_cast<char>(count));
    }
}

// A good entry, or any value.
void Run::grant()
{
    const std::uint8_t choice = script_.byte(), ref = script_.byte() % domain_refs;
    Side& own = side(choice);
    const Side& other = &own == &sides_[0] ? sides_[1] : sides_[0];
    std::uint64_t entry = script_.value();
    if (entry < 4 * ram_frames.size())
        entry = (ram_frames[entry / 4] * page_size & LINTEL_GRANT_ADDRESS) | (entry & 2) |
                LINTEL_GRANT_PRESENT |
                std::uint64_t{other.domain.id.number} << LINTEL_GRANT_PEER_SHIFT;
    own.domain.entries[ref] = own.model.grants[ref] = entry;
}

void Run::step()
{
    switch (static_cast<Step>(script_.byte() % steps)) {
    case Step::call:
    case Step::another_call:
    case Step::one_more_call:
        return call();
    case Step::store:
        return store();
    case Step::scribble:
        return scribble();
    case Step::take_upcall:
        return take_upcall();
    case Step::raise:
        return raise();
    case Step::type:
        return type();
    case Step::grant:
        return grant();
    }
}

// What dom0 sees of others has their frames' numbers.
void Side::compare_mappings()
{
    REQUIRE(domain.mappings.count() == model.mapping_count());
    const Gfn first = domain.privileged ? Gfn{frames_of_side} : domain.layout.foreign.first;
    const std::uint64_t count = domain.privileged ? frames_of_side : window_pages;
    for (Gfn at = first; at < first + count; at = at + 1) {
        const ept::Mapping seen = domain.map.lookup(at);
        const auto expected = model.seen_at(at.number);
        REQUIRE(seen.access == (!expected            ? ept::Access::none
                                : expected->writable ? ept::Access::rw
                                                     : ept::Access::r));
        REQUIRE(!expected || seen.frame.address() == expected->address);
    }
}

void Side::compare()
{
    REQUIRE(std::memcmp(&domain.shared, &model.shared, sizeof(lintel_events)) == 0);
    REQUIRE(domain.journal == model.journal);
    REQUIRE(domain.written == model.written);
    REQUIRE(domain.typed.size() == model.typed.size());
    for (std::uint32_t vcpu = 0; vcpu < domain_vcpus; ++vcpu) {
        REQUIRE(domain.vcpus[vcpu].state == model.states[vcpu]);
        REQUIRE(domain.vcpus[vcpu].kicked == model.kicked[vcpu]);
    }
    REQUIRE(domain.others.states() == model.others);
    compare_mappings();
    domain.journal.clear();
    model.journal.clear();
    domain.written.clear();
    model.written.clear();
}

} // namespace
} // namespace lintel::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    lintel::fuzz::Run{std::as_bytes(std::span{data, size})}.all();
    return 0;
}
