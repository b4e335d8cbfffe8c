// SPDX-License-Identifier: Apache-2.0
// The words in which a run speaks to a memory: Linux's (real_memory.hpp), or a small one that has
// faults planted for a test (tests/unit/vmrandom). Pages are numbered from the begin of the arena.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "contents.hpp"

namespace vmrandom {

using Rights = unsigned; // bits as in PROT_READ, PROT_WRITE, PROT_EXEC
inline constexpr Rights no_rights = 0;
inline constexpr Rights may_read = 1;
inline constexpr Rights may_write = 2; // never without may_read: x86 has no such pages
inline constexpr Rights may_execute = 4;

struct Range {
    std::uint32_t first = 0;
    std::uint32_t count = 0;
    std::uint32_t end() const { return first + count; }
};

enum class Kind : std::uint8_t {
    none,
    anonymous,
    private_file,
    shared
};

// An object is what pages can be shared of. The first ones are files, which live as long as the
// run and can be cut and extended; the others are made by a shared anonymous mapping.
inline constexpr unsigned files = 2;
inline constexpr unsigned objects = 8;

struct Source {
    Kind kind = Kind::anonymous;
    unsigned object = 0;
    std::uint32_t page = 0; // of the object; 0 when the mapping makes the object
};

enum class Placement {
    replace,
    populate,
    unless_taken
};

enum class Advice {
    dont_need,
    free,
    cold,
    page_out,
    will_need,
    huge,
    no_huge,
    collapse,
    populate_read,
    populate_write,
    remove,
};

// How an access ended: done, SEGV_MAPERR, SEGV_ACCERR, SIGBUS.
enum class Outcome {
    done,
    unmapped,
    refused,
    beyond_end
};

// The witness is another thread, on another CPU if there is one.
enum class Who {
    worker,
    witness
};

// Of the kernel to a page: as in read(2), as in process_vm_readv(2).
enum class Path {
    pipe,
    remote
};

// Memory is not as the model has it, or an answer is not what it has to be.
struct Failure : std::runtime_error {
    Failure(std::uint32_t at, const std::string& what) : std::runtime_error{what}, page{at} {}
    Failure(const Failure& inner, const std::string& what) // tells the operation
        : std::runtime_error{what}, page{inner.page}, placed{true}
    {
    }
    std::uint32_t page;
    bool placed = false;
};

using Report = std::vector<std::uint32_t>; // what a child hands to its parent

// Calls answer 0 or an errno value. `kernel_...` and `force_...` answer whether it was possible;
// `force_...` are a debugger's accesses, which disregard rights.
// clang-format off
template <typename M>
concept Memory = requires(M& memory, Range range, Source source, Rights rights, Placement placement,
                          Advice advice, std::uint32_t page, unsigned number, Sector& sector,
                          const Sector& given, Stamp& stamp, Who who, Path path,
                          std::function<Report(M&)> body, typename M::Child child)
{
    { memory.map(range, source, rights, placement) } -> std::same_as<int>;
    { memory.unmap(range) } -> std::same_as<int>;
    { memory.protect(range, rights) } -> std::same_as<int>;
    { memory.move(range, range, /* leave the old pages mapped */ true) } -> std::same_as<int>;
    { memory.resize(range, /* pages */ page) } -> std::same_as<int>;
    { memory.advise(range, advice) } -> std::same_as<int>;
    { memory.resize_file(/* file */ number, /* pages */ page) } -> std::same_as<int>;
    { memory.read(who, page, /* sector */ number, sector) } -> std::same_as<Outcome>;
    { memory.write(who, page, number, given) } -> std::same_as<Outcome>;
    { memory.execute(page, number, stamp) } -> std::same_as<Outcome>;
    { memory.kernel_read(path, page, number, sector) } -> std::same_as<bool>;
    { memory.kernel_write(path, page, number, given) } -> std::same_as<bool>;
    { memory.force_read(page, number, sector) } -> std::same_as<bool>;
    { memory.force_write(page, number, given) } -> std::same_as<bool>;
    { memory.file_read(number, page, number, sector) } -> std::same_as<bool>;
    { memory.file_write(number, page, number, given) } -> std::same_as<bool>;
    { memory.start_child(body) } -> std::same_as<typename M::Child>;
    { memory.join(child) } -> std::same_as<Report>;
    { memory.change_cpu(/* any */ number) } -> std::same_as<void>;
};
// clang-format on

} // namespace vmrandom
