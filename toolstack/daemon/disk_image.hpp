// SPDX-License-Identifier: Apache-2.0
// What a disk's content may lie in, seen before anybody depends on it.
#pragma once

#include "domain.pb.h"
#include "liblintel/outcome.hpp"

namespace lintel {

// Whether it can be opened as the disk wants it, and is a file or a block device.
Outcome<> check_image(const proto::DomainConfig::Disk& disk);

// Both lie in the same file or device, and at least one writes to it.
bool disturb_each_other(const proto::DomainConfig::Disk& one,
                        const proto::DomainConfig::Disk& other);

} // namespace lintel
