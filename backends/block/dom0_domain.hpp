// SPDX-License-Identifier: Apache-2.0
// The guest of a backend in dom0, reached by way of a confined /dev/lintel. Contract:
// docs/abi/control.md#lintel_ioctl_confine.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include <lintel/event.h>
#include <sys/uio.h>

#include "client/device_page.hpp"
#include "client/shared_memory.hpp"
#include "liblintel/control.hpp"
#include "liblintel/linux_device.hpp"

namespace lintel::block {

// What the toolstack hands over, as inherited descriptors.
struct Dom0Files {
    int device;           // /dev/lintel
    std::uint64_t offset; // of the device page in it
    int pool;
    int wake; // readable: look at the device page
    int tell; // written to: the page has changed
};

class Dom0Domain {
public:
    using Mapping = lintel::Mapping;

    static Outcome<Dom0Domain> open(DomainId domain, const Dom0Files& files)
    {
        auto device = std::make_unique<LinuxDevice>(UniqueFd{files.device});
        Control control{*device};
        auto page = TRY(control.map_at(files.offset, 1));
        auto pool = client::SharedMemory::whole(files.pool);
        if (!pool)
            return system_failure("the pool", errno);
        return Dom0Domain{domain, files, std::move(device), std::move(page), std::move(*pool)};
    }

    client::DevicePage page() const { return client::DevicePage{page_.bytes()}; }
    std::span<std::byte> pool() const { return pool_.bytes(); }
    std::array<int, 2> wake_fds() const { return {device_->descriptor(), wake_}; }
    // Of those wake_fds() whose bits are set. Ports are armed again at once: what comes from now on
    // makes the device readable anew.
    void take_events(unsigned which)
    {
        if ((which & 1) != 0) {
            std::array<LocalPort, 64> ports;
            if (const auto fired = control_.fired(ports); fired.ok() && fired.value() != 0)
                control_.unmask(std::span{ports}.first(fired.value()));
        }
        if ((which & 2) != 0) {
            std::array<std::byte, 512> calls;
            [[maybe_unused]] const ssize_t taken = ::read(wake_, calls.data(), calls.size());
        }
    }

    struct Tell {
        int fd;
        void operator()() const { client::send_event(fd); }
    };
    Tell notify() const { return {tell_}; }

    struct QueuePort {
        struct Notify {
            const lintel::Port* port;
            std::uint32_t flags;
            void operator()() const { port->notify(flags); }
        };
        std::unique_ptr<lintel::Port> port; // stays where it is when the owner is moved
        std::uint32_t flags;
        Notify notify() const { return {port.get(), flags}; }
    };
    // `alone`: no other queue of the guest can have answers that wait to be told of. Then dom0
    // makes way for the guest as soon as it is told.
    std::optional<QueuePort> bind(std::uint32_t port, bool alone)
    {
        auto bound = control_.bind(domain_, GuestPort{port});
        if (!bound.ok())
            return std::nullopt;
        return QueuePort{std::make_unique<lintel::Port>(bound.take()),
                         alone ? LINTEL_EVENT_YIELD : 0};
    }

    // Pages that lie anywhere in the machine appear one behind the other.
    std::optional<Mapping> map(std::span<const std::uint32_t> references, bool writable,
                               std::vector<iovec>& pieces)
    {
        auto mapped = control_.map_pinnable(domain_, references,
                                            writable ? Access::write : Access::read);
        if (!mapped.ok())
            return std::nullopt;
        pieces.push_back({mapped.value().bytes().data(), mapped.value().bytes().size()});
        return mapped.take();
    }
    std::optional<lintel::Mapping> map_ring(std::span<const std::uint32_t> references)
    {
        auto mapped = control_.map_granted(domain_, references);
        return mapped.ok() ? std::optional{mapped.take()} : std::nullopt;
    }

private:
    Dom0Domain(DomainId domain, const Dom0Files& files, std::unique_ptr<LinuxDevice> device,
               lintel::Mapping page, client::SharedMemory pool)
        : domain_{domain},
          device_{std::move(device)},
          control_{*device_},
          page_{std::move(page)},
          pool_{std::move(pool)},
          wake_{files.wake},
          tell_{files.tell}
    {
    }

    DomainId domain_;
    std::unique_ptr<LinuxDevice> device_;
    Control control_;
    lintel::Mapping page_;
    client::SharedMemory pool_;
    int wake_;
    int tell_;
};

} // namespace lintel::block
