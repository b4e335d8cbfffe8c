// SPDX-License-Identifier: Apache-2.0
// What every page of an arena has to be: mapped or not, with which rights, holding what. No memory
// is touched here. Used by one thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "memory.hpp"

namespace vmrandom {

struct Page {
    Kind kind = Kind::none;
    bool copied = false; // a private page of a file: it was written to, and has its own contents
    bool lazy = false;   // MADV_FREE: zeros or what it was, until it is written to
    std::uint8_t object = 0;
    Rights rights = no_rights;
    std::uint32_t object_page = 0;
    std::uint32_t piece = 0; // neighbours with the same one lie in one VMA, and maybe others too
    Stamps own{};
};

struct Object {
    std::uint64_t id = 0;      // tells apart all that ever had this number; 0: none had it
    unsigned generation = 0;   // that made it, or had it when it forked
    std::vector<Stamps> pages; // its size; accesses beyond get SIGBUS
};

// While processes that share objects run side by side, each knows and writes its part of the
// objects' pages only: those whose number is `part` modulo `of`.
struct Share {
    std::uint32_t part = 0;
    std::uint32_t of = 1;
    bool all() const { return of == 1; }
    bool has(std::uint32_t page) const { return page % of == part; }
    Share divide(std::uint32_t index, std::uint32_t count) const
    {
        return {part + of * index, of * count};
    }
};

class Model {
public:
    explicit Model(std::uint32_t pages) : pages_(pages) {}

    Share share;

    std::uint32_t size() const { return static_cast<std::uint32_t>(pages_.size()); }
    const Page& page(std::uint32_t number) const { return pages_[number]; }
    const Object& object(unsigned number) const { return objects_[number]; }
    Object& object(unsigned number) { return objects_[number]; }

    // What an access that needs these rights meets; what a debugger's does.
    Outcome reach(std::uint32_t page, Rights need) const;
    Outcome reach_by_force(std::uint32_t page, bool write) const;
    const Stamps* known(std::uint32_t page) const; // null while another process may write to it
    bool any_mapped(Range) const;
    bool all_mapped(Range) const;
    std::uint32_t first_hole(Range) const;    // or its end
    Range piece_at(std::uint32_t page) const; // the part of it from there on
    // One that is no file, is mapped nowhere, and was not inherited: a parent has to hear in the
    // end what was written to it.
    std::optional<unsigned> unused_object(unsigned generation) const;

    std::uint32_t populatable(Range, bool write) const; // so many pages from the first one on

    void make_object(unsigned object, std::uint32_t pages, std::uint64_t id, unsigned generation);
    void resize_file(unsigned file, std::uint32_t pages);
    void map(Range, const Source&, Rights);
    void unmap(Range);
    void protect(Range, Rights);                 // mapped pages only
    void cut(Range);                             // its ends may end VMAs from now on
    void move(Range from, Range to, bool leave); // `from` lies in one piece
    void grow(Range piece, std::uint32_t count);
    void discard(Range);
    void free_lazily(Range);
    void remove(Range); // contents of the objects' pages that are mapped there
    void write(std::uint32_t page, unsigned sector, Stamp); // a lazy page needs all sectors written
    void copy(std::uint32_t page);                          // as a write that changes nothing

private:
    bool beyond_end(const Page&) const;
    void separate(std::uint32_t page); // from its predecessor

    std::vector<Page> pages_;
    std::array<Object, objects> objects_;
    std::uint32_t next_piece_ = 1;
};

} // namespace vmrandom
