// SPDX-License-Identifier: Apache-2.0
#include "counters.hpp"

#include <array>
#include <cstring>
#include <fcntl.h>
#include <span>
#include <unistd.h>

#include "check.hpp"

namespace bench {

namespace {

// In the order in which a moment has them. All but the last are there on Lintel only, the third
// where page tables are sealed.
constexpr std::array files = {"/sys/hypervisor/exits", "/sys/hypervisor/hypercalls",
                              "/sys/hypervisor/seal", "/proc/stat"};

constexpr char mark = 0; // behind each

int notes()
{
    static const int file = [] {
        std::string path = temporary_path();
        const int opened = check(mkstemp(path.data()), path.c_str());
        check(unlink(path.c_str()), path.c_str());
        return opened;
    }();
    return file;
}

// A page of its own: how much of it is used makes no difference to the memory that is mapped.
alignas(4096) std::array<char, 4096> part;

// Nothing when there is no such file.
void note(const char* path)
{
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0 && errno == ENOENT)
        return;
    check(file, path);
    while (const auto size = check(read(file, part.data(), part.size()), path))
        write_all(notes(), std::span{part}.first(static_cast<std::size_t>(size)));
    close(file);
}

// Lines of a name, a space and a number.
Counts parse(const std::string& text)
{
    Counts counts;
    const char* at = text.c_str();
    while (const char* space = std::strchr(at, ' ')) {
        char* end;
        counts[std::string{at, space}] = std::strtoll(space + 1, &end, 10);
        if (*end != '\n')
            break;
        at = end + 1;
    }
    return counts;
}

// The line "intr TOTAL ..." of /proc/stat counts the local timer's interrupts too.
std::int64_t interrupts(const std::string& text)
{
    const auto line = text.find("\nintr ");
    return line == std::string::npos ? 0 : std::strtoll(text.c_str() + line + 6, nullptr, 10);
}

Counters parse(const Moment& moment)
{
    std::string text(static_cast<std::size_t>(moment.end - moment.begin), ' ');
    if (check(pread(notes(), text.data(), text.size(), moment.begin), "pread") !=
        static_cast<ssize_t>(text.size()))
        fail("notes of counters", "are not whole");
    std::array<std::string, files.size()> of;
    const char* at = text.c_str();
    for (std::string& content : of) {
        content = at;
        at += content.size() + 1;
    }
    return {parse(of[0]), parse(of[1]), parse(of[2]), interrupts(of[3])};
}

Counts difference(const Counts& before, Counts after)
{
    for (auto& [name, count] : after)
        if (const auto old = before.find(name); old != before.end())
            count -= old->second;
    return after;
}

Counters difference(const Counters& before, const Counters& after)
{
    return {difference(before.exits, after.exits), difference(before.hypercalls, after.hypercalls),
            difference(before.seal, after.seal), after.interrupts - before.interrupts};
}

Counters between(const Interval& interval)
{
    return difference(parse(interval.begin), parse(interval.end));
}

} // namespace

Moment note_counters()
{
    const off_t begin = check(lseek(notes(), 0, SEEK_CUR), "lseek");
    for (const char* path : files) {
        note(path);
        write_all(notes(), std::span{&mark, 1});
    }
    return {begin, check(lseek(notes(), 0, SEEK_CUR), "lseek")};
}

Counters counted(const Interval& of_nothing, const Interval& of_work)
{
    return difference(between(of_nothing), between(of_work));
}

bool on_lintel()
{
    const int file = open("/sys/hypervisor/type", O_RDONLY | O_CLOEXEC);
    std::array<char, 16> text = {};
    if (file >= 0) {
        check(read(file, text.data(), text.size() - 1), "/sys/hypervisor/type");
        close(file);
    }
    return std::string{text.data()} == "lintel\n";
}

} // namespace bench
