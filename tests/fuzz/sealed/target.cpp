// SPDX-License-Identifier: Apache-2.0
// Commands of a sealed domain's kernel that would like to break its own seal.
#include "fuzz/sealed/run.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using lintel::fuzz::sealed::Run;
    static std::optional<Run> run; // always the same memory: to map it anew would take longest
    run.emplace(lintel::fuzz::Input{{data, size}}).go();
    return 0;
}
