// SPDX-License-Identifier: Apache-2.0
// A VMCS for tests: fields by encoding, and every VMWRITE in order. Fields start out as zero.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "vmx/vmcs.hpp"

namespace lintel {

class FakeVmcs {
public:
    // The code under test comes this way.
    std::uint64_t vmread(std::uint32_t encoding) const
    {
        const auto field = fields_.find(encoding);
        return field == fields_.end() ? 0 : field->second;
    }
    void vmwrite(std::uint32_t encoding, std::uint64_t value)
    {
        fields_[encoding] = value;
        history_.emplace_back(encoding, value);
    }

    // Tests come this way, to read-only fields as well.
    template <typename T, bool writable>
    FakeVmcs& set(vmcs::Field<T, writable> field, std::type_identity_t<T> value)
    {
        fields_[field.encoding()] = value;
        return *this;
    }
    template <typename T, bool writable>
    T get(vmcs::Field<T, writable> field) const
    {
        return static_cast<T>(vmread(field.encoding()));
    }
    template <typename T, bool writable>
    bool was_written(vmcs::Field<T, writable> field) const
    {
        for (const auto& [encoding, value] : history_)
            if (encoding == field.encoding())
                return true;
        return false;
    }
    std::size_t writes() const { return history_.size(); }

private:
    std::map<std::uint32_t, std::uint64_t> fields_;
    std::vector<std::pair<std::uint32_t, std::uint64_t>> history_;
};

} // namespace lintel
