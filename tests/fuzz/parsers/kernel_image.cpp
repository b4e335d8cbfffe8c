// SPDX-License-Identifier: Apache-2.0
// What somebody could give as dom0's kernel: any file.
#include "domain/kernel_image.hpp"

#include "fakes/byte_builder.hpp"
#include "fuzz/require.hpp"

using namespace lintel;

namespace {

bool loaded(const KernelImage& image, std::uint64_t address)
{
    for (const auto& segment : image.segments)
        if (address >= segment.physical && address - segment.physical < segment.file.size())
            return true;
    return false;
}

void check(Bytes file, const KernelImage& image)
{
    REQUIRE(!image.segments.empty());
    REQUIRE(loaded(image, image.entry));
    for (const auto& segment : image.segments) {
        REQUIRE(segment.memory_size != 0 && segment.end() > segment.physical);
        REQUIRE(segment.file.size() <= segment.memory_size);
        if (!segment.file.empty())
            REQUIRE(segment.file.data() >= file.data() &&
                    segment.file.data() + segment.file.size() <= file.data() + file.size());
        for (const auto& other : image.segments)
            REQUIRE(&other == &segment || other.end() <= segment.physical ||
                    segment.end() <= other.physical);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const ExactBytes file{std::as_bytes(std::span{data, size})};
    const auto image = parse_kernel_image(file.get());
    if (image.ok())
        check(file.get(), image.value());
    else
        REQUIRE(describe(image.error())[0] != '\0');
    return 0;
}
