// SPDX-License-Identifier: Apache-2.0
// Only in the image that counts: writes what gcov counted through the emulator's debug port, as
// text between the guest's. tests/coverage/counts.py reads it.
//
// Linked in with --wrap=log_flush: whoever ends the machine flushes the log just before. That way
// the hypervisor itself has no trace of this. The format of the data is libgcov's matter; of
// libgcov only what turns counters into bytes is linked, which needs no C library.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" {
#include <gcov.h>
}

#include "cpu/io.hpp"

// -fprofile-info-section=coverage_objects leaves a pointer per object file there.
extern "C" const gcov_info* const __start_coverage_objects[];
extern "C" const gcov_info* const __stop_coverage_objects[];

namespace lintel {

void log_flush_itself() asm("__real__ZN6lintel9log_flushEv");
void write_counts_and_flush() asm("__wrap__ZN6lintel9log_flushEv");

namespace {

constexpr std::uint16_t debug_port = 0xe9;
constexpr std::size_t bytes_per_line = 64;

void print(char letter)
{
    out8(debug_port, static_cast<std::uint8_t>(letter));
}

void print(std::string_view text)
{
    for (const char letter : text)
        print(letter);
}

void print_hex(std::uint32_t value, unsigned digits)
{
    while (digits-- != 0)
        print("0123456789abcdef"[value >> 4 * digits & 15]);
}

// CRC-32 as in zlib. Another CPU's guest may print in between: damage has to be seen.
class Checksum {
public:
    void add(std::uint8_t byte)
    {
        rest_ ^= byte;
        for (unsigned bit = 0; bit < 8; ++bit)
            rest_ = rest_ >> 1 ^ ((rest_ & 1) != 0 ? 0xedb8'8320 : 0);
    }
    std::uint32_t value() const { return ~rest_; }

private:
    std::uint32_t rest_ = 0xffff'ffff;
};

struct Output {
    Checksum checksum;
    std::size_t column = 0;
};

void begin_object(const char* path, void*)
{
    print("\ncoverage: object ");
    print(path);
}

void write_bytes(const void* data, unsigned size, void* output)
{
    auto& [checksum, column] = *static_cast<Output*>(output);
    for (unsigned at = 0; at < size; ++at) {
        const std::uint8_t byte = static_cast<const std::uint8_t*>(data)[at];
        if (column++ % bytes_per_line == 0)
            print("\ncoverage: data ");
        print_hex(byte, 2);
        checksum.add(byte);
    }
}

// Asked for only by kinds of profile that are not switched on.
void* no_memory(unsigned, void*)
{
    return nullptr;
}

void write_object(const gcov_info& object)
{
    Output output;
    __gcov_info_to_gcda(&object, begin_object, write_bytes, no_memory, &output);
    print("\ncoverage: checksum ");
    print_hex(output.checksum.value(), 8);
}

constinit std::uint32_t writers = 0;

} // namespace

// CPUs that end the machine at once write one after the other: the last one has it all.
void write_counts_and_flush()
{
    while (__atomic_exchange_n(&writers, 1, __ATOMIC_ACQUIRE) != 0)
        asm volatile("pause");
    print("\ncoverage: begin");
    for (auto object = __start_coverage_objects; object != __stop_coverage_objects; ++object)
        write_object(**object);
    print("\ncoverage: end\n");
    __atomic_store_n(&writers, 0, __ATOMIC_RELEASE);
    log_flush_itself();
}

} // namespace lintel

// What gcov's data and libgcov refer to, and never call here: nothing is read back and merged.
extern "C" void __gcov_merge_add(long*, unsigned) {}
extern "C" void abort()
{
    for (;;)
        asm volatile("cli; hlt");
}
extern "C" void* mmap(void*, std::size_t, int, int, int, long)
{
    return reinterpret_cast<void*>(-1); // MAP_FAILED
}
