// SPDX-License-Identifier: Apache-2.0
// Another thread of the process, on another CPU if there is one: makes accesses for a worker, which
// waits for each. What its CPU remembers of the page tables is put to the test by that.
#pragma once

#include <exception>
#include <functional>
#include <semaphore>
#include <thread>

namespace vmrandom {

class Witness {
public:
    explicit Witness(unsigned cpu);
    ~Witness();
    Witness(const Witness&) = delete;
    Witness& operator=(const Witness&) = delete;

    void call(const std::function<void()>& work); // throws what it throws

private:
    void serve(unsigned cpu);

    const std::function<void()>* work_ = nullptr; // null: stop
    std::exception_ptr thrown_;
    std::binary_semaphore wanted_{0}, done_{0};
    std::thread thread_;
};

unsigned cpus();            // that the process may use
void stay_on(unsigned cpu); // modulo their number; the calling thread

} // namespace vmrandom
