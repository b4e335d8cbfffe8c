// SPDX-License-Identifier: Apache-2.0
#include "report.hpp"

#include <algorithm>
#include <cinttypes>
#include <cstdio>

namespace bench {

namespace {

constexpr int reasons_shown = 3;

double per_operation(std::int64_t count, const Samples& samples)
{
    return static_cast<double>(count) / samples.count();
}

void print_exits(const Counts& exits, const Samples& samples)
{
    std::int64_t total = 0;
    std::vector<std::pair<std::int64_t, std::string>> reasons;
    for (const auto& [name, count] : exits) {
        total += count;
        if (count > 0)
            reasons.emplace_back(count, name);
    }
    std::sort(reasons.rbegin(), reasons.rend());
    reasons.resize(std::min(reasons.size(), std::size_t{reasons_shown}));
    std::printf(" %9.2f ", per_operation(total, samples));
    for (const auto& [count, name] : reasons)
        std::printf(" %s %.2f", name.c_str(), per_operation(count, samples));
}

void print_counts(const char* title, const Counts& counts)
{
    std::printf(",\"%s\":{", title);
    const char* separator = "";
    for (const auto& [name, count] : counts) {
        if (count == 0)
            continue;
        std::printf("%s\"%s\":%" PRId64, separator, name.c_str(), count);
        separator = ",";
    }
    std::printf("}");
}

} // namespace

void print_table(const std::vector<Measured>& measured)
{
    const bool exits = on_lintel();
    std::printf("TSC ticks of one operation%s\n", exits ? ", and its VM exits" : "");
    std::printf("%-34s %9s %9s %9s%s\n", "operation", "median", "least", "mean",
                exits ? "     exits  by reason" : "");
    for (const auto& [operation, result] : measured) {
        const Samples& samples = result.samples;
        std::printf("%-34s %9" PRIu64 " %9" PRIu64 " %9" PRIu64, operation->text, samples.median(),
                    samples.minimum(), samples.mean());
        if (exits)
            print_exits(result.counters().exits, samples);
        std::printf("\n");
    }
}

void print_json(const std::vector<Measured>& measured)
{
    std::printf("{\"lintel\":%s,\"operations\":[", on_lintel() ? "true" : "false");
    const char* separator = "";
    for (const auto& [operation, result] : measured) {
        const Samples& samples = result.samples;
        const Counters counters = result.counters();
        std::printf("%s{\"name\":\"%s\",\"text\":\"%s\",\"repetitions\":%u,\"median\":%" PRIu64
                    ",\"least\":%" PRIu64 ",\"mean\":%" PRIu64 ",\"most\":%" PRIu64
                    ",\"interrupts\":%" PRId64,
                    separator, operation->name, operation->text, samples.count(), samples.median(),
                    samples.minimum(), samples.mean(), samples.maximum(), counters.interrupts);
        print_counts("exits", counters.exits);
        print_counts("hypercalls", counters.hypercalls);
        print_counts("seal", counters.seal);
        std::printf("}");
        separator = ",";
    }
    std::printf("]}\n");
}

} // namespace bench
