// SPDX-License-Identifier: Apache-2.0
#include "trap.hpp"

#include <csignal>
#include <ucontext.h>

namespace vmrandom {

thread_local Trap trap;

namespace {

void caught(int signal, siginfo_t* info, void* context)
{
    if (!trap.armed) {
        std::signal(signal, SIG_DFL); // and the instruction faults once more
        return;
    }
    const auto& registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
    trap.armed = false;
    trap.fault = {signal, info->si_code, reinterpret_cast<std::uintptr_t>(info->si_addr),
                  static_cast<std::uint64_t>(registers[REG_ERR]),
                  static_cast<std::uintptr_t>(registers[REG_RIP])};
    siglongjmp(trap.back, 1);
}

} // namespace

void catch_faults()
{
    struct sigaction action {};
    action.sa_sigaction = caught;
    action.sa_flags = SA_SIGINFO | SA_NODEFER; // as the handler does not return
    sigaction(SIGSEGV, &action, nullptr);
    sigaction(SIGBUS, &action, nullptr);
}

} // namespace vmrandom
