// SPDX-License-Identifier: Apache-2.0
// A ticket lock: whoever asked first is served first, so that no CPU starves. Locks are held for
// short work with interrupts off, which root mode has them anyway, and never while waiting for
// another CPU. The order in which several may be held: docs/design/locks.md.
#pragma once

#include <cstdint>

#include "cpu/registers.hpp"

namespace lintel {

class SpinLock {
public:
    constexpr SpinLock() = default;
    SpinLock(const SpinLock&) = delete;
    SpinLock& operator=(const SpinLock&) = delete;

    void lock()
    {
        const std::uint32_t ticket = __atomic_fetch_add(&next_, 1u, __ATOMIC_RELAXED);
        while (__atomic_load_n(&serving_, __ATOMIC_ACQUIRE) != ticket)
            pause();
    }
    bool try_lock()
    {
        std::uint32_t free = __atomic_load_n(&serving_, __ATOMIC_ACQUIRE);
        return __atomic_compare_exchange_n(&next_, &free, free + 1, false, __ATOMIC_ACQUIRE,
                                           __ATOMIC_RELAXED);
    }
    void unlock() { __atomic_store_n(&serving_, serving_ + 1, __ATOMIC_RELEASE); }
    // For a panic that has stopped every other CPU: whoever held it never comes back.
    void seize() { __atomic_store_n(&next_, serving_ + 1, __ATOMIC_RELAXED); }

private:
    std::uint32_t next_ = 0, serving_ = 0;
};

template <typename Lock>
class [[nodiscard]] Guard {
public:
    explicit Guard(Lock& lock) : lock_{lock} { lock_.lock(); }
    ~Guard() { lock_.unlock(); }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

private:
    Lock& lock_;
};

} // namespace lintel
