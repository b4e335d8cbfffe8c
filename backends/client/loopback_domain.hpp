// SPDX-License-Identifier: Apache-2.0
// A domain without a hypervisor: two files of memory and two eventfds, which a backend and what
// plays its guest share, in one process or in two. For tests and benchmarks.
//
// The guest's memory is as a domain would have it: a device page, a grant table of the ABI's form
// (docs/abi/grants.md#the-table), RAM. A guest-physical address is an offset in the file. Grants
// are checked as the hypervisor does, but uses are not counted; a port is the whole domain's, so
// that an event says no more than "look".
#pragma once

#include <array>
#include <cerrno>
#include <optional>
#include <vector>

#include <fcntl.h>
#include <lintel/grant.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "client/device_page.hpp"
#include "client/shared_memory.hpp"
#include "liblintel/outcome.hpp"
#include "liblintel/unique_fd.hpp"

namespace lintel::client {

struct LoopbackLayout {
    static constexpr std::uint64_t device = 0;
    static constexpr std::uint64_t grants = 4096;
    static constexpr std::uint32_t grant_entries = 8192;
    static constexpr std::uint64_t ram = grants + grant_entries * 8;
    static constexpr std::uint16_t backend = 0; // the domain that grants name
};

// What the two share, as descriptors that a child can inherit.
struct LoopbackFiles {
    UniqueFd guest;
    UniqueFd pool; // the backend's memory
    UniqueFd to_backend;
    UniqueFd to_frontend;

    static Outcome<LoopbackFiles> make(std::size_t ram_bytes, std::size_t pool_bytes)
    {
        LoopbackFiles files{memory("guest", LoopbackLayout::ram + ram_bytes),
                            memory("pool", pool_bytes), UniqueFd{::eventfd(0, 0)},
                            UniqueFd{::eventfd(0, 0)}};
        if (!files.guest || !files.pool || !files.to_backend || !files.to_frontend)
            return system_failure("loopback domain", errno);
        return files;
    }

private:
    // Of a size that neither side can change: access beyond the end would kill the other.
    static UniqueFd memory(const char* name, std::size_t bytes)
    {
        UniqueFd fd{::memfd_create(name, MFD_ALLOW_SEALING)};
        if (!fd || ::ftruncate(fd.get(), static_cast<off_t>(bytes)) != 0 ||
            ::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
            return {};
        return fd;
    }
};

// What a backend reaches of such a domain.
class LoopbackDomain {
public:
    struct Mapping {}; // nothing to let go: RAM is mapped as a whole

    static Outcome<LoopbackDomain> open(const LoopbackFiles& files,
                                        std::uint64_t page = LoopbackLayout::device)
    {
        auto guest = SharedMemory::whole(files.guest.get());
        auto pool = SharedMemory::whole(files.pool.get());
        if (!guest || !pool || guest->bytes().size() < LoopbackLayout::ram ||
            page % SharedMemory::page != 0 ||
            page > guest->bytes().size() - SharedMemory::page)
            return Failure{EINVAL, "the loopback domain's memory cannot be mapped"};
        return LoopbackDomain{files, std::move(*guest), std::move(*pool), page};
    }

    DevicePage page() const
    {
        return DevicePage{guest_.bytes().subspan(page_, SharedMemory::page)};
    }
    std::span<std::byte> pool() const { return pool_.bytes(); }
    std::array<int, 1> wake_fds() const { return {wake_}; }
    void take_events(unsigned) const
    {
        std::uint64_t events;
        [[maybe_unused]] const ssize_t taken = ::read(wake_, &events, sizeof events);
    }

    struct Notify {
        int fd;
        void operator()() const { send_event(fd); }
    };
    Notify notify() const { return {notify_}; }

    struct Port {
        Notify to_guest;
        Notify notify() const { return to_guest; }
    };
    std::optional<Port> bind(std::uint32_t, bool) const { return Port{notify()}; }

    std::optional<Mapping> map(std::span<const std::uint32_t> references, bool writable,
                               std::vector<iovec>& pieces) const
    {
        const std::size_t first = pieces.size();
        for (const std::uint32_t reference : references) {
            const auto address = granted(reference, writable);
            if (!address)
                return std::nullopt;
            std::byte* const at = guest_.bytes().data() + *address;
            const bool joins = pieces.size() > first && end_of(pieces.back()) == at;
            if (joins)
                pieces.back().iov_len += SharedMemory::page;
            else
                pieces.push_back({at, SharedMemory::page});
        }
        return Mapping{};
    }
    // Writable pages, one behind the other.
    std::optional<SharedMemory> map_ring(std::span<const std::uint32_t> references) const
    {
        std::vector<std::uint64_t> addresses;
        for (const std::uint32_t reference : references) {
            const auto address = granted(reference, true);
            if (!address)
                return std::nullopt;
            addresses.push_back(*address);
        }
        return SharedMemory::of_pages(guest_fd_, addresses);
    }

private:
    LoopbackDomain(const LoopbackFiles& files, SharedMemory guest, SharedMemory pool,
                   std::uint64_t page)
        : guest_{std::move(guest)},
          pool_{std::move(pool)},
          page_{page},
          guest_fd_{files.guest.get()},
          wake_{files.to_backend.get()},
          notify_{files.to_frontend.get()}
    {
    }

    static std::byte* end_of(const iovec& piece)
    {
        return static_cast<std::byte*>(piece.iov_base) + piece.iov_len;
    }
    // The address that an entry grants, loaded once; the guest may write to it at any time.
    std::optional<std::uint64_t> granted(std::uint32_t reference, bool writable) const
    {
        if (reference >= LoopbackLayout::grant_entries)
            return std::nullopt;
        auto& shared = *reinterpret_cast<std::uint64_t*>(
            guest_.bytes().data() + LoopbackLayout::grants + std::size_t{reference} * 8);
        const std::uint64_t entry = std::atomic_ref{shared}.load(std::memory_order_acquire);
        constexpr std::uint64_t rights = LINTEL_GRANT_PRESENT | LINTEL_GRANT_WRITABLE;
        const std::uint64_t address = entry & LINTEL_GRANT_ADDRESS;
        const bool good = (entry & LINTEL_GRANT_PRESENT) != 0 &&
                          (!writable || (entry & LINTEL_GRANT_WRITABLE) != 0) &&
                          entry >> LINTEL_GRANT_PEER_SHIFT == LoopbackLayout::backend &&
                          (entry & 0xfff & ~rights) == 0 && address >= LoopbackLayout::ram &&
                          address + SharedMemory::page <= guest_.bytes().size();
        return good ? std::optional{address} : std::nullopt;
    }

    SharedMemory guest_;
    SharedMemory pool_;
    std::uint64_t page_;
    int guest_fd_;
    int wake_;
    int notify_;
};

} // namespace lintel::client
