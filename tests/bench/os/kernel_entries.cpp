// SPDX-License-Identifier: Apache-2.0
// Into the kernel and back: system call, signal, fault.
#include <cpuid.h>
#include <csignal>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "check.hpp"
#include "operation.hpp"
#include "region.hpp"

namespace bench {

namespace {

struct NullSystemCall {
    void before() {}
    void operator()() { syscall(SYS_getppid); }
};

// Says nothing about the kernel: under any hypervisor on Intel's processors it costs a VM exit and
// entry.
struct Cpuid {
    void before() {}
    void operator()()
    {
        unsigned a, b, c, d;
        __cpuid(0, a, b, c, d);
        asm volatile("" : : "r"(a), "r"(b), "r"(c), "r"(d));
    }
};

// A handler for as long as this lives.
class Handler {
public:
    Handler(int signal, void (*handle)(int, siginfo_t*, void*)) : signal_{signal}
    {
        struct sigaction action = {};
        action.sa_sigaction = handle;
        action.sa_flags = SA_SIGINFO;
        check(sigaction(signal, &action, &old_), "sigaction");
    }
    ~Handler() { sigaction(signal_, &old_, nullptr); }
    Handler(const Handler&) = delete;
    Handler& operator=(const Handler&) = delete;

private:
    int signal_;
    struct sigaction old_;
};

class Signal {
public:
    void before() {}
    void operator()() { kill(self_, SIGUSR1); }

private:
    pid_t self_ = getpid();
    Handler handler_{SIGUSR1, [](int, siginfo_t*, void*) {}};
};

// The handler steps over the instruction that faulted, which is MOV $0, (%RDI): three bytes.
class ProtectionFault {
public:
    void before() {}
    void operator()() { asm volatile("movb $0, (%0)" : : "D"(page_.at(0)) : "memory"); }

private:
    static void step_over(int, siginfo_t*, void* context)
    {
        static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP] += 3;
    }

    Region page_{1, PROT_READ};
    Handler handler_{SIGSEGV, step_over};
};

constexpr Operation operations[] = {
    operation<NullSystemCall>("syscall", "null system call", 2000),
    operation<Signal>("signal", "signal to itself", 1000),
    operation<ProtectionFault>("protection", "protection fault and signal", 1000),
    operation<Cpuid>("cpuid", "CPUID, always a VM exit", 1000),
};

} // namespace

std::span<const Operation> kernel_entry_operations()
{
    return operations;
}

} // namespace bench
