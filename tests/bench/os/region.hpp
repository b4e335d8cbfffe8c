// SPDX-License-Identifier: Apache-2.0
// A piece of address space.
#pragma once

#include <cstddef>
#include <sys/mman.h>

#include "check.hpp"

namespace bench {

constexpr std::size_t page_size = 4096;

// Mapped for as long as this lives: anonymous memory, or the beginning of a file.
class Region {
public:
    Region(std::size_t pages, int protection, int more_flags = 0, int file = -1)
        : pages_{pages},
          begin_{static_cast<volatile char*>(check(
              mmap(nullptr, pages * page_size, protection,
                   (file < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED) | more_flags, file, 0),
              "mmap"))}
    {
    }
    ~Region() { check(munmap(address(), pages_ * page_size), "munmap"); }
    Region(const Region&) = delete;
    Region& operator=(const Region&) = delete;

    void* address() const { return const_cast<char*>(begin_); }
    volatile char* at(std::size_t page) const { return begin_ + page * page_size; }

    void read_each() const
    {
        for (std::size_t page = 0; page < pages_; ++page)
            static_cast<void>(*at(page));
    }
    void write_each() const
    {
        for (std::size_t page = 0; page < pages_; ++page)
            *at(page) = 1;
    }
    void protect(int protection) const
    {
        check(mprotect(address(), pages_ * page_size, protection), "mprotect");
    }

private:
    std::size_t pages_;
    volatile char* begin_;
};

} // namespace bench
