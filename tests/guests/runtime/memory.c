// SPDX-License-Identifier: Apache-2.0
// What the compiler may call by itself.
#include <stddef.h>

void* memcpy(void* to, const void* from, size_t bytes)
{
    void* const result = to;
    asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
    return result;
}

void* memset(void* to, int value, size_t bytes)
{
    void* const result = to;
    asm volatile("rep stosb" : "+D"(to), "+c"(bytes) : "a"(value) : "memory");
    return result;
}
