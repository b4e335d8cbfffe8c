// SPDX-License-Identifier: Apache-2.0
// Files in memory that two processes have mapped, and descriptors by which one wakes the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace lintel::client {

// A shared mapping of a file, or of pages of it in some order.
class SharedMemory {
public:
    static constexpr std::size_t page = 4096;

    SharedMemory() = default;
    SharedMemory(SharedMemory&& other) noexcept : bytes_{std::exchange(other.bytes_, {})} {}
    SharedMemory& operator=(SharedMemory&& other) noexcept
    {
        std::swap(bytes_, other.bytes_);
        return *this;
    }
    ~SharedMemory()
    {
        if (!bytes_.empty())
            ::munmap(bytes_.data(), bytes_.size());
    }

    static std::optional<SharedMemory> whole(int fd)
    {
        struct stat is {};
        if (::fstat(fd, &is) != 0 || is.st_size <= 0)
            return std::nullopt;
        const auto bytes = static_cast<std::size_t>(is.st_size);
        void* const at = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        return kept(at, bytes);
    }
    static std::optional<SharedMemory> of_pages(int fd, std::span<const std::uint64_t> addresses)
    {
        const std::size_t bytes = addresses.size() * page;
        auto memory =
            kept(::mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), bytes);
        for (std::size_t i = 0; memory && i < addresses.size(); i++)
            if (::mmap(memory->bytes_.data() + i * page, page, PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_FIXED, fd, static_cast<off_t>(addresses[i])) == MAP_FAILED)
                memory.reset();
        return memory;
    }

    std::span<std::byte> bytes() const { return bytes_; }

private:
    static std::optional<SharedMemory> kept(void* at, std::size_t bytes)
    {
        if (at == MAP_FAILED)
            return std::nullopt;
        SharedMemory memory;
        memory.bytes_ = {static_cast<std::byte*>(at), bytes};
        return memory;
    }
    std::span<std::byte> bytes_;
};

// Of an eventfd or a pipe; what need not be told again is not.
inline void send_event(int fd)
{
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(fd, &one, sizeof one);
}

} // namespace lintel::client
