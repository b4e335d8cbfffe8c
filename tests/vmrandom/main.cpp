// SPDX-License-Identifier: Apache-2.0
// vmrandom: random operations on memory, checked against a model. docs/guide/test.md tells what
// for.
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <getopt.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "real_memory.hpp"
#include "run.hpp"
#include "segments.hpp"
#include "trap.hpp"

namespace {

using namespace vmrandom;

constexpr const char* usage = R"(usage: vmrandom [OPTIONS]

Maps, unmaps, protects, moves, forks, pages out, reads, writes and executes memory at random, and compares every
page with a model. Prints a digest, which follows from these options alone:

  --seed N        what the random numbers begin with (1)
  --operations N  of each thread (1000)
  --threads N     that work side by side, each in its own part of the address space (1; up to 16)
  --processes N   most children that a process has at a time (2; up to 8); 0 for no fork
  --megabytes N   of address space, for all threads together (8; up to 1024)
  --directory DIR keep the files that are mapped there, not in memory
  --help          this text

exit status: 0; 1 when something was not as the model has it; 2 for a wrong option
)";

struct Options {
    std::uint64_t seed = 1, operations = 1000, threads = 1, processes = 2, megabytes = 8;
    std::string directory;
};

[[noreturn]] void wrong_usage(const std::string& what)
{
    std::fprintf(stderr, "vmrandom: %s (vmrandom --help lists the options)\n", what.c_str());
    std::exit(2);
}

std::uint64_t number(const char* name, const char* text, std::uint64_t low, std::uint64_t high)
{
    char* end;
    const std::uint64_t value = std::strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != 0 || value < low || value > high)
        wrong_usage(std::string{"--"} + name + " takes a number from " + std::to_string(low) +
                    " to " + std::to_string(high) + ", not '" + text + "'");
    return value;
}

Options parse(int count, char** words)
{
    constexpr option known[] = {{"seed", 1, nullptr, 's'},      {"operations", 1, nullptr, 'o'},
                                {"threads", 1, nullptr, 't'},   {"processes", 1, nullptr, 'p'},
                                {"megabytes", 1, nullptr, 'm'}, {"directory", 1, nullptr, 'd'},
                                {"help", 0, nullptr, 'h'},      {}};
    Options options;
    opterr = 0;
    for (int letter; (letter = getopt_long(count, words, "", known, nullptr)) != -1;) {
        switch (letter) {
        case 's':
            options.seed = number("seed", optarg, 0, UINT64_MAX);
            break;
        case 'o':
            options.operations = number("operations", optarg, 1, UINT64_MAX);
            break;
        case 't':
            options.threads = number("threads", optarg, 1, 16);
            break;
        case 'p':
            options.processes = number("processes", optarg, 0, 8);
            break;
        case 'm':
            options.megabytes = number("megabytes", optarg, 1, 1024);
            break;
        case 'd':
            options.directory = optarg;
            break;
        case 'h':
            std::fputs(usage, stdout);
            std::exit(0);
        default:
            wrong_usage(std::string{"what is '"} + words[optind - 1] + "'?");
        }
    }
    if (optind != count)
        wrong_usage(std::string{"what is '"} + words[optind] + "'?");
    if (options.megabytes * 256 / options.threads < 64)
        wrong_usage("each thread needs a quarter of a megabyte");
    return options;
}

// A worker from its begin to its end. The first failure of any ends the process.
void work(const Options& options, unsigned worker, Heartbeats& heartbeats, std::uint64_t& digest)
{
    const Settings settings{
        .pages = static_cast<std::uint32_t>(options.megabytes * 256 / options.threads),
        .processes = static_cast<unsigned>(options.processes)};
    std::uintptr_t base = 0;
    try {
        RealMemory memory{worker, settings.pages, options.directory, heartbeats};
        base = memory.address(0);
        State<RealMemory> state{memory, settings, mix(options.seed) + worker};
        prepare(state);
        run(state, options.operations);
        digest = state.digest.value();
    } catch (const Failure& failure) {
        std::fprintf(stderr, "vmrandom: seed %" PRIu64 ", thread %u, at %#" PRIxPTR ": %s\n",
                     options.seed, worker, base + failure.page * page_bytes, failure.what());
        _exit(1);
    }
}

} // namespace

int main(int count, char** words)
{
    const Options options = parse(count, words);
    catch_faults();
    if (have_segment())
        std::puts("each process has a segment");
    Heartbeats heartbeats{static_cast<unsigned>(options.threads)};
    std::vector<std::uint64_t> digests(options.threads);
    std::vector<std::thread> workers;
    for (unsigned worker = 0; worker < options.threads; worker++)
        workers.emplace_back([&, worker] { work(options, worker, heartbeats, digests[worker]); });
    for (std::thread& worker : workers)
        worker.join();
    Digest digest;
    for (const std::uint64_t one : digests)
        digest.add(one);
    std::printf("digest %016" PRIx64 "\n", digest.value());
}
