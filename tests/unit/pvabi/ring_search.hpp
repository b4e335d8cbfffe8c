// SPDX-License-Identifier: Apache-2.0
// A producer and a consumer, each a program that uses lintel/ring.h as its head says, taken through
// all interleavings of their accesses and of the arrivals of their stores in memory.
#pragma once

#include <algorithm>
#include <string>
#include <type_traits>
#include <unordered_set>
#include <vector>

#include "unit/pvabi/ring_model.hpp"

namespace lintel::ring_model {

struct Scenario {
    std::uint32_t order = 1;
    std::uint32_t items = 3;
    std::uint32_t producer_batch = 1; // published together
    std::uint32_t consumer_batch = 1; // released together
    std::uint32_t room = 1;           // slots that the producer waits for
    std::uint32_t wanted = 1;         // items that the consumer waits for
    Ordering ordering = Ordering::total;
    Mutation mutation = Mutation::none;
};

struct Program {
    lintel_ring_end end;
    Run::Trace trace; // of the function that it is in
    Stage stage;
    std::uint32_t waits; // after showing: it has to
    std::uint32_t count; // items put or taken
    std::uint32_t event; // pending for it
};

struct State {
    StoreBuffers memory;
    std::array<Program, 2> programs; // producer, consumer
};
static_assert(std::has_unique_object_representations_v<State>); // no padding: compared as bytes

enum class Outcome {
    good,
    stuck,
    wrong_item,
    broken
};

class Search {
public:
    explicit Search(const Scenario& scenario) : scenario_{scenario} {}

    Outcome run()
    {
        found(start());
        while (!open_.empty() && outcome_ == Outcome::good) {
            const State state = open_.back();
            open_.pop_back();
            expand(state);
        }
        return outcome_;
    }
    std::size_t states() const { return seen_.size(); }

private:
    State start() const
    {
        State state{};
        const std::uint32_t first = 0u - 1; // the indices wrap on the way
        state.memory[word_at(&ring.produced)] = first;
        state.memory[word_at(&ring.consumed)] = first;
        state.memory[word_at(&ring.items_wanted)] = first;
        state.memory[word_at(&ring.room_wanted)] = first - 1;
        for (std::uint32_t i = 0; i < 1u << scenario_.order; i++) {
            const std::uint32_t lap = (first + i) >> scenario_.order; // the one before its next
            state.memory[4 + 2 * ((first + i) & ((1u << scenario_.order) - 1)) + 1] =
                static_cast<std::uint64_t>(lap) << LINTEL_RING_LAP_SHIFT;
        }
        for (unsigned cpu = 0; cpu < 2; cpu++) {
            Program& program = state.programs[cpu];
            Run::Trace trace{};
            for (bool attached = false; !attached;) {
                const Run run{state.memory, cpu, Stage::step, Mutation::none, trace};
                attached = call([&] { attach(cpu, program.end); });
            }
        }
        return state;
    }
    void attach(unsigned cpu, lintel_ring_end& end) const
    {
        lintel_ring_producer producer{};
        lintel_ring_consumer consumer{};
        if (cpu == 0)
            lintel_ring_attach_producer(&producer, place.data(), slot_bytes, scenario_.order);
        else
            lintel_ring_attach_consumer(&consumer, place.data(), slot_bytes, scenario_.order);
        end = cpu == 0 ? producer.end : consumer.end;
    }

    // Whether the function came to its end, in the Run that there is now.
    template <typename Function>
    static bool call(Function function)
    {
        try {
            function();
            return true;
        } catch (const Stop&) {
            return false;
        }
    }

    void found(const State& state)
    {
        if (seen_.emplace(reinterpret_cast<const char*>(&state), sizeof(state)).second)
            open_.push_back(state);
    }

