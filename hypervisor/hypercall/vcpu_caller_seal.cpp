// SPDX-License-Identifier: Apache-2.0
// What hypercalls do to a domain's sealed page tables: seal/ judges and decides, this is the machine's part.
#include <lintel/seal.h>

#include "cpu/cpuid.hpp"
#include "cpu/log.hpp"
#include "domain/pinning.hpp"
#include "domain/rewalk.hpp"
#include "hypercall/leaving_roots.hpp"
#include "hypercall/vcpu_caller.hpp"
#include "seal/moves.hpp"

namespace lintel {

namespace {

constexpr std::uint64_t call_again = 1;

// The right to do one of the calls that go on over several, for one call.
class Turn {
public:
    explicit Turn(Sealed& sealed)
        : sealed_{sealed},
          is_mine_{!__atomic_exchange_n(&sealed.has_turn, true, __ATOMIC_ACQUIRE)}
    {
    }
    ~Turn()
    {
        if (is_mine_)
            __atomic_store_n(&sealed_.has_turn, false, __ATOMIC_RELEASE);
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    bool is_mine() const { return is_mine_; }

private:
    Sealed& sealed_;
    bool is_mine_;
};

Result<> begin_seal(Sealed& sealed, const Vcpu& vcpu, const seal::MasterRoot& master)
{
    for (unsigned i = 0; i < (master.pair ? 2u : 1u); ++i)
        if (sealed.tables.record.kept(master.page + i) != seal::FrameKind::root)
            return Error::bad_address;
    vmcs::MachinePort port;
    if (!fits_seal(vcpu, port))
        return Error::not_permitted;
    sealed.sealing.master = master;
    sealed.sealing.enter(seal::Phase::protecting);
    return {};
}

// Everything is checked: the processors follow.
void finish_seal(Vcpu& vcpu, vmcs::MachinePort& port)
{
    Domain& domain = *vcpu.domain;
    Sealed& sealed = *domain.sealed;
    sealed.tables.master = sealed.sealing.master;
    sealed.count_protected(sealed.sealing.protected_frames);
    sealed.cr4 = vmcs::read(port, vmcs::guest_cr4) & cr4_kept_set;
    sealed.sealing.enter(seal::Phase::sealed);
    pin_vcpu(vcpu, port);
    shoot_down(domain); // no other vCPU enters the guest again but by follow_seal()
    log(LogLevel::info, "domain {}: page tables sealed, {} frames protected", domain.id.number,
        sealed.protected_now());
}

} // namespace

bool VcpuCaller::can_seal()
{
    return (cpuid(7).ebx & cpuid_7_ebx_smep) != 0;
}

Result<> VcpuCaller::seal_declare(GfnRange range, std::uint32_t kind)
{
    Sealed& sealed = *vcpu_.domain->sealed;
    const Turn turn{sealed};
    if (!turn.is_mine())
        return Error::busy;
    switch (sealed.sealing.phase_now()) {
    case seal::Phase::open:
        return seal::declare(sealed.tables, range, kind);
    case seal::Phase::sealed:
        return Error::exists;
    case seal::Phase::protecting:
    case seal::Phase::checking:
    case seal::Phase::undoing:
        break;
    }
    return Error::busy;
}

Result<std::uint64_t> VcpuCaller::seal(Gfn root, bool pair)
{
    second_result(0);
    Domain& domain = *vcpu_.domain;
    Sealed& sealed = *domain.sealed;
    seal::Sealing& sealing = sealed.sealing;
    const Turn turn{sealed};
    if (!turn.is_mine()) {
        yield();
        return call_again;
    }
    const seal::MasterRoot master{root, pair};
    if (sealing.phase == seal::Phase::sealed)
        return Error::exists;
    if (sealing.phase == seal::Phase::open) {
        TRY(begin_seal(sealed, vcpu_, master));
        return call_again;
    }
    if (!(sealing.master == master))
        return Error::busy;
    SealedMemory tables{vcpu_};
    auto done = seal::advance(domain, sealed.tables, tables, sealing,
                              window_entry(domain));
    if (!done.ok()) {
        second_result(sealing.culprit);
        return done.error();
    }
    if (!done.value())
        return call_again;
    vmcs::MachinePort port;
    if (!fits_seal(vcpu_, port)) {
        seal::refuse(sealing, Error::not_permitted, 0);
        return call_again;
    }
    finish_seal(vcpu_, port);
    return std::uint64_t{0};
}

Result<std::uint64_t> VcpuCaller::pt_exchange(std::uint64_t address, std::uint64_t value)
{
    Sealed& sealed = *TRY(sealed_tables());
    SealedMemory memory{vcpu_};
    auto old = seal::Commands{sealed.tables, memory}.exchange(address, value);
    ++(old.ok() ? vcpu_.stats().pt_exchanges : vcpu_.stats().pt_refused);
    if (sealed.checks())
        rewalk(vcpu_, address);
    return old;
}

Result<std::uint64_t> VcpuCaller::pt_batch(unsigned first, unsigned end)
{
    Sealed& sealed = *TRY(sealed_tables());
    SealedMemory memory{vcpu_};
    const volatile std::uint64_t* const words = vcpu_.domain->shared.commands +
                                                vcpu_.index * (page_size / sizeof(std::uint64_t)) +
                                                2 * first;
    const auto answer = seal::Commands{sealed.tables, memory}.batch(
        [words](std::size_t i) { return words[i]; }, end - first);
    lintel_vcpu_stats& stats = vcpu_.stats();
    stats.pt_batches += answer.done != 0 ? 1 : 0;
    stats.pt_commands += answer.done;
    stats.pt_refused += answer.refused && answer.done == 0 ? 1 : 0;
    if (sealed.checks())
        rewalk(vcpu_, words, answer.done);
    if (answer.refused && answer.done == 0)
        return *answer.refused;
    return std::uint64_t{answer.done};
}

Result<std::uint64_t> VcpuCaller::pt_donate(GfnRange range)
{
    Sealed& sealed = *TRY(sealed_tables());
    const std::uint64_t done = TRY(seal::donate(*vcpu_.domain, sealed.tables, range));
    sealed.count_protected(done);
    return done;
}

Result<std::uint64_t> VcpuCaller::pt_withdraw(GfnRange range)
{
    return travel(seal::Trip::withdraw, range);
}

Result<> VcpuCaller::text_write(std::uint64_t address, std::uint64_t value, unsigned bytes)
{
    Sealed& sealed = *TRY(sealed_tables());
    SealedMemory memory{vcpu_};
    return seal::write_text(sealed.tables, memory, address, value, bytes);
}

Result<std::uint64_t> VcpuCaller::text_make(GfnRange range)
{
    return travel(seal::Trip::make_text, range);
}

Result<std::uint64_t> VcpuCaller::text_drop(GfnRange range)
{
    return travel(seal::Trip::drop_text, range);
}

// A part of a journey.
Result<std::uint64_t> VcpuCaller::travel(seal::Trip trip, GfnRange range)
{
    second_result(0);
    Domain& domain = *vcpu_.domain;
    Sealed& sealed = *TRY(sealed_tables());
    seal::Journey& journey = sealed.journey;
    const Turn turn{sealed};
    if (!turn.is_mine()) {
        yield();
        return call_again;
    }
    if (journey.trip == seal::Trip::none) {
        TRY(seal::begin_journey(domain, sealed.tables, journey, trip, range));
        return call_again;
    }
    if (journey.trip != trip || !(journey.range == range))
        return Error::try_again;
    const auto refused = [&](Error error, std::uint64_t culprit) {
        seal::turn_back(domain, sealed.tables, journey);
        second_result(culprit);
        return error;
    };
    if (!journey.searched) {
        SealedMemory memory{vcpu_};
        auto done = seal::search_some(sealed.tables, memory, journey, seal::entries_at_once);
        if (!done.ok())
            return refused(done.error(), journey.at);
        journey.searched = done.value();
        if (journey.searched && trip == seal::Trip::withdraw)
            ask_about_roots(vcpu_);
        return call_again;
    }
    if (trip == seal::Trip::withdraw) {
        const Roots found = look_at_roots(domain, range);
        if (found == Roots::in_use)
            return refused(Error::busy, 0);
        if (found == Roots::unknown) {
            yield();
            return call_again;
        }
    }
    TRY(seal::arrive(domain, sealed.tables, journey));
    sealed.count_protected(trip == seal::Trip::make_text ? range.count : -range.count);
    return std::uint64_t{0};
}

} // namespace lintel
