// SPDX-License-Identifier: Apache-2.0
#include "proto/json.hpp"

#include <gtest/gtest.h>

#include "control.pb.h"

namespace lintel {
namespace {

TEST(Json, numbers_are_numbers_and_enumerators_small_words)
{
    proto::End end;
    end.set_how(proto::End::REBOOT);
    EXPECT_EQ(to_json(end), R"({"how":"reboot","text":""})");
    proto::DomainList list;
    auto& domain = *list.add_domains();
    domain.set_name("web");
    domain.set_cpu_ns(18446744073709551615u);
    const auto text = to_json(list);
    EXPECT_TRUE(text.starts_with(R"({"domains":[{"name":"web","domain":0,"state":"paused",)"))
        << text;
    EXPECT_NE(text.find(R"("cpu_ns":18446744073709551615,)"), std::string::npos);
    EXPECT_EQ(to_json(proto::DomainList{}), R"({"domains":[]})");
}

TEST(Json, what_is_not_set_is_left_out_unless_it_has_a_default)
{
    proto::DomainConfig config;
    config.set_name("web");
    EXPECT_EQ(
        to_json(config),
        R"({"name":"web","vcpus":1,"page_tables":"nested","disk":[],"nic":[],"on_crash":"destroy"})");
}

TEST(Json, strings_are_escaped_and_always_well_formed)
{
    EXPECT_EQ(json_string("a\"b\\c\n\r\x1b\x7f"), R"("a\"b\\c\n\u000d\u001b\u007f")");
    EXPECT_EQ(json_string("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80"),
              "\"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80\"");
    const std::string replacement = "\xef\xbf\xbd";
    // Cut short, overlong, a surrogate, beyond the last code point, a stray continuation.
    EXPECT_EQ(json_string("\xc3"), '"' + replacement + '"');
    EXPECT_EQ(json_string("\xe2\x82"), '"' + replacement + replacement + '"');
    EXPECT_EQ(json_string("\xc0\xaf"), '"' + replacement + replacement + '"');
    EXPECT_EQ(json_string("\xed\xa0\x80"), '"' + replacement + replacement + replacement + '"');
    EXPECT_EQ(json_string("\xf4\x90\x80\x80").substr(0, 4), '"' + replacement);
    EXPECT_EQ(json_string("\x80z"), '"' + replacement + "z\"");
}

} // namespace
} // namespace lintel
