// SPDX-License-Identifier: Apache-2.0
// Good inputs of the parsers, by the builders of the unit tests.
#include "fuzz/seeds.hpp"

#include <initializer_list>

#include "fakes/kernel_file.hpp"
#include "fakes/madt_builder.hpp"
#include "fakes/multiboot2_builder.hpp"
#include "fuzz/parsers/acpi_layout.hpp"

namespace lintel::fuzz {
namespace {

void add_multiboot2(const Seeds& seeds)
{
    using namespace multiboot2;
    seeds.add("multiboot2", "empty", Information{}.finish());
    auto map = one_range(0, 0x9f000, 1);
    add_range(map, 0x100000, 0x7ff00000, 1);
    add_range(map, 0xfec00000, 0x1000, 2);
    seeds.add("multiboot2", "everything",
              Information{}
                  .command_line("log=com1 x")
                  .tag(6, map)
                  .module(0x1000000, 0x1800000, "vmlinux console=hvc0")
                  .module(0x2000000, 0x2000001, "")
                  .rsdp(14, "old")
                  .rsdp(15, "newer")
                  .tag(77, ByteBuilder{}.zeros(13))
                  .finish());
}

void add_kernel_image(const Seeds& seeds)
{
    using namespace kernel_file;
    seeds.add("kernel_image", "small", File{}.bytes());
    File other_notes;
    other_notes.notes = note("GNU", 3, ByteBuilder{}.zeros(17));
    other_notes.notes.add_bytes(pvh_note(std::uint64_t{base + 8}).bytes());
    seeds.add("kernel_image", "other-notes", other_notes.bytes());
    File aligned;
    aligned.note_program().alignment = 8;
    aligned.notes = pvh_note(std::uint32_t{base}, 8);
    seeds.add("kernel_image", "aligned-notes", aligned.bytes());
    File edges; // the entry in the last byte of a segment that touches the next
    edges.notes = pvh_note(std::uint64_t{base + load_bytes - 1});
    edges.first().memory_size = load_bytes;
    edges.second().physical = base + load_bytes;
    edges.second().file_size = 0;
    seeds.add("kernel_image", "edges", edges.bytes());
    seeds.add("kernel_image", "bzimage",
              ByteBuilder{}.add_text("MZ").zeros(0x200).add_text("HdrS").zeros(8));
}

// Tables as the target reads them, the root pointer's table first.
ByteBuilder memory(const ByteBuilder& pointer, std::initializer_list<ByteBuilder> tables)
{
    ByteBuilder input;
    input.add(std::uint8_t{0}).add_bytes(pointer.bytes());
    for (const auto& table : tables)
        input.add(static_cast<std::uint16_t>(table.size())).add_bytes(table.bytes());
    return input;
}

constexpr std::uint64_t place(unsigned index)
{
    return acpi_first_table + index * acpi_table_distance;
}

ByteBuilder madt()
{
    return acpi::MadtBuilder{}
        .cpu(0, 1)
        .x2apic(300, 1)
        .io_apic(8, 0xfec00000, 0)
        .source_override(0, 2, 0)
        .source_override(9, 9, 0xd)
        .address(0xfee00000)
        .entry(4, ByteBuilder{}.zeros(4))
        .finish();
}

ByteBuilder fadt(std::uint64_t dsdt)
{
    ByteBuilder table = acpi::table("FACP", ByteBuilder{}.zeros(208));
    table.set(40, static_cast<std::uint32_t>(dsdt));
    table.set(64, std::uint32_t{0xb004});         // PM1a control
    table.set(112, std::uint32_t{1u << 10});      // a reset register: one byte, in I/O space
    table.set(116, std::uint32_t{0x01'00'08'01}); // space, width, offset, access size
    table.set(120, std::uint64_t{0xcf9});
    table.set(140, dsdt);
    return table;
}

ByteBuilder dsdt()
{
    ByteBuilder code;
    code.add('\x08').add_text("_S5_").add('\x12');
    for (const int byte : {8, 4, 0x0a, 7, 0x0a, 5, 0, 0}) // types with a prefix, up to the largest
        code.add(static_cast<std::uint8_t>(byte));
    return acpi::table("DSDT", code);
}

void add_acpi(const Seeds& seeds)
{
    // The HPET table's address structure: memory, 64 bits wide, at 0xfed00000.
    const auto hpet = acpi::table(
        "HPET", ByteBuilder{}.zeros(4).add(std::uint32_t{0x4000}).add(0xfed00000ull).zeros(4));
    seeds.add("acpi", "xsdt",
              memory(acpi::rsdp_new(0, place(0)), {acpi::xsdt({place(1), place(2), place(3)}),
                                                   madt(), fadt(place(4)), hpet, dsdt()}));
    seeds.add("acpi", "rsdt",
              memory(acpi::rsdp_old(place(0)).zeros(16),
                     {acpi::rsdt({static_cast<std::uint32_t>(place(1))}), madt()}));
}

} // namespace

void add_parser_seeds(const Seeds& seeds)
{
    add_multiboot2(seeds);
    add_kernel_image(seeds);
    add_acpi(seeds);
}

} // namespace lintel::fuzz
