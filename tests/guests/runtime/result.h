/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a test says. A test is `void test(void)`; when it returns, the result is success, or failure
 * if an expectation was not met. One that has to die ends in survived().
 */
#ifndef RUNTIME_RESULT_H
#define RUNTIME_RESULT_H

#include <stdbool.h>
#include <stdint.h>

#define PRINTF(text, first) __attribute__((format(printf, text, first)))

/* %s %c %d %u %x, and with l; a width with leading zero. Lines up to 255 bytes. */
void print(const char* format, ...) PRINTF(1, 2);

_Noreturn void skip(const char* format, ...) PRINTF(1, 2);
_Noreturn void error(const char* format, ...) PRINTF(1, 2); /* the test itself is broken */
_Noreturn void failure(const char* format, ...) PRINTF(1, 2);

/* Prints `what` unless met, and goes on. */
void expect_met(bool met, const char* what, const char* file, int line);
void expect_value(int64_t got, int64_t wanted, const char* what, const char* file, int line);
#define expect(condition) expect_met((condition), #condition, __FILE_NAME__, __LINE__)
#define expect_equal(got, wanted) \
    expect_value((int64_t)(got), (int64_t)(wanted), #got, __FILE_NAME__, __LINE__)

unsigned unmet_count(void); /* expectations that were not met so far */

/*
 * The end of a test that leaves a vCPU in a state from which nothing brings it back: nothing is put
 * in order, and no other test can follow. Such a test is `alone` in the table of expectations.
 */
_Noreturn void finish_at_once(void);

/* Announces that the next thing is to end the domain; survived() is for when it did not. */
void about_to_die(const char* how);
_Noreturn void survived(void);

void test(void);

#endif
