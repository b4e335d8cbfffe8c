// SPDX-License-Identifier: Apache-2.0
// Makes a guest: a domain with its memory, its kernel and all that the kernel finds when it starts,
// paused before its first instruction. Contracts: docs/abi/domains.md, docs/abi/boot.md.
#pragma once

#include <cstdint>
#include <string>

#include "builder/device_area.hpp"
#include "liblintel/control.hpp"

namespace lintel {

struct GuestSpec {
    std::string kernel;  // path of an ELF file
    std::string ramdisk; // path, or empty
    std::string command_line;
    std::uint64_t memory_bytes; // whole pages
    std::uint32_t vcpus;
    std::uint32_t flags = 0; // LINTEL_DOMAIN_SEALED and its kin
    std::uint32_t pool_pages = 0; // of backends, that it is going to map
};

struct BuiltGuest {
    DomainId domain;
    DevicePorts ports;
};

// The files are not trusted. When this fails, nothing of the domain is left.
Outcome<BuiltGuest> build_guest(Control& control, const GuestSpec& spec);

// Calls domain_destroy until the domain is gone, for one that never ran.
void discard_domain(Control& control, DomainId domain);

} // namespace lintel
