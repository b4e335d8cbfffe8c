// SPDX-License-Identifier: Apache-2.0
// bench-os: what common operations of an operating system cost, in TSC ticks. docs/guide/bench.md.
// Prints nothing before everything is measured, so that no console output falls into a measurement.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <getopt.h>
#include <sched.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "check.hpp"
#include "operation.hpp"
#include "report.hpp"

namespace {

using namespace bench;

constexpr const char* usage = R"(usage: bench-os [OPTIONS]

Measures operations of the operating system in TSC ticks.

  --json             one line of JSON instead of a table
  --list             name the operations and stop
  --only NAME        measure this one; may be given again for more
  --repetitions N    repeat each N times (1 to 1000000) instead of its own number
  --help             this text
)";

struct Options {
    bool json = false;
    bool list = false;
    std::vector<std::string> only;
    unsigned repetitions = 0; // each operation's own
};

std::vector<const Operation*> every_operation()
{
    std::vector<const Operation*> all;
    for (const auto& some : {kernel_entry_operations(), memory_operations(), process_operations()})
        for (const Operation& operation : some)
            all.push_back(&operation);
    return all;
}

[[noreturn]] void wrong_usage(const std::string& what)
{
    std::fprintf(stderr, "bench-os: %s (bench-os --help lists the options)\n", what.c_str());
    std::exit(2);
}

unsigned repetitions(const char* text)
{
    constexpr unsigned long most = 1'000'000;
    char* end;
    const unsigned long number = std::strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != 0 || number < 1 || number > most)
        wrong_usage(std::string{"--repetitions takes a number from 1 to 1000000, not '"} + text +
                    "'");
    return static_cast<unsigned>(number);
}

Options parse(int count, char** words)
{
    static const option known[] = {
        {"json", no_argument, nullptr, 'j'},       {"list", no_argument, nullptr, 'l'},
        {"only", required_argument, nullptr, 'o'}, {"repetitions", required_argument, nullptr, 'r'},
        {"help", no_argument, nullptr, 'h'},       {}};
    Options options;
    opterr = 0;
    for (int letter; (letter = getopt_long(count, words, ":", known, nullptr)) != -1;)
        switch (letter) {
        case 'j':
            options.json = true;
            break;
        case 'l':
            options.list = true;
            break;
        case 'o':
            options.only.push_back(optarg);
            break;
        case 'r':
            options.repetitions = repetitions(optarg);
            break;
        case 'h':
            std::fputs(usage, stdout);
            std::exit(0);
        case ':':
            wrong_usage(std::string{words[optind - 1]} + " needs a value");
        default:
            wrong_usage(std::string{"unknown option "} + words[optind - 1]);
        }
    if (optind < count)
        wrong_usage(std::string{"unexpected word '"} + words[optind] + "'");
    return options;
}

std::vector<const Operation*> chosen(const Options& options)
{
    auto all = every_operation();
    if (options.only.empty())
        return all;
    std::vector<const Operation*> some;
    for (const std::string& name : options.only) {
        const auto found = std::find_if(all.begin(), all.end(),
                                        [&](const Operation* o) { return o->name == name; });
        if (found == all.end())
            wrong_usage("no operation '" + name + "'; --list names them");
        some.push_back(*found);
    }
    return some;
}

// Addresses chosen at random would change how many page tables a process has, from run to run.
void fix_address_layout(char** words)
{
    const int now = check(personality(0xffffffff), "personality");
    if ((now & ADDR_NO_RANDOMIZE) != 0)
        return;
    check(personality(static_cast<unsigned long>(now) | ADDR_NO_RANDOMIZE), "personality");
    execv("/proc/self/exe", words);
    fail("/proc/self/exe", std::strerror(errno));
}

// One CPU, so that switching to a child is a switch; and whether a huge page happens to be free
// must not decide what a mapping costs.
void settle()
{
    cpu_set_t first;
    CPU_ZERO(&first);
    CPU_SET(0, &first);
    check(sched_setaffinity(0, sizeof(first), &first), "sched_setaffinity");
    check(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0), "prctl");
}

} // namespace

int main(int count, char** words)
{
    const Options options = parse(count, words);
    const auto operations = chosen(options);
    if (options.list) {
        for (const Operation* operation : operations)
            std::printf("%-12s %s\n", operation->name, operation->text);
        return 0;
    }

    fix_address_layout(words);
    settle();
    std::vector<Measured> measured;
    for (const Operation* operation : operations) {
        const unsigned number = options.repetitions ? options.repetitions : operation->repetitions;
        measured.push_back({operation, operation->measure(number)});
    }
    (options.json ? print_json : print_table)(measured);
    return 0;
}
