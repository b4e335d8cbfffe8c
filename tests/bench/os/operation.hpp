// SPDX-License-Identifier: Apache-2.0
// An operation and how it is measured. Its body is a class: the constructor prepares, operator() is
// what is timed, before() is what every repetition needs and is not timed, the destructor cleans
// up.
#pragma once

#include <algorithm>
#include <span>

#include "counters.hpp"
#include "samples.hpp"
#include "ticks.hpp"

namespace bench {

struct Result {
    Samples samples;
    Interval nothing, repetitions; // notes before and after

    Counters counters() const { return counted(nothing, repetitions); } // of all together
};

struct Operation {
    const char* name;
    const char* text;
    unsigned repetitions;
    Result (*measure)(unsigned repetitions);
};

std::span<const Operation> kernel_entry_operations();
std::span<const Operation> memory_operations();
std::span<const Operation> process_operations();

// Calls around nothing take this long.
inline Ticks empty_measurement()
{
    Ticks least = ~Ticks{0};
    for (int i = 0; i < 100; ++i) {
        const Ticks begin = read_ticks();
        least = std::min(least, read_ticks() - begin);
    }
    return least;
}

// Waits up to a tenth of the time between two timer interrupts, each time another while, in the
// same order in every run. An operation whose length is near a multiple of that time would meet the
// interrupt at the same point again and again: at one point on the bare machine, at another in a
// guest.
class Wander {
public:
    void operator()()
    {
        constexpr Ticks most = 40'000;
        const Ticks begin = read_ticks();
        random_ = random_ * 1'664'525 + 1'013'904'223; // Numerical Recipes
        for (const Ticks wait = (random_ >> 16) * most >> 16; read_ticks() - begin < wait;)
            ;
    }

private:
    std::uint32_t random_ = 1;
};

template <typename Body>
Result measure(unsigned repetitions)
{
    constexpr Ticks long_one = 20'000; // others seldom meet an interrupt, which their median hides
    const Ticks empty = empty_measurement();
    const Interval nothing = {note_counters(), note_counters()};
    Samples samples{repetitions};
    Body body;
    Wander wander;
    Ticks last = 0;
    const auto once = [&] {
        body.before();
        if (last > long_one)
            wander();
        const Ticks begin = read_ticks();
        body();
        return last = read_ticks() - begin - empty;
    };

    const unsigned warm_up = 3 + repetitions / 10;
    for (unsigned i = 0; i < warm_up; ++i)
        once();
    const Moment before = note_counters();
    for (unsigned i = 0; i < repetitions; ++i)
        samples.add(once());
    return {samples, nothing, {before, note_counters()}};
}

template <typename Body>
constexpr Operation operation(const char* name, const char* text, unsigned repetitions)
{
    return {name, text, repetitions, measure<Body>};
}

} // namespace bench
