// SPDX-License-Identifier: Apache-2.0
// The hypervisor as dom0's processes see it: each call of docs/abi/domains.md as a function,
// mappings and ports as owners. The only code of the toolstack that issues calls. A Failure's code
// is the errno value that the page of the call gives. No locks: one thread per object.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <lintel/domain.h>
#include <lintel/hypercall.h>

#include "liblintel/device.hpp"
#include "liblintel/mapping.hpp"
#include "liblintel/outcome.hpp"
#include "liblintel/port.hpp"

namespace lintel {

enum class DomainId : std::uint32_t {
};
enum class GuestPort : std::uint32_t {
}; // an event port in another domain

inline constexpr DomainId dom0{0};
inline constexpr std::uint64_t page_bytes = 4096;

enum class ShutdownReason : std::uint32_t {
    poweroff = 0,
    reboot = 1
};

enum class Access {
    read,
    write,
};

struct LogText {
    std::uint64_t position; // of the text's first byte
    std::uint64_t end;      // of the log so far
    std::string text;
};

class Control {
public:
    explicit Control(Device& device) : device_{device} {}

    Outcome<DomainId> domain_create(const lintel_domain_create& limits);
    // false: call again; code EBUSY: somebody still maps frames of it.
    Outcome<bool> domain_destroy(DomainId domain);
    // How many frames from `gpa` on it got, at least one.
    Outcome<std::uint64_t> domain_populate(DomainId domain, std::uint64_t gpa,
                                           std::uint64_t frames);
    Outcome<> domain_start(DomainId domain, std::uint32_t entry, std::uint64_t start_info);
    Outcome<> domain_pause(DomainId domain);
    Outcome<> domain_unpause(DomainId domain);
    Outcome<> domain_shutdown(DomainId domain, ShutdownReason reason);
    Outcome<lintel_domain_info> domain_info(DomainId domain);
    // Of the first domain from `from` on; code ENOENT: there is none.
    Outcome<lintel_domain_info> domain_info_next(DomainId from);
    Outcome<lintel_machine_info> machine_info();
    Outcome<LogText> log_read(std::uint64_t position);
    // A port in `domain` that awaits dom0.
    Outcome<GuestPort> event_alloc(DomainId domain);

    Outcome<Mapping> map(DomainId domain, std::uint64_t gpa, std::uint64_t pages);
    // In two steps, for a file that another process inherits: the mapping's place in the file, and
    // what is shown from there.
    Outcome<std::uint64_t> map_offset(DomainId domain, std::uint64_t gpa, std::uint64_t pages);
    Outcome<Mapping> map_at(std::uint64_t offset, std::uint64_t pages,
                            Access access = Access::write);
    // Pages that `domain` has granted to dom0, one behind the other, writable.
    Outcome<Mapping> map_granted(DomainId domain, std::span<const std::uint32_t> references);
    // The same for direct I/O, until that is over.
    Outcome<Mapping> map_pinnable(DomainId domain, std::span<const std::uint32_t> references,
                                  Access access);
    // Grants whole pages of shared memory to `domain` until the device is closed: a reference each.
    Outcome<std::vector<std::uint32_t>> grant(DomainId domain, std::span<std::byte> pages,
                                              Access access);
    // From now on the device serves devices of `domain`, and does nothing else.
    Outcome<> confine(DomainId domain);
    Outcome<Port> bind(DomainId domain, GuestPort remote);
    Outcome<Port> bind_virq(std::uint32_t virq);

    // Ports of this device that have fired since; each stays masked until unmask().
    Outcome<std::size_t> fired(std::span<LocalPort> ports);
    void unmask(std::span<const LocalPort> ports); // those that are still there
    int descriptor() const { return device_.descriptor(); }

private:
    struct Buffer {
        void* data = nullptr;
        std::uint32_t bytes = 0;
        std::uint32_t argument = 0; // which argument names it
    };

    Outcome<std::uint64_t> call(lintel_hypercall number, std::span<const std::uint64_t> arguments,
                                Buffer buffer);
    Outcome<std::uint64_t> call(lintel_hypercall number,
                                std::initializer_list<std::uint64_t> arguments, Buffer buffer);
    Outcome<std::uint64_t> call(lintel_hypercall number,
                                std::initializer_list<std::uint64_t> arguments);
    Outcome<> act(lintel_hypercall number, std::initializer_list<std::uint64_t> arguments);
    Outcome<Mapping> map_references(DomainId domain, std::span<const std::uint32_t> references,
                                    Access access, std::uint32_t flags);
    Outcome<lintel_domain_info> info(DomainId domain, std::uint64_t flags);
    Outcome<Port> port(std::uint32_t request, std::uint32_t domain, GuestPort remote);

    Device& device_; // outlives this
};

} // namespace lintel
