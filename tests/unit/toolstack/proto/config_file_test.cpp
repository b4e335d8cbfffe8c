// SPDX-License-Identifier: Apache-2.0
// Configurations: the good one, then each mistake with the line that a person reads.
#include "proto/config_file.hpp"

#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>

#include "proto/config_check.hpp"
#include "proto/config_help.hpp"

namespace lintel {
namespace {

const std::string good = "# a comment\n"
                         "name: \"web\"\n"
                         "kernel: \"/boot/vmlinux\"\n"
                         "memory_mib: 128\n";

std::string error_of(const std::string& text)
{
    const auto config = parse_config("web.cfg", text);
    return config.ok() ? "" : config.error().text;
}

// The good configuration with one line instead of another.
std::string with(const std::string& from, const std::string& to)
{
    auto text = good;
    return text.replace(text.find(from), from.size(), to);
}

std::string many_disks(int count)
{
    std::string text;
    for (int i = 0; i < count; ++i)
        text += "disk { name: \"vd" + std::string(1, static_cast<char>('a' + i)) +
                "\" path: \"/i\" }\n";
    return text;
}

TEST(ConfigFile, disks_are_read_and_defaults_filled_in)
{
    const auto config = parse_config(
        "/etc/lintel/web.cfg",
        good + "disk { name: \"vda\" path: \"web.img\" }\n"
               "disk {\n  name: \"vdb\"\n  path: \"/dev/sdb\"\n  read_only: true\n"
               "  sector_bytes: 4096\n  queues: 3\n  pool_pages: 512\n"
               "  limits { operations_per_second: 100 bytes_per_second: 5000000000 }\n}\n");
    ASSERT_TRUE(config.ok()) << config.error().text;
    const auto& first = config.value().disk(0);
    EXPECT_TRUE(first.path().ends_with("/etc/lintel/web.img")) << first.path();
    EXPECT_FALSE(first.read_only());
    EXPECT_EQ(first.pool_pages(), 256);
    EXPECT_EQ(queues_of(first, 2), 2);
    EXPECT_EQ(queues_of(first, 32), 4);
    const auto& second = config.value().disk(1);
    EXPECT_EQ(second.path(), "/dev/sdb");
    EXPECT_TRUE(second.read_only());
    EXPECT_EQ(queues_of(second, 1), 3);
    EXPECT_EQ(second.limits().bytes_per_second(), 5'000'000'000);
    EXPECT_EQ(pool_pages_of(config.value()), 257 + 3 * 513);
    EXPECT_TRUE(parse_config("web.cfg", good + many_disks(14)).ok());
}

TEST(ConfigFile, sample_is_read_and_defaults_filled_in)
{
    const auto config =
        parse_config("web.cfg", good + "ramdisk: '/boot/guest.cpio.gz'\n"
                                       "cmdline: 'console=hvc0 script=\"uname -a\"'\n"
                                       "vcpus: 2\n"
                                       "page_tables: NESTED  # the usual one\n"
                                       "on_crash: RESTART\n");
    ASSERT_TRUE(config.ok());
    EXPECT_EQ(config.value().name(), "web");
    EXPECT_EQ(config.value().memory_mib(), 128);
    EXPECT_EQ(config.value().vcpus(), 2);
    EXPECT_EQ(config.value().cmdline(), "console=hvc0 script=\"uname -a\"");
    EXPECT_EQ(config.value().on_crash(), proto::DomainConfig::RESTART);
    const auto defaults = parse_config("web.cfg", good);
    ASSERT_TRUE(defaults.ok());
    EXPECT_EQ(defaults.value().vcpus(), 1);
    EXPECT_EQ(defaults.value().on_crash(), proto::DomainConfig::DESTROY);
}

TEST(ConfigFile, every_mistake_is_one_line_with_file_line_field_and_a_way_out)
{
    const std::pair<std::string, std::string> cases[] = {
        {with("memory_mib: 128", "memory_mib: 2"),
         "web.cfg:4: memory_mib: 2 is out of range; write a number from 4 to 1048576"},
        {with("memory_mib: 128", "memory_mb: 128"),
         "web.cfg:4: memory_mb: there is no such field; 'lintel config help' lists them"},
        {with("memory_mib: 128\n", ""),
         "web.cfg: memory_mib: is missing; add a line such as memory_mib: 128"},
        {with("\"web\"", "\"\""), "web.cfg:2: name: is empty; write one, such as \"web\""},
        {with("\"web\"", "\"we b\""),
         "web.cfg:2: name: a name begins with a letter and has letters, digits, '.', '_' and '-'"},
        {with("\"web\"", "\"dom0\""),
         "web.cfg:2: name: 'dom0' is a name that lintel gives itself; choose another"},
        {with("\"web\"", "\"../../etc\""),
         "web.cfg:2: name: a name begins with a letter and has letters, digits, '.', '_' and '-'"},
        {with("\"web\"", "\"" + std::string(32, 'a') + "\""),
         "web.cfg:2: name: 32 bytes are more than 31; shorten it"},
        {good + "vcpus: 33\n", "web.cfg:5: vcpus: 33 is out of range; write a number from 1 to 32"},
        {good + "vcpus: 0\n", "web.cfg:5: vcpus: 0 is out of range; write a number from 1 to 32"},
        {good + "name: \"two\"\n", "web.cfg:5: name: is given twice; remove one"},
        {good + "page_tables: SOME\n",
         "web.cfg:5: page_tables: write NESTED, SEALED, SEALED_OR_NESTED or SEALED_CHECKED"},
        {good + "on_crash: EXPLODE # no\n\n\nvcpus: 1\n",
         "web.cfg:5: on_crash: write DESTROY, RESTART or PRESERVE"},
        {good + "disk { path: \"/srv/web.img\" }\n",
         "web.cfg:5: disk.name: is missing; add a line such as name: \"vda\""},
        {good + "disk {\n  name: \"vda\"\n  path: \"\"\n}\n",
         "web.cfg:7: disk.path: is empty; write one, such as \"/srv/web.img\""},
        {good + "disk {\n  name: \"../vda\"\n  path: \"/i\"\n}\n",
         "web.cfg:6: disk.name: a disk's name begins with a letter and has letters, digits, '_' "
         "and '-'"},
        {good + "disk {\n  name: \"a234567890123456\"\n  path: \"/i\"\n}\n",
         "web.cfg:6: disk.name: 16 bytes are more than 15; shorten it"},
        {good + "disk { name: \"vda\" path: \"/i\" }\ndisk { name: \"vda\" path: \"/j\" }\n",
         "web.cfg:6: disk.name: 'vda' is another disk's already; choose another"},
        {good + "disk { name: \"a\" path: \"/i\"\nsector_bytes: 1024 }\n",
         "web.cfg:6: disk.sector_bytes: is 1024; write 512 or 4096"},
        {good + "disk { name: \"a\" path: \"/i\"\nqueues: 17 }\n",
         "web.cfg:6: disk.queues: 17 is out of range; write a number from 1 to 16"},
        {good + "disk { name: \"a\" path: \"/i\"\nlimits {\noperations_per_second: 0 } }\n",
         "web.cfg:7: disk.limits.operations_per_second: 0 is out of range; write a number from 1 "
         "to 1000000000"},
        {good + "disk { name: \"a\" path: \"/i\" queues: 16 pool_pages: 1024 }\n",
         "web.cfg: disk: 16400 pages of all queues of all disks are more than 16384; lower queues "
         "or pool_pages"},
        {good + many_disks(15),
         "web.cfg:5: disk: 15 are more than a guest can have, 14; remove some"},
        {good + "\nnic { bridge: \"br0\" }\n",
         "web.cfg:6: nic: network cards do not exist yet; remove the block"},
        {good + "cmdline: \"a\\nb\"\n", "web.cfg:5: cmdline: has a control character; remove it"},
        {good + "cmdline: \"a\\000b\"\n", "web.cfg:5: cmdline: has a control character; remove it"},
        {"", "web.cfg: name: is missing; add a line such as name: \"web\""},
    };
    for (const auto& [text, expected] : cases)
        EXPECT_EQ(error_of(text), expected) << text;
}

TEST(ConfigFile, what_the_grammar_refuses_names_line_and_field)
{
    for (const char* text : {"memory_mib: many", "memory_mib: -1", "memory_mib: 99999999999",
                             "memory_mib 128", "memory_mib: \"128\"", "memory_mib: 12 {"}) {
        const auto error = error_of(with("memory_mib: 128", text));
        EXPECT_TRUE(error.starts_with("web.cfg:4: memory_mib: ") ||
                    error.starts_with("web.cfg:5: "))
            << error;
        EXPECT_EQ(error.find('\n'), std::string::npos) << error;
    }
    EXPECT_TRUE(error_of("\x7f"
                         "ELF\x02\x01")
                    .starts_with("web.cfg:1: "));
    EXPECT_TRUE(error_of("disk {").starts_with("web.cfg:1: "));
    EXPECT_NE(error_of("[lintel.proto.rule] { help: \"x\" }"), "");
}

TEST(ConfigFile, relative_paths_begin_at_the_folder_of_the_file)
{
    const auto config =
        parse_config("/etc/lintel/web.cfg", with("/boot/vmlinux", "vmlinux") + "ramdisk: \"/r\"\n");
    ASSERT_TRUE(config.ok());
    EXPECT_TRUE(config.value().kernel().ends_with("/etc/lintel/vmlinux"))
        << config.value().kernel();
    EXPECT_EQ(config.value().ramdisk(), "/r");
}

TEST(ConfigFile, what_is_no_file_is_refused)
{
    EXPECT_EQ(read_config("/nowhere/web.cfg").error().text,
              "/nowhere/web.cfg: No such file or directory; give the path of a configuration");
    EXPECT_EQ(read_config("/tmp").error().text,
              "/tmp: is not a file; give the path of a configuration");
    EXPECT_FALSE(read_config("/dev/zero").ok());
}

TEST(ConfigFile, longest_file_is_limited)
{
    char path[] = "/tmp/lintel-config-XXXXXX";
    const int fd = ::mkstemp(path);
    ASSERT_GE(fd, 0);
    ::close(fd);
    std::ofstream{path} << good << std::string(longest_config, '#');
    const auto config = read_config(path);
    ::unlink(path);
    ASSERT_FALSE(config.ok());
    EXPECT_NE(config.error().text.find("longer than 65536 bytes"), std::string::npos);
}

TEST(ConfigCheck, configuration_without_lines_is_checked_too)
{
    proto::DomainConfig config;
    config.set_name("web");
    config.set_kernel("/k");
    config.set_memory_mib(3);
    const auto complaint = find_complaint(config);
    ASSERT_TRUE(complaint);
    EXPECT_EQ(complaint->field, "memory_mib");
    EXPECT_EQ(complaint->line, 0);
}

TEST(ConfigHelp, names_every_field_and_word)
{
    const auto help = config_help();
    const auto& fields = *proto::DomainConfig::descriptor();
    for (int i = 0; i < fields.field_count(); ++i)
        EXPECT_NE(help.find(fields.field(i)->name() + ' '), std::string::npos)
            << fields.field(i)->name();
    for (const char* word : {"NESTED", "SEALED", "SEALED_OR_NESTED", "SEALED_CHECKED", "DESTROY",
                             "RESTART", "PRESERVE", "bridge", "4 to 1048576", "512 or 4096",
                             "bytes_per_second", "default false"})
        EXPECT_NE(help.find(word), std::string::npos) << word;
}

} // namespace
} // namespace lintel
