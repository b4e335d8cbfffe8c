// SPDX-License-Identifier: Apache-2.0
// What makes a configuration usable beyond its grammar: the rules beside the fields in
// domain.proto, and the few that a number cannot say. The command checks what a person wrote,
// linteld what a client sent.
#pragma once

#include <algorithm>
#include <optional>
#include <string>

#include <google/protobuf/text_format.h>

#include "domain.pb.h"

namespace lintel {

struct Complaint {
    std::string field; // "disk.path"
    std::string text;
    int line = 0; // in the file, from 1; 0: not at any line
};

// Where the values of a message were written; null: unknown.
using Places = const google::protobuf::TextFormat::ParseInfoTree*;

// The first complaint, in the order of the fields.
std::optional<Complaint> find_complaint(const proto::DomainConfig& config, Places places = nullptr);
// Of a disk that is attached to a guest later.
std::optional<Complaint> find_complaint(const proto::DomainConfig::Disk& disk);

// All disks of a guest together use at most so many pages of memory for their data.
inline constexpr std::uint32_t most_pool_pages = 16384;
inline constexpr std::uint32_t most_default_queues = 4;
inline std::uint32_t queues_of(const proto::DomainConfig::Disk& disk, std::uint32_t vcpus)
{
    return disk.has_queues() ? disk.queues() : std::min(vcpus, most_default_queues);
}
std::uint32_t pool_pages_of(const proto::DomainConfig& config);

} // namespace lintel
