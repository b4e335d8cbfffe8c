// SPDX-License-Identifier: Apache-2.0
// The lintel command and linteld, talking over their socket; the machine behind them is played.
#include "cli/commands.hpp"

#include <gtest/gtest.h>

#include <lintel/hypercall.h>

#include "fakes/console_guest.hpp"
#include "fakes/running_daemon.hpp"

namespace lintel {
namespace {

using Strings = std::vector<std::string>;

class Commands : public ::testing::Test {
protected:
    RunningDaemon::Result run(const Strings& arguments) { return daemon_.run(arguments); }
    FakeMachine& machine() { return daemon_.machine; }
    bool guest_is_there() { return machine().domains.size() == 2; }
    void create(const std::string& name)
    {
        EXPECT_EQ(run({"create", daemon_.config(name)}).status, 0);
    }

    RunningDaemon daemon_;
};

TEST_F(Commands, guest_is_created_listed_and_destroyed)
{
    const auto created = run({"create", daemon_.config("web", "vcpus: 2\n")});
    EXPECT_EQ(created.status, 0) << created.error;
    EXPECT_EQ(created.out, "");
    const auto listed = run({"list"});
    EXPECT_NE(listed.out.find("dom0      0"), std::string::npos) << listed.out;
    EXPECT_NE(listed.out.find("web       1 running       2"), std::string::npos) << listed.out;
    EXPECT_EQ(run({"destroy", "web"}).status, 0);
    EXPECT_EQ(machine().domains.size(), 1);
    EXPECT_EQ(run({"list"}).out.find("web"), std::string::npos);
}

TEST_F(Commands, pause_and_unpause_are_for_the_guest_that_they_name)
{
    EXPECT_EQ(run({"create", daemon_.config("web")}).status, 0);
    EXPECT_EQ(run({"create", daemon_.config("other")}).status, 0);
    EXPECT_EQ(run({"pause", "web"}).status, 0);
    EXPECT_NE(run({"info", "web", "--json"}).out.find(R"("state":"paused")"), std::string::npos);
    EXPECT_NE(run({"info", "other", "--json"}).out.find(R"("state":"running")"), std::string::npos);
    EXPECT_EQ(run({"unpause", "web"}).status, 0);
    EXPECT_NE(run({"info", "web", "--json"}).out.find(R"("state":"running")"), std::string::npos);
}

TEST_F(Commands, info_says_who_writes_page_tables)
{
    EXPECT_EQ(run({"create", "--paused", daemon_.config("web")}).status, 0);
    EXPECT_EQ(run({"create", "--paused", daemon_.config("safe", "page_tables: SEALED\n")}).status, 0);
    EXPECT_NE(run({"info", "web"}).out.find("page tables      nested\n"), std::string::npos);
    EXPECT_NE(run({"info", "web", "--json"}).out.find(R"("page_tables":"nested")"), std::string::npos);
    EXPECT_NE(run({"info", "safe"}).out.find("page tables      not sealed, but may be\n"),
              std::string::npos);
    for (auto& [number, domain] : machine().domains) {
        domain.info.page_tables = LINTEL_PAGE_TABLES_SEALED;
        domain.info.protected_frames = 3;
    }
    EXPECT_NE(run({"info", "safe"}).out.find("page tables      sealed, 12 KiB protected\n"),
              std::string::npos);
    EXPECT_NE(run({"info", "safe", "--json"}).out.find(R"("page_tables":"sealed","protected_bytes":12288)"),
              std::string::npos);
}

TEST_F(Commands, json_is_printed_for_programs)
{
    const auto created = run({"create", "--json", "--paused", daemon_.config("web")});
    EXPECT_TRUE(created.out.starts_with(R"({"name":"web","domain":1,"state":"paused",)"))
        << created.out;
    EXPECT_TRUE(run({"--json", "list"}).out.starts_with(R"({"domains":[{"name":"dom0")"));
    EXPECT_TRUE(run({"info", "web", "--json"}).out.starts_with(R"({"name":"web")"));
    EXPECT_NE(run({"info", "--json"}).out.find(R"("free_frames":)"), std::string::npos);
    EXPECT_EQ(run({"pause", "web", "--json"}).out, "{}\n");
    EXPECT_EQ(run({"destroy", "web", "--json"}).out, "{\"how\":\"destroyed\",\"text\":\"\"}\n");
    const auto failed = run({"destroy", "web", "--json"});
    EXPECT_EQ(failed.status, 1);
    EXPECT_EQ(failed.error,
              "{\"error\":\"there is no guest 'web'; 'lintel list' shows those that exist\"}\n");
}

TEST_F(Commands, disks_are_attached_listed_and_detached)
{
    create("web");
    const auto image = daemon_.files.write("image", std::string(1 << 20, 'i'));
    const auto attached =
        run({"disk", "attach", "web", "vda", image, "--read-only", "--operations", "100"});
    EXPECT_EQ(attached.status, 0) << attached.error;
    EXPECT_EQ(attached.out, "");
    const auto listed = run({"disk", "list"});
    EXPECT_NE(listed.out.find("web   vda"), std::string::npos) << listed.out;
    EXPECT_NE(listed.out.find(image + " (read-only)\n"), std::string::npos) << listed.out;
    const auto shown = run({"disk", "list", "web", "--json"});
    EXPECT_TRUE(shown.out.starts_with(R"({"disks":[{"guest":"web","name":"vda",)")) << shown.out;
    EXPECT_NE(shown.out.find(R"("read":{"requests":0,)"), std::string::npos) << shown.out;
    EXPECT_EQ(run({"disk", "detach", "web", "vda", "--json"}).out, "{}\n");
    EXPECT_EQ(run({"disk", "list", "--json"}).out, "{\"disks\":[]}\n");
    EXPECT_EQ(run({"destroy", "web"}).status, 0);
}

TEST_F(Commands, mistakes_with_disks_are_one_line)
{
    create("web");
    const auto image = daemon_.files.write("image", std::string(1 << 20, 'i'));
    EXPECT_EQ(run({"disk", "attach", "web", "vda", image}).status, 0);
    const std::pair<Strings, std::string> cases[] = {
        {{"disk"}, "--help"},
        {{"disk", "attach", "web", "vdb"}, "path is required"},
        {{"disk", "attach", "web", "../b", image}, "name: a disk's name begins with a letter"},
        {{"disk", "attach", "web", "vdb", image, "--sector", "1000"}, "is 1000; write 512 or 4096"},
        {{"disk", "attach", "web", "vdb", image, "--queues", "17"}, "queues: 17 is out of range"},
        {{"disk", "attach", "web", "vdb", "/nowhere"}, "/nowhere: No such file"},
        {{"disk", "attach", "web", "vdb", image}, "is the disk 'vda' of web already"},
        {{"disk", "attach", "other", "vdb", image}, "there is no guest 'other'"},
        {{"disk", "detach", "web", "vdb"}, "web has no disk 'vdb'"},
        {{"disk", "list", "other"}, "there is no guest 'other'"},
        {{"disk", "resize", "web", "vda", "512K"}, "has 1048576 bytes already; a disk only grows"},
        {{"disk", "resize", "web", "vda", "many"}, "--help"},
    };
    for (const auto& [arguments, expected] : cases) {
        const auto result = run(arguments);
        EXPECT_TRUE(result.status == 1 || result.status == 2) << result.status;
        EXPECT_NE(result.error.find(expected), std::string::npos) << result.error;
        EXPECT_EQ(std::count(result.error.begin(), result.error.end(), '\n'), 1) << result.error;
    }
    EXPECT_EQ(run({"destroy", "web"}).status, 0);
}

TEST_F(Commands, mistakes_are_one_line)
{
    const std::pair<Strings, std::string> cases[] = {
        {{"frobnicate"}, "--help"},
        {{}, "--help"},
        {{"create"}, "file is required"},
        {{"create", "/nowhere.cfg"},
         "lintel: /nowhere.cfg: No such file or directory; give the path"},
        {{"create", daemon_.config("web", "vcpus: 99\n")}, "web.cfg:4: vcpus: 99 is out of range"},
        {{"create", daemon_.config("bad", "ramdisk: \"missing\"\n")},
         "missing: No such file or directory"},
        {{"console", "web"}, "there is no guest 'web'"},
        {{"info", "web"}, "there is no guest 'web'"},
        {{"destroy", "dom0"}, "there is no guest 'dom0'"},
        {{"shutdown", "--timeout", "3", "web"}, "--help"},
        {{"config", "check", "/tmp"}, "/tmp: is not a file"},
    };
    for (const auto& [arguments, expected] : cases) {
        const auto result = run(arguments);
        EXPECT_TRUE(result.status == 1 || result.status == 2) << result.status;
        EXPECT_EQ(result.out, "");
        EXPECT_NE(result.error.find(expected), std::string::npos) << result.error;
        EXPECT_EQ(std::count(result.error.begin(), result.error.end(), '\n'), 1) << result.error;
    }
}

TEST_F(Commands, attached_creation_shows_the_console_from_the_first_byte_to_the_end)
{
    auto command = daemon_.begin({"create", "-c", daemon_.config("web")});
    command.end_of_input(); // stays attached all the same
    daemon_.serve_while([&] { return !guest_is_there(); });
    ConsoleGuest guest{machine(), 1};
    guest.say("booting\r\n");
    daemon_.serve_while([&] { return command.shown().empty(); });
    guest.say("last words\r\n");
    machine().shut_down(1, LINTEL_SHUTDOWN_POWEROFF);
    const auto result = command.finish();
    EXPECT_EQ(result.status, 0);
    EXPECT_EQ(result.out, "booting\r\nlast words\r\n");
    EXPECT_EQ(result.error, "lintel: web has powered off\n");
    EXPECT_EQ(machine().domains.size(), 1);
}

TEST_F(Commands, exit_status_tells_how_the_guest_ended)
{
    const std::pair<std::function<void()>, int> endings[] = {
        {[&] { machine().shut_down(machine().only(), LINTEL_SHUTDOWN_HALT); }, 0},
        {[&] { machine().shut_down(machine().only(), LINTEL_SHUTDOWN_REBOOT); }, 64},
        {[&] { machine().crash(machine().only(), "triple fault"); }, 65},
    };
    for (const auto& [end, status] : endings) {
        auto command = daemon_.begin({"create", "-c", daemon_.config("web")});
        daemon_.serve_while([&] { return !guest_is_there(); });
        end();
        EXPECT_EQ(command.finish().status, status);
    }
    auto command = daemon_.begin({"create", "-c", daemon_.config("web")});
    daemon_.serve_while([&] { return !guest_is_there(); });
    EXPECT_EQ(run({"destroy", "web"}).status, 0);
    EXPECT_EQ(command.finish().status, 66);
}

TEST_F(Commands, keys_reach_the_guest_and_ctrl_bracket_detaches)
{
    create("web");
    ConsoleGuest guest{machine(), 1};
    guest.hear();
    guest.say("login: ");
    auto command = daemon_.begin({"console", "web"}, "root\n");
    std::string heard;
    daemon_.serve_while([&] { return heard.size() < 5; }, [&] { heard += guest.hear(); });
    EXPECT_EQ(heard, "root\n");
    command.type("x\x1d"
                 "never sent");
    const auto result = command.finish();
    EXPECT_EQ(result.status, 67);
    EXPECT_EQ(result.out, "login: ");
    daemon_.serve_while([&] { return heard.size() < 6; }, [&] { heard += guest.hear(); });
    EXPECT_EQ(heard, "root\nx");
    EXPECT_TRUE(guest_is_there());
}

TEST_F(Commands, more_input_than_the_guest_takes_arrives_whole)
{
    create("web");
    ConsoleGuest guest{machine(), 1};
    guest.hear();
    std::string typed;
    for (int i = 0; i < 8000; ++i)
        typed += std::to_string(i) + '\n';
    auto command = daemon_.begin({"console", "web"}, typed.substr(0, 30000)); // a pipe holds 64 KiB
    std::string heard;
    daemon_.serve_while([&] { return heard.size() < 30000; }, [&] { heard += guest.hear(); });
    EXPECT_EQ(heard, typed.substr(0, 30000));
    command.type("\x1d");
    EXPECT_EQ(command.finish().status, 67);
}

TEST_F(Commands, console_of_a_preserved_guest_tells_its_last_words_and_end)
{
    EXPECT_EQ(run({"create", daemon_.config("web", "on_crash: PRESERVE\n")}).status, 0);
    ConsoleGuest{machine(), 1}.say("panic!");
    machine().crash(1, "killed by the test");
    const auto result = run({"console", "web"});
    EXPECT_EQ(result.status, 65);
    EXPECT_EQ(result.out, "panic!");
    EXPECT_EQ(result.error, "lintel: web has crashed: killed by the test\n");
    const auto info = run({"info", "web"});
    EXPECT_NE(info.out.find("killed by the test"), std::string::npos) << info.out;
}

TEST_F(Commands, shutdown_waits_and_says_how_it_ended)
{
    create("web");
    auto command = daemon_.begin({"shutdown", "--wait", "web"});
    daemon_.serve_while([&] { return !machine().domains.at(1).asked; });
    machine().shut_down(1, LINTEL_SHUTDOWN_POWEROFF);
    const auto result = command.finish();
    EXPECT_EQ(result.status, 0);
    EXPECT_EQ(result.error, "lintel: web has powered off\n");
}

TEST_F(Commands, shutdown_gives_up_waiting_when_told_to)
{
    create("web");
    const auto result = run({"shutdown", "--wait", "--timeout", "1", "web"});
    EXPECT_EQ(result.status, 1);
    EXPECT_EQ(result.error, "lintel: not done within 1 s; it goes on\n");
}

TEST_F(Commands, attached_command_survives_nothing_but_says_so_when_linteld_dies)
{
    create("web");
    auto command = daemon_.begin({"console", "web"});
    ConsoleGuest{machine(), 1}.say("here");
    daemon_.serve_while([&] { return command.shown().empty(); });
    daemon_.kill();
    const auto status = command.finish();
    EXPECT_EQ(status.status, 68);
    EXPECT_NE(status.error.find("'lintel console web' attaches again"), std::string::npos);
    daemon_.start();
    auto again = daemon_.begin({"console", "web"});
    ConsoleGuest guest{machine(), 1};
    guest.say("still here");
    daemon_.serve_while([&] { return again.shown().empty(); });
    EXPECT_EQ(again.shown(), "still here");
    again.type("\x1d");
    EXPECT_EQ(again.finish().status, 67);
}

TEST_F(Commands, log_of_the_hypervisor_comes_in_pieces)
{
    for (int i = 0; i < 5000; ++i)
        machine().log += "line " + std::to_string(i) + '\n';
    EXPECT_EQ(run({"dmesg"}).out, machine().log);
    machine().log_begin = 1000;
    EXPECT_EQ(run({"dmesg"}).out, machine().log);
}

TEST_F(Commands, configurations_are_checked_and_explained)
{
    const auto good = daemon_.config("web");
    EXPECT_EQ(run({"config", "check", good}).out, good + ": is a good configuration\n");
    const auto json = run({"config", "check", "--json", good}).out;
    EXPECT_TRUE(
        json.starts_with(R"({"name":"web","kernel":")" + daemon_.files.folder() + "/vmlinux\""))
        << json;
    const auto bad = run({"config", "check", daemon_.config("bad", "nic { bridge: \"br0\" }\n")});
    EXPECT_EQ(bad.status, 2);
    EXPECT_NE(run({"config", "help"}).out.find("memory_mib"), std::string::npos);
    for (const Strings& help : {Strings{"--help"}, Strings{"create", "--help"}}) {
        const auto text = run(help);
        EXPECT_EQ(text.status, 0);
        EXPECT_NE(text.out.find("create"), std::string::npos);
    }
}

TEST_F(Commands, without_linteld_the_way_out_is_told)
{
    daemon_.kill();
    const auto result = run({"list"});
    EXPECT_EQ(result.status, 1);
    EXPECT_NE(result.error.find("is linteld running?"), std::string::npos) << result.error;
}

} // namespace
} // namespace lintel
