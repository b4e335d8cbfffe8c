// SPDX-License-Identifier: Apache-2.0
// Mapping, faulting, protecting.
#include <array>
#include <cstdlib>
#include <optional>
#include <sys/mman.h>
#include <unistd.h>

#include "check.hpp"
#include "operation.hpp"
#include "region.hpp"

namespace bench {

namespace {

struct MapTouchUnmap {
    void before() {}
    void operator()()
    {
        const Region region{256, PROT_READ | PROT_WRITE};
        region.write_each();
    }
};

class MapFileReadUnmap {
public:
    MapFileReadUnmap()
    {
        std::string path = temporary_path();
        file_ = check(mkstemp(path.data()), path.c_str());
        check(unlink(path.c_str()), path.c_str());
        static constexpr std::array<char, page_size> page = {1};
        for (unsigned i = 0; i < pages; ++i)
            write_all(file_, page);
    }
    ~MapFileReadUnmap() { close(file_); }
    MapFileReadUnmap(const MapFileReadUnmap&) = delete;
    MapFileReadUnmap& operator=(const MapFileReadUnmap&) = delete;

    void before() {}
    void operator()()
    {
        const Region region{pages, PROT_READ, 0, file_};
        region.read_each();
    }

private:
    static constexpr unsigned pages = 128;
    int file_;
};

// Read-only and back.
class Mprotect {
public:
    void before() {}
    void operator()()
    {
        region_.protect(PROT_READ);
        region_.protect(PROT_READ | PROT_WRITE);
    }

private:
    Region region_{256, PROT_READ | PROT_WRITE, MAP_POPULATE};
};

// One fault on anonymous memory whose page table exists.
class PageFault {
public:
    void before() { check(madvise(region_.address(), page_size, MADV_DONTNEED), "madvise"); }
    void operator()() { *region_.at(0) = 1; }

private:
    Region region_{2, PROT_READ | PROT_WRITE, MAP_POPULATE};
};

// Entries that go in a row: what a sealed guest has batches for.
class Unmap {
public:
    void before() { region_.emplace(1024, PROT_READ | PROT_WRITE, MAP_POPULATE); }
    void operator()() { region_.reset(); }

private:
    std::optional<Region> region_;
};

constexpr Operation operations[] = {
    operation<MapTouchUnmap>("map", "map, touch, unmap 256 pages", 200),
    operation<MapFileReadUnmap>("map-file", "map 128 file pages, read, unmap", 300),
    operation<Mprotect>("mprotect", "mprotect 256 pages and back", 500),
    operation<Unmap>("unmap", "unmap 1,024 pages", 50),
    operation<PageFault>("page-fault", "page fault", 1000),
};

} // namespace

std::span<const Operation> memory_operations()
{
    return operations;
}

} // namespace bench
