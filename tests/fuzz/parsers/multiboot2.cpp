// SPDX-License-Identifier: Apache-2.0
// What a boot loader could pass: any bytes as Multiboot2 information.
#include "boot/multiboot2.hpp"

#include "fakes/byte_builder.hpp"
#include "fuzz/require.hpp"

using namespace lintel;

namespace {

bool within(Bytes whole, const void* start, std::size_t size)
{
    const auto* first = static_cast<const std::byte*>(start);
    return first >= whole.data() && first + size <= whole.data() + whole.size();
}

void check(Bytes bytes, const multiboot2::Info& info)
{
    if (!info.command_line.empty())
        REQUIRE(within(bytes, info.command_line.data(), info.command_line.size() + 1));
    for (const auto& range : info.memory)
        REQUIRE(range.length != 0 && range.end() > range.base);
    for (const auto& module : info.modules) {
        REQUIRE(module.start <= module.end);
        REQUIRE(within(bytes, module.string.data(), module.string.size() + 1));
        REQUIRE(module.string.data()[module.string.size()] == '\0');
    }
    if (info.rsdp.has_value())
        REQUIRE(within(bytes, info.rsdp->data(), info.rsdp->size()));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const ExactBytes input{std::as_bytes(std::span{data, size})};
    auto info = multiboot2::parse(input.get());
    if (info.ok())
        check(input.get(), info.value());
    else
        REQUIRE(info.error() == Error::bad_argument || info.error() == Error::limit_reached);
    return 0;
}
