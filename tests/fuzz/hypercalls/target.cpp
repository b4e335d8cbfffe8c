// SPDX-License-Identifier: Apache-2.0
// Hypercalls of several vCPUs, in an order and with arguments that the input chooses. After every
// step the domain must be what the model says.
#include <algorithm>
#include <cstring>
#include <iterator>

#include "fuzz/hypercalls/caller.hpp"
#include "fuzz/hypercalls/model.hpp"
#include "fuzz/hypercalls/script.hpp"
#include "fuzz/require.hpp"

namespace lintel::fuzz {
namespace {

class Run {
public:
    explicit Run(Bytes input)
        : script_{input}, domain_{(script_.byte() & 1) == 0}, model_{domain_.privileged}
    {
    }
    void all()
    {
        constexpr unsigned longest = 256; // steps; more of them show nothing more
        for (unsigned i = 0; i < longest && script_.more() && !ended_; ++i) {
            step();
            compare();
        }
        REQUIRE(domain_.ram == model_.ram);
    }

private:
    void step();
    void call();
    Call next_call();
    void store();
    void scribble();
    void take_upcall();
    void raise();
    void type();
    void compare();
    // One that is started, `wanted` if possible. A vCPU that waits returns without a reason.
    std::uint32_t caller(std::uint32_t wanted);

    Script script_;
    Domain domain_;
    Model model_;
    bool ended_ = false;
};

std::uint32_t Run::caller(std::uint32_t wanted)
{
    std::uint32_t vcpu = wanted % domain_vcpus;
    while (model_.states[vcpu] == LINTEL_VCPU_STOPPED)
        vcpu = (vcpu + 1) % domain_vcpus;
    model_.states[vcpu] = LINTEL_VCPU_RUNNABLE;
    domain_.vcpus[vcpu].state = LINTEL_VCPU_RUNNABLE;
    return vcpu;
}

Call Run::next_call()
{
    constexpr unsigned arguments[] = {
#define HYPERCALL(name, number, arguments) arguments,
#include <lintel/hypercalls.def>
#undef HYPERCALL
    };
    Call call{caller(script_.byte()), script_.byte(), {}};
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

void Run::call()
{
    const Call call = next_call();
    const Statuses refusals = model_.refusals(call);
    Caller caller{domain_, call.vcpu};
    const std::int64_t result = dispatch_hypercall(caller, call.number, call.in);
    REQUIRE(!domain_.ports_locked);
    script_.remember(result);
    const bool right = result < 0 ? refusals.contains(result) // compare() sees that it did nothing
                                  : refusals.empty() && model_.accept(call, result);
    if (!right)
        show(call, result);
    REQUIRE(right);
    ended_ = (call.number == LINTEL_HC_shutdown && result >= 0) ||
             std::all_of(model_.states.begin(), model_.states.end(),
                         [](std::uint32_t state) { return state == LINTEL_VCPU_STOPPED; });
}

void Run::store()
{
    const std::uint64_t address = script_.value() & ~7ull, value = script_.value();
    if (!model_.ram.covers(address, sizeof value))
        return;
    for (unsigned i = 0; i < sizeof value; ++i)
        domain_.ram.at(address + i) = model_.ram.at(address + i) =
            static_cast<std::byte>(value >> 8 * i);
}

void Run::scribble()
{
    const std::size_t word = script_.byte() * 8 % sizeof(lintel_events);
    const std::uint64_t value = script_.value();
    std::memcpy(reinterpret_cast<char*>(&domain_.shared) + word, &value, sizeof value);
    std::memcpy(reinterpret_cast<char*>(&model_.shared) + word, &value, sizeof value);
}

void Run::take_upcall()
{
    const std::uint32_t vcpu = script_.byte() % domain_vcpus;
    for (lintel_events* shared : {&domain_.shared, &model_.shared}) {
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
        domain_.interrupt(device);
        model_.interrupt(device);
        return;
    }
    const std::uint32_t virq = which / 2 % LINTEL_VIRQS, vcpu = which / 4 % domain_vcpus;
    domain_.events.raise_virq(virq, vcpu);
    model_.raise_virq(virq, vcpu);
}

void Run::type()
{
    for (unsigned count = script_.byte(); count != 0; --count) {
        domain_.typed.push_back(static_cast<char>(count));
        model_.typed.push_back(static_cast<char>(count));
    }
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
    }
}

void Run::compare()
{
    REQUIRE(std::memcmp(&domain_.shared, &model_.shared, sizeof(lintel_events)) == 0);
    REQUIRE(domain_.journal == model_.journal);
    REQUIRE(domain_.written == model_.written);
    REQUIRE(domain_.typed.size() == model_.typed.size());
    for (std::uint32_t vcpu = 0; vcpu < domain_vcpus; ++vcpu) {
        REQUIRE(domain_.vcpus[vcpu].state == model_.states[vcpu]);
        REQUIRE(domain_.vcpus[vcpu].kicked == model_.kicked[vcpu]);
    }
    domain_.journal.clear();
    model_.journal.clear();
    domain_.written.clear();
    model_.written.clear();
}

} // namespace
} // namespace lintel::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    lintel::fuzz::Run{std::as_bytes(std::span{data, size})}.all();
    return 0;
}
