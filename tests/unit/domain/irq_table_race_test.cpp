// SPDX-License-Identifier: Apache-2.0
// What other CPUs do in the middle of an access to an I/O APIC: they wait, and line and mask bit
// agree afterwards. The meeting is arranged, not left to chance.
#include "domain/irq_table.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "event/event_channels.hpp"
#include "fakes/fake_io_apic.hpp"

namespace lintel {
namespace {

// Between the choice of a register and the access to it, once, another CPU gets the time to do
// something, if it can.
struct MeetingRegisters {
    struct Chip {
        FakeIoApic chip;
        std::function<void()> meanwhile;
        std::chrono::milliseconds patience{20};
        std::atomic<bool> finished{false};
        std::thread other;
    };
    Chip* page = nullptr;

    std::uint32_t read(std::uint32_t offset) const { return inner().read(offset); }
    void write(std::uint32_t offset, std::uint32_t value) const
    {
        inner().write(offset, value);
        if (auto action = std::exchange(page->meanwhile, nullptr)) {
            page->finished = false;
            page->other = std::thread{[this, action] {
                action();
                page->finished = true;
            }};
            const auto end = std::chrono::steady_clock::now() + page->patience;
            while (!page->finished && std::chrono::steady_clock::now() < end)
                std::this_thread::sleep_for(std::chrono::milliseconds{1});
            EXPECT_EQ(page->chip.selected, value); // or the access goes to another's register
        }
    }

private:
    FakeIoApicRegisters inner() const { return {&page->chip}; }
};

class IrqTableRace : public testing::Test {
protected:
    static constexpr std::uint8_t vector = IrqTable<IoApics<MeetingRegisters>>::first_vector;
    static constexpr std::uint32_t pin = 9, other_pin = 3;

    IrqTableRace() { EXPECT_TRUE(pins_.add(IoApic{MeetingRegisters{&chip_}}, 0).ok()); }
    Port bind(std::uint32_t gsi)
    {
        return table_.bind_line(events_, {gsi, Trigger::level, Polarity::high}, 0, 0).take();
    }
    void take() { EXPECT_TRUE(table_.take(vector).ok()); }
    void end(Port port) { EXPECT_TRUE(table_.end(events_, port).ok()); }
    void close(Port port) { table_.release(events_.close(port).take().vector()); }
    bool is_masked(std::uint32_t gsi) { return chip_.chip.is_masked(gsi); }

    // `one` writes to the I/O APIC; at its first write another CPU begins with `other`.
    void meet(const std::function<void()>& one, std::function<void()> other)
    {
        chip_.meanwhile = std::move(other);
        one();
        ASSERT_TRUE(chip_.other.joinable());
        chip_.other.join();
    }

    MeetingRegisters::Chip chip_;
    IoApics<MeetingRegisters> pins_;
    IrqTable<IoApics<MeetingRegisters>> table_{pins_};
    lintel_events shared_{};
    std::vector<PortState> storage_ = std::vector<PortState>(64);
    struct NoSink {
        void upcall(VcpuIndex) {}
    } sink_;
    EventChannels<NoSink> events_{shared_, storage_, 1, sink_};
};

TEST_F(IrqTableRace, end_that_meets_the_interrupt_opens_the_line)
{
    const Port port = bind(pin);
    meet([&] { take(); }, [&] { end(port); });
    EXPECT_FALSE(is_masked(pin));
    EXPECT_EQ(table_.take(vector).take(), port);
    EXPECT_TRUE(is_masked(pin));
}

TEST_F(IrqTableRace, interrupt_that_meets_the_end_holds_the_line)
{
    const Port port = bind(pin);
    take();
    meet([&] { end(port); }, [&] { EXPECT_EQ(table_.take(vector).take(), port); });
    EXPECT_TRUE(is_masked(pin));
    EXPECT_EQ(table_.take(vector).take(), 0u);
    end(port);
    EXPECT_FALSE(is_masked(pin));
}

TEST_F(IrqTableRace, line_that_is_closed_stays_masked_whatever_meets_the_close)
{
    Port port = bind(pin);
    meet([&] { close(port); }, [&] { EXPECT_FALSE(table_.take(vector).ok()); });
    EXPECT_TRUE(is_masked(pin));

    port = bind(pin);
    take();
    meet([&] { close(port); },
         [&] { EXPECT_EQ(table_.end(events_, port).error(), Error::not_found); });
    EXPECT_TRUE(is_masked(pin));
}

TEST_F(IrqTableRace, close_that_meets_an_interrupt_or_its_end_masks_the_line)
{
    Port port = bind(pin);
    meet([&] { take(); }, [&] { close(port); });
    EXPECT_TRUE(is_masked(pin));

    port = bind(pin);
    take();
    meet([&] { end(port); }, [&] { close(port); });
    EXPECT_TRUE(is_masked(pin));
}

TEST_F(IrqTableRace, binding_and_other_lines_do_not_disturb_each_other)
{
    const Port port = bind(pin);
    Port other = 0;
    meet([&] { other = bind(other_pin); }, [&] { take(); });
    EXPECT_TRUE(is_masked(pin));
    EXPECT_FALSE(is_masked(other_pin));
    close(other);
    meet([&] { end(port); }, [&] { other = bind(other_pin); });
    EXPECT_FALSE(is_masked(pin));
    EXPECT_FALSE(is_masked(other_pin));
    EXPECT_NE(other, port);
}

// Edges find their port without the lock.
TEST_F(IrqTableRace, message_does_not_wait_for_a_line)
{
    lintel_msi message;
    const Port port = table_.bind_message(events_, 0, 0, message).take();
    const Port line = bind(pin);
    chip_.patience = std::chrono::seconds{30};
    bool waited = true;
    meet(
        [&] {
            close(line);
            waited = !chip_.finished;
        },
        [&] { EXPECT_EQ(table_.take(vector).take(), port); });
    EXPECT_FALSE(waited);
}

} // namespace
} // namespace lintel
