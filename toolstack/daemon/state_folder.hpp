// SPDX-License-Identifier: Apache-2.0
// What linteld writes down of each domain, so that a linteld started after it finds its guests: one
// file per domain, in text, replaced as a whole.
#pragma once

#include <optional>
#include <string>

#include <lintel/domain.h>

#include "control.pb.h"
#include "liblintel/control.hpp"
#include "liblintel/outcome.hpp"

namespace lintel {

class StateFolder {
public:
    // Makes the folder if it is missing; only its owner may look into it.
    static Outcome<StateFolder> open(const std::string& path);

    Outcome<> save(const proto::DomainRecord& record) const;
    void remove(DomainId domain) const;
    // Nothing if there is none, or if it is of an earlier domain with this number.
    std::optional<proto::DomainRecord> load(const lintel_domain_info& info) const;
    // The record's path; what else belongs to the domain has names that begin with this and a dot.
    std::string file(std::uint32_t domain) const;

private:
    explicit StateFolder(std::string path) : path_{std::move(path)} {}

    std::string path_;
};

} // namespace lintel
