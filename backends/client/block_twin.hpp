// SPDX-License-Identifier: Apache-2.0
// The guest's side of one queue of a disk, for tests and benchmarks. Contract: docs/abi/block.md.
//
// The backend is not trusted: an answer to no request is a fault, and nothing is touched
// afterwards.
#pragma once

#include <optional>
#include <vector>

#include <lintel/block.h>

#include "client/ring.hpp"

namespace lintel::client {

template <std::invocable Notify>
class BlockTwin {
public:
    BlockTwin(std::span<std::byte> submission, std::span<std::byte> completion, std::uint32_t order,
              Notify notify)
        : requests_{submission, order, notify},
          completions_{completion, order, std::move(notify)},
          unanswered_(std::size_t{1} << order)
    {
        for (std::uint32_t id = 0; id < unanswered_.size(); id++)
            free_.push_back(id);
    }

    // It showed a step that cannot be, or answered what was not asked.
    bool fault() const { return fault_ || requests_.broken() || completions_.broken(); }
    std::size_t unanswered() const { return unanswered_.size() - free_.size(); }

    // The id that it gave the request; none: as many are unanswered as there are slots. To be
    // published.
    std::optional<std::uint32_t> submit(lintel_block_request request)
    {
        if (fault() || free_.empty())
            return std::nullopt;
        request.id = free_.back();
        if (requests_.put(request) != Step::done)
            return std::nullopt;
        free_.pop_back();
        unanswered_[request.id] = true;
        return request.id;
    }
    void publish() { requests_.publish(); }

    std::optional<lintel_block_completion> take()
    {
        lintel_block_completion completion;
        if (fault() || completions_.take(completion) != Step::done)
            return std::nullopt;
        if (completion.id >= unanswered_.size() || !unanswered_[completion.id]) {
            fault_ = true;
            return std::nullopt;
        }
        unanswered_[completion.id] = false;
        free_.push_back(completion.id);
        return completion;
    }
    // Lets the backend have the slots that were taken. Done: there are completions to take; none: a
    // notification comes when there are.
    Step await() { return completions_.await_items(); }

private:
    Producer<lintel_block_request, Notify> requests_;
    Consumer<lintel_block_completion, Notify> completions_;
    std::vector<bool> unanswered_; // by id
    std::vector<std::uint32_t> free_;
    bool fault_ = false;
};

} // namespace lintel::client
