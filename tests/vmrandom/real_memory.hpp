// SPDX-License-Identifier: Apache-2.0
// Linux's memory, as one worker of a process uses it: an arena at a fixed address of its own, and
// files. The arena lies across an edge between two entries of the topmost page table, so that page
// tables of all levels come and go.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <sys/types.h>
#include <utility>

#include "access.hpp"
#include "heartbeats.hpp"
#include "kernel_access.hpp"
#include "witness.hpp"

namespace vmrandom {

class RealMemory {
public:
    struct Child {
        pid_t process;
        std::uint32_t* report; // shared with it: the number of words, the words
    };

    // `directory` for the files; empty: in memory.
    RealMemory(unsigned worker, std::uint32_t pages, const std::string& directory, Heartbeats&);
    ~RealMemory();
    RealMemory(const RealMemory&) = delete;
    RealMemory& operator=(const RealMemory&) = delete;

    std::uintptr_t address(std::uint32_t page, unsigned sector = 0) const
    {
        return base_ + page * page_bytes + sector * sector_bytes;
    }

    int map(Range, const Source&, Rights, Placement);
    int unmap(Range);
    int protect(Range, Rights);
    int move(Range from, Range to, bool leave);
    int resize(Range, std::uint32_t pages);
    int advise(Range, Advice);
    int resize_file(unsigned file, std::uint32_t pages);
    Outcome read(Who, std::uint32_t page, unsigned sector, Sector&);
    Outcome write(Who, std::uint32_t page, unsigned sector, const Sector&);
    Outcome execute(std::uint32_t page, unsigned sector, Stamp&);
    bool kernel_read(Path path, std::uint32_t page, unsigned sector, Sector& into)
    {
        return kernel_->read(path, address(page, sector), into);
    }
    bool kernel_write(Path path, std::uint32_t page, unsigned sector, const Sector& from)
    {
        return kernel_->write(path, address(page, sector), from);
    }
    bool force_read(std::uint32_t page, unsigned sector, Sector& into)
    {
        return kernel_->force_read(address(page, sector), into);
    }
    bool force_write(std::uint32_t page, unsigned sector, const Sector& from)
    {
        return kernel_->force_write(address(page, sector), from);
    }
    bool file_read(unsigned file, std::uint32_t page, unsigned sector, Sector&);
    bool file_write(unsigned file, std::uint32_t page, unsigned sector, const Sector&);
    Child start_child(const std::function<Report(RealMemory&)>& body);
    Report join(const Child&);
    void change_cpu(unsigned cpu) { stay_on(cpu); }

private:
    [[noreturn]] void be_child(std::uint32_t* report,
                               const std::function<Report(RealMemory&)>& body);
    std::uint32_t* map_report() const;
    Outcome accessed(Who, const std::function<Outcome()>& access);

    unsigned worker_;
    std::size_t bytes_;
    std::uintptr_t base_;
    Heartbeats& heartbeats_;
    bool child_ = false;
    std::array<int, files> files_;
    std::unique_ptr<Witness> witness_; // of the first process only: a child has one thread
    std::unique_ptr<KernelAccess> kernel_;
};

} // namespace vmrandom
