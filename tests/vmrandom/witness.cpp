// SPDX-License-Identifier: Apache-2.0
#include "witness.hpp"

#include <sched.h>
#include <unistd.h>
#include <utility>

namespace vmrandom {

Witness::Witness(unsigned cpu) : thread_{&Witness::serve, this, cpu} {}

Witness::~Witness()
{
    work_ = nullptr;
    wanted_.release();
    thread_.join();
}

void Witness::call(const std::function<void()>& work)
{
    work_ = &work;
    wanted_.release();
    done_.acquire();
    if (thrown_)
        std::rethrow_exception(std::exchange(thrown_, nullptr));
}

void Witness::serve(unsigned cpu)
{
    stay_on(cpu);
    for (;;) {
        wanted_.acquire();
        if (work_ == nullptr)
            return;
        try {
            (*work_)();
        } catch (...) {
            thrown_ = std::current_exception();
        }
        done_.release();
    }
}

unsigned cpus()
{
    return static_cast<unsigned>(sysconf(_SC_NPROCESSORS_ONLN));
}

void stay_on(unsigned cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu % cpus(), &set);
    sched_setaffinity(0, sizeof set, &set); // a wish: where it runs changes no result
}

} // namespace vmrandom
