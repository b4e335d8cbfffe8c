// SPDX-License-Identifier: Apache-2.0
// Typed access to the current VMCS: a wrong width, or a write to a read-only field, does not
// compile. Encoding: Intel SDM Vol. 3, Appendix "Field Encoding in VMCS". Fields:
// vmx/vmcs_fields.hpp.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace lintel::vmcs {

void type_contradicts_encoding(); // never defined: reaching it at compile time is the diagnostic

template <typename T, bool writable>
class Field {
public:
    consteval explicit Field(std::uint32_t encoding) : encoding_{encoding}
    {
        constexpr std::size_t width[] = {2, 8, 4, 8}; // bits 14:13: 16-bit, 64-bit, 32-bit, natural
        const bool exit_information = (encoding >> 10 & 3) == 1; // bits 11:10: read-only data
        if (sizeof(T) != width[encoding >> 13 & 3] || exit_information == writable)
            type_contradicts_encoding();
    }
    constexpr std::uint32_t encoding() const { return encoding_; }

private:
    std::uint32_t encoding_;
};
template <typename T>
using State = Field<T, true>;
template <typename T>
using ExitInfo = Field<T, false>;

// VMREAD and VMWRITE: vmx/port.hpp on the machine, tests/fakes/fake_vmcs.hpp on the host.
template <typename P>
concept Port = requires(P& port, std::uint32_t encoding, std::uint64_t value)
{
    {
        port.vmread(encoding)
        } -> std::same_as<std::uint64_t>;
    port.vmwrite(encoding, value);
};

template <typename T, bool writable>
T read(Port auto& port, Field<T, writable> field)
{
    return static_cast<T>(port.vmread(field.encoding()));
}
template <typename T>
void write(Port auto& port, State<T> field, std::type_identity_t<T> value)
{
    port.vmwrite(field.encoding(), value);
}

} // namespace lintel::vmcs
