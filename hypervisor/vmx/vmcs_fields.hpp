// SPDX-License-Identifier: Apache-2.0
// The VMCS fields in use. Intel SDM Vol. 3, Appendix "Field Encoding in VMCS", tables by width.
#pragma once

#include "vmx/vmcs.hpp"

namespace lintel::vmcs {

using U16 = State<std::uint16_t>;
using U32 = State<std::uint32_t>;
using U64 = State<std::uint64_t>;
using Info32 = ExitInfo<std::uint32_t>;
using Info64 = ExitInfo<std::uint64_t>;

// Control fields.
inline constexpr U16 vpid{0x0000};
inline constexpr U64 io_bitmap_a{0x2000}, io_bitmap_b{0x2002}, msr_bitmap{0x2004};
inline constexpr U64 tsc_offset{0x2010}, ept_pointer_field{0x201a}, encls_bitmap{0x202e};
inline constexpr U32 pin_controls{0x4000}, primary_controls{0x4002}, exception_bitmap{0x4004};
inline constexpr U32 page_fault_error_mask{0x4006}, page_fault_error_match{0x4008};
inline constexpr U32 cr3_target_count{0x400a}, exit_controls{0x400c};
inline constexpr U32 exit_msr_store_count{0x400e}, exit_msr_load_count{0x4010};
inline constexpr U32 entry_controls{0x4012}, entry_msr_load_count{0x4014};
inline constexpr U32 entry_interruption{0x4016}, entry_error_code{0x4018};
inline constexpr U32 entry_instruction_length{0x401a}, tpr_threshold{0x401c};
inline constexpr U32 preemption_timer_value{0x482e};
inline constexpr U32 secondary_controls{0x401e};
inline constexpr U32 pause_loop_gap{0x4020}, pause_loop_window{0x4022};
inline constexpr U64 cr3_targets[] = {U64{0x6008}, U64{0x600a}, U64{0x600c}, U64{0x600e}};
inline constexpr U64 cr0_mask{0x6000}, cr4_mask{0x6002}, cr0_shadow{0x6004}, cr4_shadow{0x6006};

// Exit information.
inline constexpr Info64 guest_physical_address{0x2400};
inline constexpr Info32 instruction_error{0x4400}, exit_reason{0x4402};
inline constexpr Info32 exit_interruption{0x4404}, exit_error_code{0x4406};
inline constexpr Info32 idt_vectoring{0x4408}, idt_vectoring_error{0x440a};
inline constexpr Info32 exit_instruction_length{0x440c}, exit_instruction_info{0x440e};
inline constexpr Info64 exit_qualification{0x6400}, guest_linear_address{0x640a};

// Guest state.
inline constexpr U16 guest_es{0x0800}, guest_cs{0x0802}, guest_ss{0x0804}, guest_ds{0x0806};
inline constexpr U16 guest_fs{0x0808}, guest_gs{0x080a}, guest_ldtr{0x080c}, guest_tr{0x080e};
inline constexpr U64 vmcs_link{0x2800}, guest_debugctl{0x2802}, guest_pat{0x2804};
inline constexpr U64 guest_efer{0x2806};
inline constexpr U32 guest_es_limit{0x4800}, guest_cs_limit{0x4802}, guest_ss_limit{0x4804};
inline constexpr U32 guest_ds_limit{0x4806}, guest_fs_limit{0x4808}, guest_gs_limit{0x480a};
inline constexpr U32 guest_ldtr_limit{0x480c}, guest_tr_limit{0x480e};
inline constexpr U32 guest_gdtr_limit{0x4810}, guest_idtr_limit{0x4812};
inline constexpr U32 guest_es_rights{0x4814}, guest_cs_rights{0x4816}, guest_ss_rights{0x4818};
inline constexpr U32 guest_ds_rights{0x481a}, guest_fs_rights{0x481c}, guest_gs_rights{0x481e};
inline constexpr U32 guest_ldtr_rights{0x4820}, guest_tr_rights{0x4822};
inline constexpr U32 guest_interruptibility{0x4824}, guest_activity{0x4826};
inline constexpr U32 guest_sysenter_cs{0x482a};
inline constexpr U64 guest_cr0{0x6800}, guest_cr3{0x6802}, guest_cr4{0x6804};
inline constexpr U64 guest_es_base{0x6806}, guest_cs_base{0x6808}, guest_ss_base{0x680a};
inline constexpr U64 guest_ds_base{0x680c}, guest_fs_base{0x680e}, guest_gs_base{0x6810};
inline constexpr U64 guest_ldtr_base{0x6812}, guest_tr_base{0x6814};
inline constexpr U64 guest_gdtr_base{0x6816}, guest_idtr_base{0x6818};
inline constexpr U64 guest_dr7{0x681a}, guest_rsp{0x681c}, guest_rip{0x681e};
inline constexpr U64 guest_rflags{0x6820}, guest_pending_debug{0x6822};
inline constexpr U64 guest_sysenter_esp{0x6824}, guest_sysenter_eip{0x6826};

// Host state.
inline constexpr U16 host_es{0x0c00}, host_cs{0x0c02}, host_ss{0x0c04}, host_ds{0x0c06};
inline constexpr U16 host_fs{0x0c08}, host_gs{0x0c0a}, host_tr{0x0c0c};
inline constexpr U64 host_pat{0x2c00}, host_efer{0x2c02};
inline constexpr U32 host_sysenter_cs{0x4c00};
inline constexpr U64 host_cr0{0x6c00}, host_cr3{0x6c02}, host_cr4{0x6c04};
inline constexpr U64 host_fs_base{0x6c06}, host_gs_base{0x6c08}, host_tr_base{0x6c0a};
inline constexpr U64 host_gdtr_base{0x6c0c}, host_idtr_base{0x6c0e};
inline constexpr U64 host_sysenter_esp{0x6c10}, host_sysenter_eip{0x6c12};
inline constexpr U64 host_rsp{0x6c14}, host_rip{0x6c16};

} // namespace lintel::vmcs
