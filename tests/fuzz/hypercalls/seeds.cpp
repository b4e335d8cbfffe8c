// SPDX-License-Identifier: Apache-2.0
// Hypercalls that succeed, each with what it needs before it.
#include "fuzz/seeds.hpp"

#include <initializer_list>
#include <iterator>

#include <lintel/domain.h>
#include <lintel/event.h>
#include <lintel/grant.h>
#include <lintel/hypercall.h>
#include <lintel/irq.h>

#include "fuzz/hypercalls/script.hpp"
#include "fuzz/hypercalls/shape.hpp"
#include "mm/frame.hpp"

namespace lintel::fuzz {
namespace {

constexpr std::uint64_t ram = ram_frames[1] * page_size;

class Writer {
public:
    Writer() { bytes_.add(std::uint8_t{0}); } // dom0

    // Arguments without flags, which are zero, unless given.
    Writer& call(std::uint8_t vcpu, lintel_hypercall number,
                 std::initializer_list<std::uint64_t> arguments, std::uint64_t flags = 0)
    {
        step(Step::call).byte(vcpu).byte(static_cast<std::uint8_t>(number));
        for (const std::uint64_t argument : arguments)
            value(argument);
        return flags == 0 ? byte(0) : byte(flags_are_a_value).value(flags);
    }
    Writer& revision() { return step(Step::call).byte(0).byte(LINTEL_HC_abi_revision); }
    Writer& store(std::uint64_t address, std::uint64_t stored, std::uint8_t domain = 0)
    {
        return step(Step::store).byte(domain).value(address).value(stored);
    }
    // Lets the other domain use the page of RAM that is `index` in the list; writable: 2, else 0.
    Writer& grant(std::uint8_t domain, std::uint8_t ref, std::uint8_t index, std::uint8_t writable)
    {
        return step(Step::grant).byte(domain).byte(ref).value(4u * index + writable);
    }
    Writer& step(Step step) { return byte(static_cast<std::uint8_t>(step)); }
    Writer& byte(std::uint8_t value)
    {
        bytes_.add(value);
        return *this;
    }
    Writer& value(std::uint64_t value)
    {
        if (value < selector::address)
            return byte(static_cast<std::uint8_t>(value));
        bytes_.add(selector::raw).add(value);
        return *this;
    }
    const ByteBuilder& bytes() const { return bytes_; }

private:
    ByteBuilder bytes_;
};

Writer console()
{
    Writer script;
    script.revision().store(ram, 0x21'6f'6c'6c'65'48);
    script.call(0, LINTEL_HC_console_write, {ram, 6});
    script.step(Step::type).byte(9);
    return script.call(0, LINTEL_HC_console_read, {ram + 4090, 9});
}

Writer events()
{
    Writer script;
    script.call(0, LINTEL_HC_upcall_set, {0x20});
    script.call(0, LINTEL_HC_timer_set, {1'000'000});
    script.call(0, LINTEL_HC_time_register, {0, ram});
    script.call(0, LINTEL_HC_event_bind_virq, {LINTEL_VIRQ_TIMER, 0});
    script.call(0, LINTEL_HC_event_bind_ipi, {1});
    script.call(0, LINTEL_HC_event_send, {2}, LINTEL_EVENT_YIELD);
    script.step(Step::raise).byte(0).step(Step::take_upcall).byte(0);
    script.step(Step::scribble).byte(64).value(4); // masks port 2
    script.call(0, LINTEL_HC_event_send, {2});
    script.call(0, LINTEL_HC_event_move, {2, 0});
    script.call(0, LINTEL_HC_event_unmask, {2});
    return script.call(0, LINTEL_HC_event_close, {1});
}

Writer channels()
{
    constexpr std::uint8_t second = second_domain;
    Writer script;
    script.call(0, LINTEL_HC_event_alloc, {LINTEL_DOMAIN_SELF, neighbour_number});
    script.call(second, LINTEL_HC_event_bind, {0, 1, 2});
    script.call(0, LINTEL_HC_event_send, {1}).call(second, LINTEL_HC_event_send, {1});
    script.step(Step::take_upcall).byte(second + 2).call(0, LINTEL_HC_event_send, {1});
    script.call(second, LINTEL_HC_event_move, {1, 0}).call(second, LINTEL_HC_event_close, {1});
    script.call(0, LINTEL_HC_event_send, {1});
    script.call(0, LINTEL_HC_event_alloc, {neighbour_number, LINTEL_DOMAIN_SELF});
    script.call(0, LINTEL_HC_event_bind, {neighbour_number, 1, 1});
    return script.call(0, LINTEL_HC_event_close, {2}).call(0, LINTEL_HC_event_close, {1});
}

// Words of an element of grant_map, of grant_copy.
constexpr std::uint64_t from(std::uint16_t domain, std::uint32_t ref, std::uint16_t flags)
{
    return ref | std::uint64_t{domain} << 32 | std::uint64_t{flags} << 48;
}
constexpr std::uint64_t part(std::uint16_t offset, std::uint16_t bytes)
{
    return offset | std::uint64_t{bytes} << 16;
}

// The second domain grants; dom0 maps, copies, unmaps.
Writer grants()
{
    constexpr std::uint8_t second = second_domain;
    constexpr std::uint16_t granter = neighbour_number;
    Writer script;
    script.grant(second, 0, 1, 2).grant(second, 1, 2, 0);
    script.store(ram, from(granter, 0, 0)).store(ram + 8, 0);
    script.store(ram + 24, from(granter, 1, LINTEL_GRANT_READONLY)).store(ram + 32, 0);
    script.store(ram + 48, from(granter, 1, 0)).store(ram + 56, 0);
    script.call(0, LINTEL_HC_grant_map, {ram, 3});
    script.store(ram + 72, 3 * page_size).store(ram + 80, from(granter, 1, 0));
    script.store(ram + 88, part(8, 100)).call(0, LINTEL_HC_grant_copy, {ram + 72, 1});
    script.store(ram + 72, ram + 80).store(ram + 80, from(granter, 0, LINTEL_GRANT_TO_PEER));
    script.store(ram + 88, part(4000, 96)).call(0, LINTEL_HC_grant_copy, {ram + 72, 1});
    script.call(second, LINTEL_HC_memory_release, {ram, 1});
    script.step(Step::grant).byte(second).byte(0).value(0);
    script.call(second, LINTEL_HC_grant_revoke, {0});
    script.store(ram, 1).store(ram + 8, 0); // of dom0, which has cleared both
    script.call(0, LINTEL_HC_grant_revoke_batch, {ram, 2});
    // Handles are slot and generation: 1 << 16, then the next slot.
    script.store(ram, 1 << 16).store(ram + 8, (1 << 16) + 1).store(ram + 16, 1 << 16);
    script.call(0, LINTEL_HC_grant_unmap, {ram, 3}).call(second, LINTEL_HC_grant_revoke, {0});
    return script.call(second, LINTEL_HC_memory_release, {ram, 1});
}

// dom0 grants; the second domain maps into its window. dom0 maps what it likes.
Writer windows()
{
    constexpr std::uint8_t second = second_domain;
    constexpr std::uint64_t window = window_first * page_size;
    Writer script;
    script.grant(0, 3, 4, 2).store(ram, from(0, 3, 0), second).store(ram + 8, window, second);
    script.call(second, LINTEL_HC_grant_map, {ram, 1}).call(second, LINTEL_HC_grant_map, {ram, 1});
    script.call(0, LINTEL_HC_foreign_map, {neighbour_number, ram, 2, ram + 4000});
    script.call(0, LINTEL_HC_foreign_map, {neighbour_number, ram, 1, ram}, LINTEL_GRANT_READONLY);
    script.store(ram + 8, 1 << 16).store(ram + 16, (1 << 16) + 1);
    script.call(0, LINTEL_HC_foreign_unmap, {ram + 8, 2});
    script.store(ram, 1 << 16, second);
    return script.call(second, LINTEL_HC_grant_unmap, {ram, 1});
}

Writer vcpus()
{
    Writer script;
    script.store(ram, ram).store(ram + 24, page_size);
    script.call(0, LINTEL_HC_vcpu_start, {1, ram});
    script.call(0, LINTEL_HC_vcpu_kick, {1});
    script.call(1, LINTEL_HC_vcpu_wait, {}).call(1, LINTEL_HC_vcpu_wait, {});
    script.call(0, LINTEL_HC_vcpu_state, {1});
    script.call(0, LINTEL_HC_vcpu_nmi, {1});
    script.call(0, LINTEL_HC_vcpu_yield, {});
    script.call(1, LINTEL_HC_vcpu_stop, {});
    return script.call(0, LINTEL_HC_shutdown, {LINTEL_SHUTDOWN_CRASH});
}

Writer devices()
{
    Writer script;
    script.call(0, LINTEL_HC_irq_bind, {5, 0}, LINTEL_IRQ_LEVEL | LINTEL_IRQ_LOW);
    script.call(0, LINTEL_HC_msi_bind, {ram + 8, 0});
    script.step(Step::raise).byte(1).step(Step::raise).byte(3);
    script.call(0, LINTEL_HC_irq_eoi, {1}).call(0, LINTEL_HC_irq_eoi, {2});
    return script.call(0, LINTEL_HC_event_close, {1}).call(0, LINTEL_HC_event_close, {2});
}

Writer memory()
{
    Writer script;
    script.call(0, LINTEL_HC_memory_release, {ram, 2});
    script.call(0, LINTEL_HC_memory_claim, {ram, 1}).call(0, LINTEL_HC_memory_claim, {ram, 8});
    return script;
}

Writer domains()
{
    constexpr std::uint64_t plan[] = {1 | 64ull << 32, 512, 600,    0x20'0000,
                                      0x40'0000,       512, 0x1000, 4};
    Writer script;
    for (std::size_t word = 0; word < std::size(plan); ++word)
        script.store(ram + 8 * word, plan[word]);
    script.call(0, LINTEL_HC_domain_create, {ram}).call(0, LINTEL_HC_domain_create, {ram});
    script.call(0, LINTEL_HC_domain_populate, {1, 0, 600});
    script.call(0, LINTEL_HC_domain_populate, {1, 0x80'0000, 600});
    script.store(ram + 128, 0x1000).call(0, LINTEL_HC_domain_start, {1, ram + 128});
    script.call(0, LINTEL_HC_domain_unpause, {1}).call(0, LINTEL_HC_domain_pause, {1});
    script.call(0, LINTEL_HC_domain_shutdown, {2, LINTEL_SHUTDOWN_REBOOT});
    script.step(Step::raise).byte(4).call(0, LINTEL_HC_shutdown_wanted, {});
    script.call(0, LINTEL_HC_domain_destroy, {1});
    script.call(0, LINTEL_HC_domain_info, {0, ram + 256});
    script.call(0, LINTEL_HC_domain_info, {1, ram + 256}, LINTEL_DOMAIN_INFO_NEXT);
    script.call(0, LINTEL_HC_domain_destroy, {1}).call(0, LINTEL_HC_domain_create, {ram});
    script.call(0, LINTEL_HC_machine_info, {ram + 512});
    return script.call(0, LINTEL_HC_log_read, {0, ram + 512, 100});
}

// Answers that would begin in RAM and end outside of it.
Writer edges()
{
    constexpr std::uint64_t hole = (ram_frames[5] + 1) * page_size;
    Writer script;
    script.store(hole - 8, ~std::uint64_t{0});
    script.call(0, LINTEL_HC_machine_info, {hole - 16});
    script.call(0, LINTEL_HC_domain_info, {0, hole - 16});
    script.call(0, LINTEL_HC_log_read, {0, hole - 16, 100});
    script.call(0, LINTEL_HC_msi_bind, {hole - 8, 0});
    return script.call(0, LINTEL_HC_console_read, {hole - 8, 9});
}

} // namespace

void add_hypercall_seeds(const Seeds& seeds)
{
    seeds.add("hypercalls", "console", console().bytes());
    seeds.add("hypercalls", "events", events().bytes());
    seeds.add("hypercalls", "channels", channels().bytes());
    seeds.add("hypercalls", "grants", grants().bytes());
    seeds.add("hypercalls", "windows", windows().bytes());
    seeds.add("hypercalls", "vcpus", vcpus().bytes());
    seeds.add("hypercalls", "devices", devices().bytes());
    seeds.add("hypercalls", "memory", memory().bytes());
    seeds.add("hypercalls", "domains", domains().bytes());
    seeds.add("hypercalls", "edges", edges().bytes());
}

} // namespace lintel::fuzz
