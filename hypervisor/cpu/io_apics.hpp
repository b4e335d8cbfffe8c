// SPDX-License-Identifier: Apache-2.0
// All I/O APICs of the machine, and which pin of which one a global system interrupt is. Built at
// start-up; from then on only read. Access to pins is serialised by the caller.
#pragma once

#include <cstdint>

#include "cpu/io_apic.hpp"
#include "support/fixed_vector.hpp"

namespace lintel {

template <typename Registers>
class IoApics {
public:
    // A pin of one of them.
    class Pin {
    public:
        Pin(const IoApic<Registers>& chip, unsigned number) : chip_{&chip}, number_{number} {}
        void program(Redirection entry, std::uint8_t apic_id) const
        {
            chip_->program(number_, entry, apic_id);
        }
        void set(Redirection entry) const { chip_->set(number_, entry); }

    private:
        const IoApic<Registers>* chip_;
        unsigned number_;
    };

    // Masks every pin of it.
    Result<> add(IoApic<Registers> chip, std::uint32_t gsi_base)
    {
        chip.mask_all();
        return units_.push_back({chip, gsi_base, chip.pins()});
    }
    // Error::not_found if there is no such interrupt.
    Result<Pin> find(std::uint32_t gsi) const
    {
        for (const Unit& unit : units_)
            if (gsi >= unit.gsi_base && gsi - unit.gsi_base < unit.pins)
                return Pin{unit.chip, gsi - unit.gsi_base};
        return Error::not_found;
    }

private:
    struct Unit {
        IoApic<Registers> chip;
        std::uint32_t gsi_base = 0; // the interrupt of its first pin
        unsigned pins = 0;
    };
    FixedVector<Unit, 16> units_;
};

} // namespace lintel
