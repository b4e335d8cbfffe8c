// SPDX-License-Identifier: Apache-2.0
// Expectations of the control device's test program.
#include "control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int count;

int unmet(void)
{
    return count;
}

void expect_true(int met, const char* text, const char* file, int line)
{
    if (met)
        return;
    printf("%s:%d: not so: %s\n", file, line, text);
    count++;
}

void expect_failure(int error, long result, const char* text, const char* file, int line)
{
    if (result == -1 && errno == error)
        return;
    printf("%s:%d: %s gave %ld (%s) instead of %s\n", file, line, text, result,
           result == -1 ? strerror(errno) : "success", strerror(error));
    count++;
}

void die(const char* what)
{
    printf("%s: %s\n", what, strerror(errno));
    exit(2);
}
