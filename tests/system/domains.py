# SPDX-License-Identifier: Apache-2.0
"""What tests of guests have in common: dom0 runs a script that makes them."""

from .booted import MachineTest

# config NAME [MORE LINES]: a configuration whose guest runs the shell commands of standard input.
SHELL = r'''
config() {
    {
        printf 'name: "%s"\nkernel: "/boot/vmlinux"\nramdisk: "/boot/guest.cpio.gz"\n' "$1"
        printf "cmdline: 'console=hvc0 quiet script=\"%s\"'\n" "$(cat)"
        printf '%s\n' "${2:-memory_mib: 64}"
    } >/tmp/$1.cfg
}
figure() { lintel info --json | sed "s/.*\"$1\":\([0-9]*\).*/\1/"; }
free_frames() { figure free_frames; }
# What guests take and have to give back; never the same twice if it cannot be told.
held() {
    if figures=$(lintel info --json); then
        echo "$figures" | sed 's/"\(dirty_frames\|system_time_ns\)":[0-9]*,\?//g'
    else
        echo "no figures after $(cat /proc/uptime)"
    fi
}
# until COMMAND...: tries it for some seconds
until_done() {
    for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do "$@" && return; sleep 0.5; done
    echo "in vain: $*"; return 1
}
'''


class DomainTest(MachineTest):
    def run_dom0(self, script, *options, status=0, timeout=300):
        done = self.run_machine('--guests', *options, script=SHELL + script, timeout=timeout)
        self.assert_status(done, status)
        self.assertNotRegex(done.stdout, 'in vain:')
        return done.stdout