    void expand(const State& state)
    {
        bool stuck = true;
        for (unsigned cpu = 0; cpu < 2; cpu++) {
            for (unsigned i = 0; i < state.memory.waiting(cpu); i++) {
                if (!state.memory.can_arrive(cpu, i, scenario_.ordering))
                    continue;
                State next = state;
                next.memory.arrive(cpu, i);
                found(next);
                stuck = false;
            }
            State next = state;
            if (advance(next, cpu)) {
                found(next);
                stuck = false;
            }
        }
        const bool done =
            state.programs[0].stage == Stage::done && state.programs[1].stage == Stage::done;
        if (stuck && !done)
            outcome_ = Outcome::stuck;
    }

    // One access, or the end of a function that does none. Whether anything changed.
    bool advance(State& state, unsigned cpu)
    {
        Program& program = state.programs[cpu];
        Program after = program;
        const Run run{state.memory, cpu, program.stage, scenario_.mutation, after.trace};
        bool changed = false;
        const bool ended = call([&] { changed = act(state, cpu, after); });
        if (!ended) {
            program.trace = after.trace;
            return run.moved();
        }
        after.trace = {};
        program = after;
        return changed;
    }

    // Runs what the program's stage says to its end.
    bool act(State& state, unsigned cpu, Program& program)
    {
        switch (program.stage) {
        case Stage::step:
            after_step(program, cpu == 0 ? put(program) : take(program), batch(cpu));
            return true;
        case Stage::show:
            program.stage = lintel_ring_show(&program.end) ? Stage::notify : after_show(program);
            return true;
        case Stage::notify:
            state.programs[1 - cpu].event = 1;
            program.stage = after_show(program);
            return true;
        case Stage::await:
            program.stage = await(cpu, program) ? Stage::step : Stage::sleep;
            program.waits = 0;
            return true;
        case Stage::sleep:
            if (program.event == 0)
                return false;
            program.event = 0;
            program.stage = Stage::step;
            return true;
        case Stage::done:
            return false;
        }
        return false;
    }

    std::uint32_t batch(unsigned cpu) const
    {
        return cpu == 0 ? scenario_.producer_batch : scenario_.consumer_batch;
    }

    static int put(Program& program)
    {
        lintel_ring_producer producer{program.end};
        const std::array<std::uint64_t, 2> item{program.count + 1, program.count + 1};
        const int done = lintel_ring_put(&producer, item.data(), slot_bytes);
        program.end = producer.end;
        return done;
    }
    int take(Program& program)
    {
        lintel_ring_consumer consumer{program.end};
        std::array<std::uint64_t, 2> item{};
        const int done = lintel_ring_take(&consumer, item.data(), slot_bytes);
        program.end = consumer.end;
        if (done == 1 && (item[0] != program.count + 1 || item[1] != item[0]))
            outcome_ = Outcome::wrong_item;
        return done;
    }
    void after_step(Program& program, int done, std::uint32_t batch)
    {
        if (done < 0)
            outcome_ = Outcome::broken;
        program.waits = done == 0;
        program.count += done == 1;
        const bool shows =
            done == 0 || program.count % batch == 0 || program.count == scenario_.items;
        program.stage = shows ? Stage::show : Stage::step;
    }
    Stage after_show(const Program& program) const
    {
        if (program.count == scenario_.items)
            return Stage::done;
        return program.waits ? Stage::await : Stage::step;
    }
    bool await(unsigned cpu, Program& program)
    {
        const std::uint32_t wanted = std::min(scenario_.wanted, scenario_.items - program.count);
        const int slots = lintel_ring_await(&program.end, cpu == 0 ? scenario_.room : wanted);
        if (slots < 0)
            outcome_ = Outcome::broken;
        const Mutation blind = cpu == 0 ? Mutation::no_second_look_in_await_room
                                        : Mutation::no_second_look_in_await_items;
        return slots > 0 && scenario_.mutation != blind;
    }

    Scenario scenario_;
    Outcome outcome_ = Outcome::good;
    std::unordered_set<std::string> seen_;
    std::vector<State> open_;
};

} // namespace lintel::ring_model
