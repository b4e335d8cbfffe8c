// SPDX-License-Identifier: Apache-2.0
#include "real_memory.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

namespace vmrandom {

namespace {

constexpr std::uintptr_t top_entry = std::uintptr_t{1}
                                     << 39; // bytes below one entry of the topmost table
constexpr std::uintptr_t huge_bytes = huge_pages * page_bytes;

// Linux 5.14 and 6.1; not in all headers.
constexpr int populate_read = 22, populate_write = 23, collapse = 25;

void* pointer(std::uintptr_t address)
{
    return reinterpret_cast<void*>(address);
}

[[noreturn]] void failed(const std::string& what)
{
    throw Failure{0, what + ": " + std::strerror(errno)};
}

int result(bool done)
{
    return done ? 0 : errno;
}

int open_file(const std::string& directory)
{
    if (directory.empty())
        return memfd_create("vmrandom", MFD_CLOEXEC);
    std::string name = directory + "/vmrandom-XXXXXX";
    const int fd = mkstemp(name.data());
    if (fd >= 0)
        unlink(name.c_str());
    return fd;
}

} // namespace

RealMemory::RealMemory(unsigned worker, std::uint32_t pages, const std::string& directory,
                       Heartbeats& heartbeats)
    : worker_{worker},
      bytes_{pages * page_bytes},
      base_{(worker + 1) * 3 * top_entry - bytes_ / 2 / huge_bytes * huge_bytes},
      heartbeats_{heartbeats},
      witness_{std::make_unique<Witness>(worker + 1)},
      kernel_{std::make_unique<KernelAccess>()}
{
    constexpr int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
    if (mmap(pointer(base_), bytes_, PROT_NONE, flags, -1, 0) != pointer(base_))
        failed("the arena's addresses");
    munmap(pointer(base_), bytes_);
    for (int& file : files_)
        if ((file = open_file(directory)) < 0)
            failed("a file");
    stay_on(worker);
}

RealMemory::~RealMemory()
{
    munmap(pointer(base_), bytes_);
    for (const int file : files_)
        close(file);
}

int RealMemory::map(Range range, const Source& source, Rights rights, Placement placement)
{
    const bool named =
        source.kind == Kind::private_file || (source.kind == Kind::shared && source.object < files);
    const int flags = (source.kind == Kind::shared ? MAP_SHARED : MAP_PRIVATE) |
                      (placement == Placement::unless_taken ? MAP_FIXED_NOREPLACE : MAP_FIXED) |
                      (placement == Placement::populate ? MAP_POPULATE : 0) |
                      (named ? 0 : MAP_ANONYMOUS);
    void* const where = pointer(address(range.first));
    const off_t offset = named ? static_cast<off_t>(source.page * page_bytes) : 0;
    return result(mmap(where, range.count * page_bytes, static_cast<int>(rights), flags,
                       named ? files_[source.object] : -1, offset) == where);
}

int RealMemory::unmap(Range range)
{
    return result(munmap(pointer(address(range.first)), range.count * page_bytes) == 0);
}

int RealMemory::protect(Range range, Rights rights)
{
    return result(mprotect(pointer(address(range.first)), range.count * page_bytes,
                           static_cast<int>(rights)) == 0);
}

int RealMemory::move(Range from, Range to, bool leave)
{
    void* const target = pointer(address(to.first));
    return result(
        mremap(pointer(address(from.first)), from.count * page_bytes, to.count * page_bytes,
               MREMAP_MAYMOVE | MREMAP_FIXED | (leave ? MREMAP_DONTUNMAP : 0), target) == target);
}

int RealMemory::resize(Range range, std::uint32_t pages)
{
    void* const where = pointer(address(range.first));
    return result(mremap(where, range.count * page_bytes, pages * page_bytes, 0) == where);
}

int RealMemory::advise(Range range, Advice advice)
{
    constexpr int numbers[] = {MADV_DONTNEED, MADV_FREE,      MADV_COLD,       MADV_PAGEOUT,
                               MADV_WILLNEED, MADV_HUGEPAGE,  MADV_NOHUGEPAGE, collapse,
                               populate_read, populate_write, MADV_REMOVE};
    return result(madvise(pointer(address(range.first)), range.count * page_bytes,
                          numbers[static_cast<unsigned>(advice)]) == 0);
}

int RealMemory::resize_file(unsigned file, std::uint32_t pages)
{
    return result(ftruncate(files_[file], static_cast<off_t>(pages * page_bytes)) == 0);
}

Outcome RealMemory::accessed(Who who, const std::function<Outcome()>& access)
{
    if (!child_)
        heartbeats_.beat(worker_);
    if (who == Who::worker || !witness_)
        return access();
    Outcome outcome{};
    witness_->call([&] { outcome = access(); });
    return outcome;
}

Outcome RealMemory::read(Who who, std::uint32_t page, unsigned sector, Sector& into)
{
    return accessed(who, [&, this] { return read_at({page, address(page, sector)}, into); });
}

Outcome RealMemory::write(Who who, std::uint32_t page, unsigned sector, const Sector& from)
{
    return accessed(who, [&, this] { return write_at({page, address(page, sector)}, from); });
}

Outcome RealMemory::execute(std::uint32_t page, unsigned sector, Stamp& stamp)
{
    return execute_at({page, address(page, sector)}, stamp);
}

bool RealMemory::file_read(unsigned file, std::uint32_t page, unsigned sector, Sector& into)
{
    const off_t offset = static_cast<off_t>(page * page_bytes + sector * sector_bytes);
    return pread(files_[file], into.data(), sector_bytes, offset) == sector_bytes;
}

bool RealMemory::file_write(unsigned file, std::uint32_t page, unsigned sector, const Sector& from)
{
    const off_t offset = static_cast<off_t>(page * page_bytes + sector * sector_bytes);
    return pwrite(files_[file], from.data(), sector_bytes, offset) == sector_bytes;
}

} // namespace vmrandom
