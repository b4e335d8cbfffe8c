// SPDX-License-Identifier: Apache-2.0
// bench-disk: loads a block device past the page cache and prints one line of JSON: how many ticks an
// operation takes, and what the hypervisor and the kernel counted meanwhile.
#include <cinttypes>
#include <cstdio>
#include <cstdlib>

#include <getopt.h>

#include "disk/device.hpp"
#include "os/counters.hpp"
#include "os/ticks.hpp"

namespace bench {
namespace {

constexpr const char usage[] =
    "usage: bench-disk [--write] [--sequential] [--block BYTES] [--depth N] [--operations N] DEVICE\n";

[[noreturn]] void wrong_usage()
{
    std::fputs(usage, stderr);
    std::exit(2);
}

unsigned number(const char* text)
{
    char* end;
    const unsigned long value = std::strtoul(text, &end, 10);
    if (end == text || *end != '\0' || value == 0 || value > 100'000'000)
        wrong_usage();
    return static_cast<unsigned>(value);
}

Load parse(int count, char** words)
{
    static const option known[] = {{"write", no_argument, nullptr, 'w'},
                                   {"sequential", no_argument, nullptr, 's'},
                                   {"block", required_argument, nullptr, 'b'},
                                   {"depth", required_argument, nullptr, 'd'},
                                   {"operations", required_argument, nullptr, 'o'},
                                   {"help", no_argument, nullptr, 'h'},
                                   {}};
    Load load;
    for (int letter; (letter = getopt_long(count, words, "", known, nullptr)) != -1;)
        switch (letter) {
        case 'w': load.write = true; break;
        case 's': load.sequential = true; break;
        case 'b': load.block = number(optarg); break;
        case 'd': load.depth = number(optarg); break;
        case 'o': load.operations = number(optarg); break;
        case 'h': std::fputs(usage, stdout); std::exit(0);
        default: wrong_usage();
        }
    if (optind + 1 != count || load.block % 512 != 0 || load.depth > 4096)
        wrong_usage();
    load.device = words[optind];
    return load;
}

void print(const char* title, const Counts& counts)
{
    std::printf(",\"%s\":{", title);
    const char* separator = "";
    for (const auto& [name, count] : counts)
        if (count != 0) {
            std::printf("%s\"%s\":%" PRId64, separator, name.c_str(), count);
            separator = ",";
        }
    std::printf("}");
}

} // namespace
} // namespace bench

int main(int count, char** words)
{
    using namespace bench;
    const Load load = parse(count, words);
    Device device{load};
    device.run(load.operations / 10 + load.depth); // to warm up
    const Interval nothing = {note_counters(), note_counters()};
    const Moment before = note_counters();
    const Ticks begin = read_ticks();
    device.run(load.operations);
    const Ticks ticks = read_ticks() - begin;
    const Counters during = counted(nothing, {before, note_counters()});
    std::printf("{\"operations\":%u,\"ticks\":%" PRIu64, load.operations, ticks);
    print("exits", during.exits);
    print("hypercalls", during.hypercalls);
    std::printf("}\n");
    return 0;
}
