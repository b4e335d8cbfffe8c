/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest program that a C library starts: what it does before main() is what fork + exec adds. */
int main(void)
{
    return 0;
}
