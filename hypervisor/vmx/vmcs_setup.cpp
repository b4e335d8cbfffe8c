// SPDX-License-Identifier: Apache-2.0
// Fills a VMCS. Intel SDM Vol. 3, "Virtual Machine Control Structures" and the checks of "VM
// Entries".
#include "vmx/vmcs_setup.hpp"

#include "cpu/clock.hpp"
#include "cpu/idt.hpp"
#include "cpu/quirks.hpp"
#include "cpu/registers.hpp"
#include "vmx/control_register_bits.hpp"
#include "vmx/controls.hpp"
#include "vmx/guest_registers.hpp"
#include "vmx/port.hpp"
#include "vmx/vmcs_fields.hpp"

namespace lintel {

namespace {

using namespace vmcs;

void controls(MachinePort& port, const VmcsPages& pages, const VmxFeatures& features,
              std::uint16_t vpid_number)
{
    write(port, pin_controls, features.pin);
    write(port, primary_controls, features.primary);
    write(port, secondary_controls, features.secondary);
    write(port, vmcs::exit_controls, features.exit);
    write(port, vmcs::entry_controls, features.entry);
    write(port, exception_bitmap, intercepted_exceptions);
    write(port, page_fault_error_mask, 0);
    write(port, page_fault_error_match, 0);
    write(port, cr3_target_count, 0);
    write(port, exit_msr_store_count, 0);
    write(port, exit_msr_load_count, 0);
    write(port, entry_msr_load_count, 0);
    write(port, entry_interruption, 0);
    write(port, vmcs::vpid, vpid_number);
    write(port, ept_pointer_field, ept_pointer(pages.ept_root));
    write(port, io_bitmap_a, pages.io_bitmaps.address());
    write(port, io_bitmap_b, (pages.io_bitmaps + 1).address());
    write(port, vmcs::msr_bitmap, pages.msr_bitmap.address());
    write(port, vmcs_link, ~0ull);
    if ((features.secondary & secondary::encls) != 0)
        write(port, encls_bitmap, ~0ull); // no enclaves in guests, whatever the firmware enabled
    if (features.pause_loop) {
        constexpr std::uint32_t gap_ticks = 128, window_ticks = 4096; // what KVM settled on
        write(port, pause_loop_gap, gap_ticks);
        write(port, pause_loop_window, window_ticks);
    }
}

// The timer counts anew from each entry: it only ends stays in the guest that nothing else ends.
void bound_stays(MachinePort& port, const VmxFeatures& features)
{
    constexpr std::uint64_t rate_mask = 0x1f; // it counts once per 2^rate ticks of the TSC
    const std::uint64_t millisecond = machine_clock().khz;
    write(port, pin_controls, features.pin | pin::preemption_timer);
    write(port, preemption_timer_value,
          static_cast<std::uint32_t>(millisecond >> (read_msr(Msr::vmx_misc) & rate_mask)));
}

void host_state(MachinePort& port, const Cpu& cpu)
{
    write(port, host_cr0, read_cr0());
    write(port, host_cr3, read_cr3());
    write(port, host_cr4, read_cr4());
    write(port, host_efer, read_msr(Msr::efer));
    write(port, host_pat, read_msr(Msr::pat));
    write(port, host_cs, selector::code);
    for (const auto field : {host_ss, host_ds, host_es})
        write(port, field, selector::data);
    write(port, host_fs, 0);
    write(port, host_gs, 0);
    write(port, host_tr, selector::task);
    write(port, host_fs_base, 0);
    write(port, host_gs_base, reinterpret_cast<std::uint64_t>(&cpu));
    write(port, host_tr_base, cpu.descriptors.task_base());
    write(port, host_gdtr_base, cpu.descriptors.gdt_base());
    write(port, host_idtr_base, idt_base());
    write(port, host_sysenter_cs, 0);
    write(port, host_sysenter_esp, 0);
    write(port, host_sysenter_eip, 0);
    write(port, host_rip, reinterpret_cast<std::uint64_t>(&vmx_exit));
}

struct SegmentFields {
    U16 selector;
    U64 base;
    U32 limit, rights;
};
constexpr SegmentFields data_segments[] = {
    {guest_ds, guest_ds_base, guest_ds_limit, guest_ds_rights},
    {guest_es, guest_es_base, guest_es_limit, guest_es_rights},
    {guest_ss, guest_ss_base, guest_ss_limit, guest_ss_rights},
    {guest_fs, guest_fs_base, guest_fs_limit, guest_fs_rights},
    {guest_gs, guest_gs_base, guest_gs_limit, guest_gs_rights},
};

void segment(MachinePort& port, const SegmentFields& fields, std::uint16_t selector,
             std::uint32_t limit, std::uint32_t rights)
{
    write(port, fields.selector, selector);
    write(port, fields.base, 0);
    write(port, fields.limit, limit);
    write(port, fields.rights, rights);
}

// Flat segments as the PVH boot protocol asks for them, also in 64-bit mode but for the code
// segment's size. Rights: table "Format of Access Rights". The rights of a busy 32-bit and of a busy
// 64-bit task-state segment are the same.
void guest_segments(MachinePort& port, bool long_mode)
{
    constexpr std::uint32_t flat = 0xffff'ffff;
    constexpr std::uint32_t code_32 = 0xc09b, code_64 = 0xa09b, data_32 = 0xc093, task_32 = 0x8b,
                            ldt_unusable = 1u << 16;
    segment(port, {guest_cs, guest_cs_base, guest_cs_limit, guest_cs_rights}, 8, flat,
            long_mode ? code_64 : code_32);
    for (const SegmentFields& fields : data_segments)
        segment(port, fields, 16, flat, data_32);
    segment(port, {guest_tr, guest_tr_base, guest_tr_limit, guest_tr_rights}, 0, 0x67, task_32);
    segment(port, {guest_ldtr, guest_ldtr_base, guest_ldtr_limit, guest_ldtr_rights}, 0, 0,
            ldt_unusable);
    write(port, guest_gdtr_base, 0);
    write(port, guest_gdtr_limit, 0);
    write(port, guest_idtr_base, 0);
    write(port, guest_idtr_limit, 0);
}

void guest_mode(MachinePort& port, const VmxFeatures& features, const GuestEntry& guest)
{
    const std::uint64_t cr0 = guest.long_mode ? cr0::pe | cr0::et | cr0::ne | cr0::wp | cr0::pg
                                              : cr0::pe | cr0::et | cr0::ne;
    const std::uint64_t cr4 = guest.long_mode ? cr4::pae : 0;
    constexpr std::uint64_t long_efer = efer::sce | efer::lme | efer::lma | efer::nxe;
    write(port, guest_cr0, cr0);
    write(port, cr0_shadow, guest.long_mode ? cr0 : cr0 & ~cr0::ne);
    write(port, vmcs::cr0_mask, cr0_host_owned);
    write(port, guest_cr3, guest.cr3);
    write(port, guest_cr4, cr4 | features.cr4_fixed | (read_cr4() & cr4_mce));
    write(port, cr4_shadow, cr4);
    // Bits this processor does not have exit as well, so that all refusals are decided in one
    // place.
    write(port, vmcs::cr4_mask, ~(cr4_guest_owned & read_msr(Msr::vmx_cr4_fixed1)));
    write(port, guest_efer, guest.long_mode ? long_efer : 0);
    if (guest.long_mode)
        write(port, vmcs::entry_controls, features.entry | entry_control::ia32e_guest);
}

void guest_state(MachinePort& port, const VmxFeatures& features, const GuestEntry& guest)
{
    constexpr std::uint64_t power_on_pat = 0x0007'0406'0007'0406, power_on_dr7 = 0x400;
    guest_segments(port, guest.long_mode);
    guest_mode(port, features, guest);
    write(port, guest_pat, power_on_pat);
    write(port, guest_dr7, power_on_dr7);
    write(port, guest_debugctl, 0);
    write(port, guest_rflags, rflags::fixed);
    write(port, guest_rip, guest.rip);
    write(port, guest_rsp, guest.rsp);
    write(port, guest_interruptibility, 0);
    write(port, guest_activity, 0);
    write(port, guest_pending_debug, 0);
    write(port, guest_sysenter_cs, 0);
    write(port, guest_sysenter_esp, 0);
    write(port, guest_sysenter_eip, 0);
}

} // namespace

void set_up_vmcs(const VmcsPages& pages, const VmxFeatures& features, const Cpu& cpu,
                 std::uint16_t vpid_number, const GuestEntry& entry)
{
    vmclear(pages.vmcs);
    vmptrld(pages.vmcs);
    MachinePort port;
    controls(port, pages, features, vpid_number);
    if (machine_quirks().interrupts_stay_out && features.preemption_timer)
        bound_stays(port, features);
    host_state(port, cpu);
    guest_state(port, features, entry);
}

} // namespace lintel
