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
    Counters counters; // of all repetitions together
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

template <typename Body>
Result measure(unsigned repetitions)
{
    const Ticks empty = empty_measurement();
    const Counters reading = cost_of_reading();
    Samples samples{repetitions};
    Body body;
    const auto once = [&] {
        body.before();
        const Ticks begin = read_ticks();
        body();
        return read_ticks() - begin - empty;
    };

    const unsigned warm_up = 3 + repetitions / 10;
    for (unsigned i = 0; i < warm_up; ++i)
        once();
    const Counters before = read_counters();
    for (unsigned i = 0; i < repetitions; ++i)
        samples.add(once());
    return {samples, difference(reading, difference(before, read_counters()))};
}

template <typename Body>
constexpr Operation operation(const char* name, const char* text, unsigned repetitions)
{
    return {name, text, repetitions, measure<Body>};
}

} // namespace bench
