// SPDX-License-Identifier: Apache-2.0
// Writes what the fuzzer starts from: `seeds DIRECTORY` fills DIRECTORY/TARGET with one file for
// each good input of that target.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "fuzz/seeds.hpp"

namespace lintel::fuzz {

void Seeds::add(std::string_view target, std::string_view name, const ByteBuilder& bytes) const
{
    const auto folder = directory_ / target;
    std::filesystem::create_directories(folder);
    std::ofstream file{folder / name, std::ios::binary | std::ios::trunc};
    file.write(reinterpret_cast<const char*>(bytes.bytes().data()),
               static_cast<std::streamsize>(bytes.size()));
    if (!file.flush())
        throw std::filesystem::filesystem_error{"cannot write", folder / name,
                                                std::make_error_code(std::errc::io_error)};
}

} // namespace lintel::fuzz

int main(int count, char** words)
{
    if (count != 2) {
        std::fputs("usage: seeds DIRECTORY\n", stderr);
        return 2;
    }
    const lintel::fuzz::Seeds seeds{words[1]};
    lintel::fuzz::add_parser_seeds(seeds);
    lintel::fuzz::add_hypercall_seeds(seeds);
    lintel::fuzz::add_ring_seeds(seeds);
    lintel::fuzz::add_sealed_seeds(seeds);
    lintel::fuzz::add_block_seeds(seeds);
    return 0;
}
