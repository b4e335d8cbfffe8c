// SPDX-License-Identifier: Apache-2.0
// A hypervisor with domains and dom0's /dev/lintel, as far as the toolstack sees them; the test
// plays the guests. Frames are counted, mappings keep a dying domain busy, ports are masked until
// they are handed back. Contracts: docs/abi/domains.md, docs/abi/control.md.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <lintel/control.h>
#include <lintel/domain.h>
#include <lintel/hypercall.h>

#include "liblintel/device.hpp"
#include "liblintel/unique_fd.hpp"

namespace lintel {

class FakeDevice;

class FakeMachine {
public:
    struct Domain {
        lintel_domain_create limits{};
        lintel_domain_info info{};
        std::optional<lintel_domain_start> start;
        UniqueFd memory;                                  // guest-physical space
        std::map<std::uint64_t, std::uint64_t> populated; // begin, end
        std::map<std::uint32_t, bool> ports;              // allocated; whether dom0 has notified it
        std::optional<std::uint32_t> asked;               // by domain_shutdown
        unsigned destroy_calls = 0;
        unsigned unpaused = 0;
    };

    // What the test arranges.
    bool seals = true; // the processor is up to sealed page tables
    std::uint64_t free_frames = 1 << 20;
    std::uint64_t frames_per_call = 1 << 14;    // most that one populate does
    unsigned destroy_calls = 0;                 // domain_destroy says "call again" so often
    std::map<std::uint64_t, std::int64_t> fail; // the next call of this number answers so
    std::uint32_t map_limit = ~0u;              // MAP_FOREIGN fails after so many more
    std::string log;
    std::uint64_t log_begin = 0;
    std::set<std::uint32_t> mapped_elsewhere; // domains that somebody else maps frames of

    // What the test looks at.
    std::vector<std::uint64_t> calls;
    std::map<std::uint32_t, unsigned> granted; // pages of dom0's processes, ever, to each domain
    std::map<std::uint32_t, Domain> domains;

    FakeMachine();

    std::unique_ptr<FakeDevice> open(); // /dev/lintel; closing it lets go of mappings and ports

    // The guest's part.
    std::uint32_t only() const; // the number of the one domain there is
    std::vector<std::byte> read(std::uint32_t domain, std::uint64_t gpa, std::size_t bytes);
    std::byte* page(std::uint32_t domain, std::uint64_t gpa,
                    std::size_t pages); // until the test ends
    void notify(std::uint32_t domain, std::uint32_t port);
    void shut_down(std::uint32_t domain, std::uint32_t reason);
    void crash(std::uint32_t domain, const std::string& text);
    int memory(std::uint32_t domain) const { return domains.at(domain).memory.get(); }

private:
    friend class FakeDevice;

    std::int64_t call(lintel_ioctl_call& request);
    std::int64_t create(const lintel_domain_create& limits);
    std::int64_t destroy(std::uint32_t number);
    std::int64_t populate(Domain& domain, std::uint64_t gpa, std::uint64_t frames);
    std::int64_t info(lintel_ioctl_call& request);
    std::int64_t read_log(lintel_ioctl_call& request);
    bool is_populated(const Domain& domain, std::uint64_t gpa, std::uint64_t pages) const;
    void tell_dom0();

    std::set<FakeDevice*> devices_;
    std::uint32_t last_number_ = 0;
    std::uint32_t last_port_ = 0;
    std::uint32_t last_reference_ = 7;
    std::uint64_t time_ = 1'000'000;
};

class FakeDevice final : public Device {
public:
    explicit FakeDevice(FakeMachine& machine);
    ~FakeDevice() override;

    int request(std::uint32_t number, void* argument) override;
    void* map(std::uint64_t offset, std::size_t bytes, bool writable) override;
    void unmap(void* address, std::size_t bytes) override;
    int read_ports(std::span<std::uint32_t> ports) override;
    int unmask_ports(std::span<const std::uint32_t> ports) override;
    int descriptor() const override { return event_.get(); }

    std::size_t mappings() const { return foreign_.size(); }
    std::size_t ports() const { return ports_.size(); }

private:
    friend class FakeMachine;

    struct Foreign {
        std::uint32_t domain;
        std::uint64_t gpa;
        std::uint64_t pages;
        void* address = nullptr;
    };
    struct Bound {
        std::uint32_t domain; // or a virtual interrupt
        std::uint32_t remote; // 0: a virtual interrupt
        bool pending = false;
        bool masked = false;
    };

    int map_foreign(lintel_ioctl_map_foreign& request);
    int grant(const lintel_ioctl_grant& request);
    bool refused(std::uint32_t number, const void* argument) const; // as it is confined
    int port(std::uint32_t number, lintel_ioctl_port& request);
    void fire(Bound& bound);
    void update_event();
    bool maps(std::uint32_t domain) const;

    FakeMachine& machine_;
    UniqueFd event_;
    std::map<std::uint64_t, Foreign> foreign_; // by offset
    std::map<std::uint32_t, Bound> ports_;     // by local number
    std::uint64_t last_offset_ = 0;
    std::optional<std::uint32_t> confined_; // to this domain
};

} // namespace lintel
