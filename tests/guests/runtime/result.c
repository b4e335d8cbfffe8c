// SPDX-License-Identifier: Apache-2.0
// Formatting, the verdict, and what comes after it: the next test of the chain, or power off.
#include "result.h"

#include <stdarg.h>
#include <stddef.h>

#include "chain.h"
#include "child.h"
#include "hypercall.h"
#include "ordinary.h"
#include "reset.h"

#define SHOWN 20u /* unmet expectations; the others are only counted */

static unsigned failures;

struct line {
    char text[256];
    size_t used;
};

static void put(struct line* line, char c)
{
    if (line->used < sizeof line->text)
        line->text[line->used++] = c;
}

static void put_number(struct line* line, uint64_t value, unsigned base, unsigned width)
{
    char digits[20];
    unsigned count = 0;
    do {
        digits[count++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    for (; width > count; --width)
        put(line, '0');
    while (count != 0)
        put(line, digits[--count]);
}

static void put_text(struct line* line, const char* text)
{
    while (*text != '\0')
        put(line, *text++);
}

static void format(struct line* line, const char* at, va_list list)
{
    for (; *at != '\0'; ++at) {
        if (*at != '%') {
            put(line, *at);
            continue;
        }
        unsigned width = 0;
        bool wide = false;
        for (++at; *at >= '0' && *at <= '9'; ++at)
            width = width * 10 + (unsigned)(*at - '0');
        for (; *at == 'l'; ++at)
            wide = true;
        switch (*at) {
        case 's':
            put_text(line, va_arg(list, const char*));
            break;
        case 'c':
            put(line, (char)va_arg(list, int));
            break;
        case 'd': {
            const int64_t value = wide ? va_arg(list, int64_t) : va_arg(list, int);
            if (value < 0)
                put(line, '-');
            put_number(line, value < 0 ? -(uint64_t)value : (uint64_t)value, 10, width);
            break;
        }
        default:
            put_number(line, wide ? va_arg(list, uint64_t) : va_arg(list, unsigned),
                       *at == 'x' ? 16 : 10, width);
        }
    }
}

// A serial line takes it in parts.
static void write_out(const struct line* line)
{
    for (unsigned done = 0; done < line->used;) {
        const int64_t taken = console_write((uintptr_t)line->text + done, line->used - done);
        if (taken <= 0)
            return;
        done += (unsigned)taken;
    }
}

static void say(const struct line* line)
{
    if (ordinary_print != NULL)
        ordinary_print(line->text, line->used);
    else if (in_child())
        child_print(line->text, line->used);
    else
        write_out(line);
}

static void print_list(const char* prefix, const char* text, va_list list)
{
    struct line line;
    line.used = 0;
    put_text(&line, prefix);
    format(&line, text, list);
    put(&line, '\n');
    say(&line);
}

_Noreturn static void power_off(void)
{
    for (;;)
        shutdown(LINTEL_SHUTDOWN_POWEROFF);
}

void print(const char* text, ...)
{
    va_list list;
    va_start(list, text);
    print_list("", text, list);
    va_end(list);
}

// `result: WORD TEXT`, or as one of several, `result of NAME: WORD TEXT`.
static void tell(const char* word, const char* text, va_list list)
{
    struct line line;
    const char* const name = in_child() ? NULL : chain_name();
    line.used = 0;
    put_text(&line, "result");
    if (name != NULL) {
        put_text(&line, " of ");
        put_text(&line, name);
    }
    put_text(&line, ": ");
    put_text(&line, word);
    put(&line, ' ');
    format(&line, text, list);
    put(&line, '\n');
    say(&line);
}

// Other tests follow in this boot only while nothing went wrong: they are to find an intact
// machine.
#define ENDING(name)                 \
    void name(const char* text, ...) \
    {                                \
        va_list list;                \
        va_start(list, text);        \
        tell(#name, text, list);     \
        va_end(list);                \
        power_off();                 \
    }
ENDING(error)
ENDING(failure)

// The result is told last: should the machine die while it is put in order, it is this test's
// doing.
_Noreturn static void end(const char* word, const char* text, ...)
{
    va_list list;
    if (!reset())
        failure("a vCPU does not stop");
    va_start(list, text);
    tell(word, text, list);
    va_end(list);
    chain_go_on();
    power_off();
}

void skip(const char* text, ...)
{
    struct line line;
    va_list list;
    line.used = 0;
    va_start(list, text);
    format(&line, text, list);
    va_end(list);
    put(&line, '\0');
    end("skip", "%s", line.text);
}

static unsigned unmet(void)
{
    return __atomic_add_fetch(&failures, 1, __ATOMIC_SEQ_CST);
}

unsigned unmet_count(void)
{
    return __atomic_load_n(&failures, __ATOMIC_SEQ_CST);
}

void expect_met(bool met, const char* what, const char* file, int line)
{
    if (met)
        return;
    if (unmet() <= SHOWN)
        print("%s:%d: not so: %s", file, line, what);
}

void expect_value(int64_t got, int64_t wanted, const char* what, const char* file, int line)
{
    if (got == wanted)
        return;
    if (unmet() <= SHOWN)
        print("%s:%d: %s is %ld (%lx), not %ld (%lx)", file, line, what, got, (uint64_t)got, wanted,
              (uint64_t)wanted);
}

void about_to_die(const char* how)
{
    print("expect: killed, %s", how);
}

void survived(void)
{
    failure("the guest lived");
}

void finish_at_once(void)
{
    if (unmet_count() != 0)
        failure("%u expectations not met", unmet_count());
    print("result: success");
    power_off();
}

_Noreturn void finish(void)
{
    if (failures != 0)
        failure("%u expectations not met", failures);
    end("success", "");
}
