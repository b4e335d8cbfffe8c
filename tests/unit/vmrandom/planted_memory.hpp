// SPDX-License-Identifier: Apache-2.0
// A small memory manager with the calls that vmrandom makes: frames that are copied on write,
// objects that are shared, a witness that remembers translations. One fault can be planted in it.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "vmrandom/memory.hpp"

namespace vmrandom {

enum class Planted {
    nothing,
    unmap_keeps_the_last_page,
    protect_forgets_the_last_page,
    protect_answers_success_over_a_hole,
    witness_keeps_its_translation,
    fork_copies_nothing_on_write,
    fork_separates_shared_pages,
    anonymous_pages_are_not_cleared,
    dont_need_keeps_a_page,
    free_takes_what_was_written_since,
    page_out_brings_back_another_page,
    page_out_loses_a_sector,
    collapse_moves_the_last_page,
    populate_makes_no_copy,
    remove_keeps_a_page,
    move_swaps_two_pages,
    move_leaves_what_it_moved,
    grow_goes_over_neighbours,
    cutting_a_file_keeps_copies,
    force_write_reaches_the_file,
    kernel_ignores_rights,
    everything_can_be_executed,
    unmapped_is_told_as_refused,
    end_of_file_is_not_noticed,
    last, // none
};

class PlantedMemory {
public:
    using Child = std::shared_ptr<Report>;

    PlantedMemory(std::uint32_t pages, Planted planted) : planted_{planted}, entries_(pages)
    {
        for (auto& file : files_)
            file = std::make_shared<Shared>();
    }

    int map(Range, const Source&, Rights, Placement);
    int unmap(Range);
    int protect(Range, Rights);
    int move(Range from, Range to, bool leave);
    int resize(Range, std::uint32_t pages);
    int advise(Range, Advice);
    int resize_file(unsigned file, std::uint32_t pages);
    Outcome read(Who, std::uint32_t page, unsigned sector, Sector&);
    Outcome write(Who, std::uint32_t page, unsigned sector, const Sector&);
    Outcome execute(std::uint32_t page, unsigned sector, Stamp&);
    bool kernel_read(Path, std::uint32_t page, unsigned sector, Sector&);
    bool kernel_write(Path, std::uint32_t page, unsigned sector, const Sector&);
    bool force_read(std::uint32_t page, unsigned sector, Sector&);
    bool force_write(std::uint32_t page, unsigned sector, const Sector&);
    bool file_read(unsigned file, std::uint32_t page, unsigned sector, Sector&);
    bool file_write(unsigned file, std::uint32_t page, unsigned sector, const Sector&);
    Child start_child(const std::function<Report(PlantedMemory&)>& body); // ends before it returns
    Report join(const Child& child) { return *child; }
    void change_cpu(unsigned) {}

private:
    using Frame = std::array<Sector, sectors>;
    using FramePointer = std::shared_ptr<Frame>;
    struct Shared {
        std::vector<FramePointer> pages; // all there are, from the begin on
    };
    struct Entry {
        Kind kind = Kind::none;
        Rights rights = no_rights;
        std::shared_ptr<Shared> object{};
        std::uint32_t object_page = 0;
        FramePointer frame{}; // its own; null: zeros, or the object's
        bool lazy = false;
    };
    struct Translation {
        FramePointer frame;
        Rights rights;
    };

    bool plants(Planted fault) const { return planted_ == fault; }
    bool beyond_end(const Entry&) const;
    Outcome reach(const Entry&, Rights) const;
    bool any_mapped(Range) const;
    bool all_mapped(Range) const;
    FramePointer frame_to_read(const Entry&) const;
    FramePointer frame_to_write(Entry&);
    void page_out(Range);
    void forget_translations();

    Planted planted_;
    std::vector<Entry> entries_;
    std::array<std::shared_ptr<Shared>, files> files_;
    std::map<std::uint32_t, Translation> witness_;
    FramePointer zeros_ = std::make_shared<Frame>(); // what was never written to is
};

} // namespace vmrandom
