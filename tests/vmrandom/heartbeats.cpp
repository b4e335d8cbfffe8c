// SPDX-License-Identifier: Apache-2.0
#include "heartbeats.hpp"

#include <new>
#include <sys/mman.h>

#include "contents.hpp"

namespace vmrandom {

Heartbeats::Heartbeats(unsigned workers)
    : workers_{workers},
      pages_{mmap(nullptr, workers * page_bytes, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)}
{
    if (pages_ == MAP_FAILED)
        throw std::bad_alloc{};
}

Heartbeats::~Heartbeats()
{
    munmap(pages_, workers_ * page_bytes);
}

volatile std::uint64_t* Heartbeats::counter(unsigned worker) const
{
    return reinterpret_cast<std::uint64_t*>(static_cast<char*>(pages_) + worker * page_bytes);
}

std::vector<std::uint64_t> Heartbeats::read() const
{
    std::vector<std::uint64_t> counts;
    for (unsigned worker = 0; worker < workers_; worker++)
        counts.push_back(std::uint64_t{*counter(worker)});
    return counts;
}

} // namespace vmrandom
