// SPDX-License-Identifier: Apache-2.0
// Root-mode page tables. Intel SDM Vol. 3, "4-Level Paging".
#include "mm/host_map.hpp"

#include "cpu/registers.hpp"
#include "mm/machine_memory.hpp"

extern "C" std::byte image_text[], image_rodata[], image_data[], image_end[];

namespace lintel {

namespace {

constexpr std::uint64_t present = 1, writable = 2, large = 1u << 7, no_execute = 1ull << 63,
                        accessed_dirty = 0x60, address_mask = 0x000f'ffff'ffff'f000;
constexpr std::uint64_t image_offset = 0xfffffe8040000000; // boot/lintel.lds

// The entry of `virtual_address` in the table of `level` (0 = 4 KiB), tables made on the way.
Result<std::uint64_t*> entry_for(Mfn root, std::uint64_t virtual_address, unsigned level)
{
    Mfn table = root;
    for (unsigned at = 3; at > level; --at) {
        std::uint64_t& entry =
            at_frame<std::uint64_t>(table)[virtual_address >> (12 + 9 * at) & 511];
        if ((entry & present) == 0)
            entry = TRY(allocate_cleared_frame()).address() | present | writable;
        table = Mfn::of(entry & address_mask);
    }
    return at_frame<std::uint64_t>(table) + (virtual_address >> (12 + 9 * level) & 511);
}

Result<> map_image_part(Mfn root, const std::byte* begin, const std::byte* end,
                        std::uint64_t rights)
{
    for (auto address = reinterpret_cast<std::uint64_t>(begin);
         address < reinterpret_cast<std::uint64_t>(end); address += page_size)
        *TRY(entry_for(root, address, 0)) =
            (address - image_offset) | present | accessed_dirty | rights;
    return {};
}

Mfn root_table;

} // namespace

Result<> load_host_map(std::uint64_t memory_end)
{
    constexpr std::uint64_t size_2m = page_size << order_2m;
    const Mfn root = TRY(allocate_cleared_frame());
    for (std::uint64_t address = 0; address < memory_end; address += size_2m)
        *TRY(entry_for(root, direct_map_base + address, 1)) =
            address | present | writable | large | no_execute | accessed_dirty;
    TRY(map_image_part(root, image_text, image_rodata, 0));
    TRY(map_image_part(root, image_rodata, image_data, no_execute));
    TRY(map_image_part(root, image_data, image_end, writable | no_execute));
    root_table = root;
    write_cr3(root.address());
    return {};
}

void use_host_map()
{
    write_cr3(root_table.address());
}

Result<volatile std::byte*> map_device_page(std::uint64_t machine_address)
{
    // PML4 slot 384: the same addresses as in the direct map, with another cache attribute.
    constexpr std::uint64_t device_map_base = 0xffff'c000'0000'0000;
    constexpr std::uint64_t uncacheable = 0x18; // PCD and PWT: PAT entry 3
    const std::uint64_t page = machine_address & ~(page_size - 1);
    *TRY(entry_for(root_table, device_map_base + page, 0)) =
        page | present | writable | no_execute | accessed_dirty | uncacheable;
    return reinterpret_cast<volatile std::byte*>(device_map_base + machine_address);
}

} // namespace lintel
