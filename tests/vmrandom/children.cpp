// SPDX-License-Identifier: Apache-2.0
// The part of RealMemory that is processes.
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "real_memory.hpp"

namespace vmrandom {

namespace {

std::size_t
report_bytes(std::size_t arena_bytes) // objects have as many pages as the arena, at most
{
    return arena_bytes / page_bytes * sizeof(Stamps) + page_bytes;
}

} // namespace

RealMemory::Child RealMemory::start_child(const std::function<Report(RealMemory&)>& body)
{
    void* const area = mmap(nullptr, report_bytes(bytes_), PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (area == MAP_FAILED)
        throw Failure{0, std::string{"memory for a report: "} + std::strerror(errno)};
    auto* const report = static_cast<std::uint32_t*>(area);
    const pid_t process = fork();
    if (process < 0)
        throw Failure{0, std::string{"fork: "} + std::strerror(errno)};
    if (process == 0)
        be_child(report, body);
    return {process, report};
}

void RealMemory::be_child(std::uint32_t* report, const std::function<Report(RealMemory&)>& body)
{
    static_cast<void>(witness_.release()); // whose thread exists in the parent only
    kernel_ = std::make_unique<KernelAccess>();
    child_ = true;
    const auto beats = heartbeats_.read();
    try {
        const Report words = body(*this);
        if (heartbeats_.read() != beats)
            throw Failure{0, "a write of the parent's after the fork shows in the child"};
        if ((words.size() + 1) * sizeof words[0] > report_bytes(bytes_))
            throw Failure{0, "the report is too long"};
        report[0] = static_cast<std::uint32_t>(words.size());
        std::copy(words.begin(), words.end(), report + 1);
        _exit(0);
    } catch (const Failure& failure) {
        std::fprintf(stderr, "vmrandom: in a child, at %#lx: %s\n", address(failure.page),
                     failure.what());
    } catch (const std::exception& error) {
        std::fprintf(stderr, "vmrandom: in a child: %s\n", error.what());
    }
    _exit(1);
}

Report RealMemory::join(const Child& child)
{
    int status;
    while (waitpid(child.process, &status, 0) < 0)
        if (errno != EINTR)
            throw Failure{0, std::string{"waitpid: "} + std::strerror(errno)};
    Report words(child.report + 1, child.report + 1 + child.report[0]);
    munmap(child.report, report_bytes(bytes_));
    if (WIFSIGNALED(status))
        throw Failure{0, "a child was killed by signal " + std::to_string(WTERMSIG(status))};
    if (status != 0)
        throw Failure{0, "a child failed"};
    return words;
}

} // namespace vmrandom
