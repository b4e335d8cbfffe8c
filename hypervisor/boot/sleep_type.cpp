// SPDX-License-Identifier: Apache-2.0
// Finding \_S5_. Encoding: ACPI Specification, "ACPI Machine Language (AML) Specification".
#include "boot/sleep_type.hpp"

#include "boot/acpi_tables.hpp"

namespace lintel::acpi {
namespace {

constexpr std::uint8_t op_zero = 0x00;
constexpr std::uint8_t op_one = 0x01;
constexpr std::uint8_t op_name = 0x08;
constexpr std::uint8_t prefix_byte = 0x0a;
constexpr std::uint8_t prefix_word = 0x0b;
constexpr std::uint8_t prefix_dword = 0x0c;
constexpr std::uint8_t op_package = 0x12;
constexpr std::uint8_t prefix_root = '\\';
constexpr std::uint32_t name_s5 = 0x5f35535f; // "_S5_"

// Reads on from a position, within bounds.
class Reader {
public:
    explicit Reader(Bytes bytes) : bytes_{bytes} {}
    template <typename T>
    Result<T> next()
    {
        const T value = TRY(read_at<T>(bytes_, 0));
        bytes_ = bytes_.subspan(sizeof(T));
        return value;
    }
    // Forgets what lies after the next `size` bytes.
    Result<> limit(std::uint64_t size)
    {
        bytes_ = TRY(slice(bytes_, 0, size));
        return {};
    }

private:
    Bytes bytes_;
};

// PkgLength: bits 7:6 of the first byte tell how many follow. The length counts itself.
Result<> enter_package(Reader& reader)
{
    const auto lead = TRY(reader.next<std::uint8_t>());
    const unsigned following = lead >> 6;
    std::uint32_t length = following == 0 ? lead & 0x3f : lead & 0xf;
    for (unsigned i = 0; i < following; ++i)
        length |= std::uint32_t{TRY(reader.next<std::uint8_t>())} << (4 + 8 * i);
    if (length < 1 + following)
        return Error::bad_argument;
    return reader.limit(length - 1 - following);
}

Result<std::uint32_t> integer(Reader& reader)
{
    switch (TRY(reader.next<std::uint8_t>())) {
    case op_zero:
        return 0u;
    case op_one:
        return 1u;
    case prefix_byte:
        return std::uint32_t{TRY(reader.next<std::uint8_t>())};
    case prefix_word:
        return std::uint32_t{TRY(reader.next<std::uint16_t>())};
    case prefix_dword:
        return reader.next<std::uint32_t>();
    default:
        return Error::bad_argument;
    }
}

// `definition` starts at NameOp.
Result<SleepType> parse(Bytes definition)
{
    constexpr std::uint32_t largest_type = 7;

    Reader reader{definition};
    if (TRY(reader.next<std::uint8_t>()) != op_name)
        return Error::bad_argument;
    Reader without_root = reader;
    if (TRY(reader.next<std::uint8_t>()) != prefix_root)
        reader = without_root;
    if (TRY(reader.next<std::uint32_t>()) != name_s5 ||
        TRY(reader.next<std::uint8_t>()) != op_package)
        return Error::bad_argument;
    TRY(enter_package(reader));
    if (TRY(reader.next<std::uint8_t>()) < 2) // elements
        return Error::bad_argument;
    const auto a = TRY(integer(reader));
    const auto b = TRY(integer(reader));
    if (a > largest_type || b > largest_type)
        return Error::bad_argument;
    return SleepType{static_cast<std::uint8_t>(a), static_cast<std::uint8_t>(b)};
}

} // namespace

Result<SleepType> find_s5(Bytes dsdt)
{
    for (std::size_t at = sizeof(TableHeader); at < dsdt.size(); ++at) {
        auto found = parse(dsdt.subspan(at));
        if (found.ok())
            return found.value();
    }
    return Error::not_found;
}

} // namespace lintel::acpi
