// SPDX-License-Identifier: Apache-2.0
// What a backend that was taken over can still do, in a child: each call that it does not need ends
// it. The calls are made directly, as a sanitizer makes
// calls of its own around those of the library.
#include "block/sandbox.hpp"

#include <csignal>
#include <fcntl.h>

#include <gtest/gtest.h>
#include <lintel/control.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace lintel::block {
namespace {

// A descriptor that takes the place of /dev/lintel, and another one that is kept as well.
constexpr int device = 20, other = 21;
constexpr int cannot_begin = 99;

class BlockSandbox : public testing::Test {
protected:
    static void end(int status) { ::syscall(SYS_exit_group, status); }

    // The wait status of a child that gives up everything, then acts. It ends with 0 if it gets so
    // far.
    template <typename Act>
    static int sandboxed(Act act)
    {
        const pid_t child = ::fork();
        if (child == 0) {
            const int files[] = {device, other};
            const bool opened = ::dup2(::open("/dev/null", O_RDWR), device) == device &&
                                ::dup2(device, other) == other;
            const Sandbox sandbox{.files = files, .user = 65534, .device = device};
            if (!opened || !close_other_files(sandbox).ok() || !drop_privileges(sandbox).ok())
                ::_exit(cannot_begin);
            act();
            end(0);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        return status;
    }
    template <typename Act>
    static void expect_killed(const char* what, Act act)
    {
        const int status = sandboxed(act);
        EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) << what << ": " << status;
    }
};

TEST_F(BlockSandbox, what_the_loop_needs_is_allowed)
{
    const int status = sandboxed([] {
        std::uint32_t port = 0;
        const bool fine = ::syscall(SYS_read, device, &port, sizeof port) == 0 &&
                          ::syscall(SYS_write, device, &port, sizeof port) == sizeof port;
        const long memory =
            ::syscall(SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        lintel_ioctl_port argument{};
        for (const std::uint32_t request :
             {LINTEL_IOCTL_MAP_GRANTS, LINTEL_IOCTL_UNMAP, LINTEL_IOCTL_PORT_BIND,
              LINTEL_IOCTL_PORT_CLOSE, LINTEL_IOCTL_PORT_SEND})
            ::syscall(SYS_ioctl, device, request,
                      &argument); // /dev/null refuses it, the filter does not
        if (!fine || memory == -1 || ::syscall(SYS_munmap, memory, 4096) != 0)
            end(1);
    });
    EXPECT_EQ(status, 0);
}

TEST_F(BlockSandbox, every_other_call_ends_the_process)
{
    const std::pair<const char*, long> calls[] = {{"open", SYS_open},
                                                  {"openat", SYS_openat},
                                                  {"socket", SYS_socket},
                                                  {"execve", SYS_execve},
                                                  {"fork", SYS_fork},
                                                  {"ptrace", SYS_ptrace},
                                                  {"kill", SYS_kill},
                                                  {"setuid", SYS_setuid},
                                                  {"mount", SYS_mount},
                                                  {"pread64", SYS_pread64},
                                                  {"sendmsg", SYS_sendmsg},
                                                  {"io_uring_setup", SYS_io_uring_setup},
                                                  {"ftruncate", SYS_ftruncate},
                                                  {"prctl", SYS_prctl},
                                                  {"pidfd_getfd", SYS_pidfd_getfd},
                                                  {"io_uring_register", SYS_io_uring_register}};
    for (const auto& [name, number] : calls)
        expect_killed(name, [number] { ::syscall(number, 0, 0, 0, 0, 0, 0); });
}

TEST_F(BlockSandbox, device_takes_no_other_request_and_no_other_file_takes_any)
{
    for (const std::uint32_t request :
         {LINTEL_IOCTL_CALL, LINTEL_IOCTL_MAP_FOREIGN, LINTEL_IOCTL_GRANT, LINTEL_IOCTL_CONFINE,
          LINTEL_IOCTL_PORT_ALLOC, LINTEL_IOCTL_PORT_BIND_VIRQ, std::uint32_t{FIONREAD}})
        expect_killed("ioctl", [request] { ::syscall(SYS_ioctl, device, request, 0); });
    expect_killed("another file", [] { ::syscall(SYS_ioctl, other, LINTEL_IOCTL_PORT_SEND, 0); });
}

TEST_F(BlockSandbox, no_memory_becomes_code)
{
    expect_killed("mmap", [] {
        ::syscall(SYS_mmap, 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    });
    alignas(4096) static std::byte page[4096];
    expect_killed("mprotect", [] { ::syscall(SYS_mprotect, page, 4096, PROT_READ | PROT_EXEC); });
}

} // namespace
} // namespace lintel::block
