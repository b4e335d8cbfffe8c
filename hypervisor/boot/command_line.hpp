// SPDX-License-Identifier: Apache-2.0
// The hypervisor's own command line: words `key=value`, separated by white space; the last one of a
// kind counts.
//
//   console=e9|com1|none                      where dom0's console goes       (com1)
//   log=e9,com1|none                          where the log goes, a list      (com1)
//   loglevel=error|warning|notice|info|debug  the least important line shown  (info)
//   dom0_mem=N[K|M|G]                         memory of dom0, bytes by itself (512M)
//   dom0_vcpus=N                              vCPUs of dom0, 1 to 32          (CPUs)
//   selftest=none|assertion|exception         breaks on purpose before dom0   (none)
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "support/error.hpp"
#include "support/log_level.hpp"
#include "support/output_ports.hpp"

namespace lintel {

// Shows that a panic reports what it should.
enum class SelfTest : std::uint8_t {
    none,
    assertion,
    exception
};

struct Options {
    ConsolePort console = ConsolePort::com1;
    LogPorts log = {.e9 = false, .com1 = true};
    LogLevel log_level = LogLevel::info;
    std::uint64_t dom0_memory = 512ull << 20; // bytes, never zero
    unsigned dom0_vcpus = 0; // 0: one for each CPU
    SelfTest self_test = SelfTest::none;
};

struct CommandLine {
    struct Complaint {
        Error error; // bad_argument, or limit_reached for a number that is too large
        std::string_view word;
    };

    // A bad word changes nothing, but the good ones count, so that the complaint appears where the
    // user wanted the log.
    Options options;
    std::optional<Complaint> bad_word;            // the first
    std::optional<std::string_view> unknown_word; // the first
};

// The words in the answer point into `text`.
CommandLine parse_command_line(std::string_view text);

} // namespace lintel
