// SPDX-License-Identifier: Apache-2.0
#include "block/sandbox.hpp"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <vector>

#include <grp.h>
#include <lintel/control.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace lintel::block {
namespace {

// The loop, memory, and what the C library does when it ends or aborts.
constexpr int allowed[] = {
    SCMP_SYS(io_uring_enter), SCMP_SYS(read),         SCMP_SYS(write),
    SCMP_SYS(clock_gettime),  SCMP_SYS(munmap),       SCMP_SYS(brk),
    SCMP_SYS(madvise),        SCMP_SYS(futex),        SCMP_SYS(close),
    SCMP_SYS(exit),           SCMP_SYS(exit_group),   SCMP_SYS(rt_sigreturn),
    SCMP_SYS(getpid),         SCMP_SYS(gettid),       SCMP_SYS(tgkill),
    SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigaction), SCMP_SYS(restart_syscall)};

Outcome<> change_user(unsigned user)
{
    if (::geteuid() != 0)
        return {};
    if (::setgroups(0, nullptr) != 0 || ::setresgid(user, user, user) != 0 ||
        ::setresuid(user, user, user) != 0)
        return system_failure("change of user", errno);
    return {};
}

// Changing from root clears what is effective; this is for all the rest, and for those who were
// never root and had some.
Outcome<> drop_capabilities()
{
    ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    const __user_cap_data_struct none[2] = {};
    if (::syscall(SYS_capset, &header, none) != 0)
        return system_failure("capset", errno);
    return {};
}

// As long as there is the right to.
void empty_bounding_set()
{
    for (int capability = 0; ::prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++)
        ::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
}

// What a backend asks of a guest; the kernel has confined the file besides.
int allow_requests(scmp_filter_ctx filter, int device)
{
    int error = 0;
    for (const std::uint32_t request :
         {LINTEL_IOCTL_PORT_SEND, LINTEL_IOCTL_MAP_GRANTS, LINTEL_IOCTL_UNMAP,
          LINTEL_IOCTL_PORT_BIND, LINTEL_IOCTL_PORT_CLOSE})
        error = std::min(error,
                         seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 2,
                                          SCMP_A0(SCMP_CMP_EQ, static_cast<scmp_datum_t>(device)),
                                          SCMP_A1(SCMP_CMP_EQ, request)));
    return error;
}

Outcome<> filter_calls(int device)
{
    struct Release {
        void operator()(void* filter) const { seccomp_release(filter); }
    };
    const std::unique_ptr<void, Release> filter{seccomp_init(SCMP_ACT_KILL_PROCESS)};
    if (!filter)
        return Failure{ENOMEM, "seccomp: no memory"};
    int error = 0;
    for (const int call : allowed)
        error = std::min(error, seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, call, 0));
    // Memory, but no code.
    for (const int call : {SCMP_SYS(mmap), SCMP_SYS(mprotect)})
        error = std::min(error, seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, call, 1,
                                                 SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)));
    // What a request of the guest takes one of is looked for first; the kernel remembers calls that
    // are allowed whatever their arguments, but not these.
    if (error == 0)
        error = seccomp_syscall_priority(filter.get(), SCMP_SYS(ioctl), UINT8_MAX);
    if (error == 0 && device >= 0)
        error = allow_requests(filter.get(), device);
    if (error == 0)
        error = seccomp_load(filter.get());
    return error == 0 ? Outcome<>{} : system_failure("seccomp", -error);
}

} // namespace

Outcome<> close_other_files(const Sandbox& sandbox)
{
    std::vector<int> keep{sandbox.files.begin(), sandbox.files.end()};
    keep.push_back(STDERR_FILENO);
    std::sort(keep.begin(), keep.end());
    unsigned from = 0;
    for (const int fd : keep) {
        if (static_cast<unsigned>(fd) > from &&
            ::close_range(from, static_cast<unsigned>(fd) - 1, 0) != 0)
            return system_failure("close_range", errno);
        from = std::max(from, static_cast<unsigned>(fd) + 1);
    }
    if (::close_range(from, ~0u, 0) != 0)
        return system_failure("close_range", errno);
    return {};
}

Outcome<> drop_privileges(const Sandbox& sandbox)
{
    empty_bounding_set();
    TRY(change_user(sandbox.user));
    TRY(drop_capabilities());
    const rlimit none{};
    ::setrlimit(RLIMIT_CORE, &none); // it would have the guest's data
    if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return system_failure("prctl", errno);
    return filter_calls(sandbox.device);
}

} // namespace lintel::block
