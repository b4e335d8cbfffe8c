# SPDX-License-Identifier: Apache-2.0
"""What tests of disks that lintel-block serves have in common: a shell's words for dom0, and scripts for guests."""

from .domains import DomainTest

# disk NAME PATH [MORE FIELDS]: a block of a configuration.
# begin NAME: makes the guest; go_on NAME: looks at its console again. Both in the background.
# said TEXT: whether the guest's console, in /tmp/said, has shown it.
SHELL = r'''
disk() { printf 'disk { name: "%s" path: "%s" %s }' "$1" "$2" "$3"; }
begin() { (lintel create -c /tmp/$1.cfg </dev/null >/tmp/said 2>&1; echo "ended $?" >>/tmp/said) & }
go_on() { (lintel console $1 </dev/null >>/tmp/said 2>&1; echo "ended $?" >>/tmp/said) & }
said() { grep -q "$1" /tmp/said; }
backend() { lintel disk list --json | sed -n 's/.*"pid":\([0-9]*\).*/\1/p'; }
restarts() { lintel disk list --json | sed -n 's/.*"restarts":\([0-9]*\).*/\1/p'; }
has_backend() { # and the guest is connected to it
    [ "$(backend)" -gt 0 ] && lintel disk list | grep -q connected
}
finish() { # the guest's life takes longer than until_done waits
    for try in $(seq 100); do said 'ended 0' && break; sleep 1; done
    cat /tmp/said
}
'''

WAIT = 'until [ -b /dev/vda ]; do sleep 0.1; done'  # what begins every guest's script


def one_line(script):
    """A kernel's command line has but one, and this one no quotes."""
    lines = [line.strip() for line in [WAIT, *script.strip().splitlines()]]
    text = '; '.join(lines)
    assert len(text) < 1900 and not set(text) & set('\'"'), text
    return text.replace(' do; ', ' do ')


class DiskTest(DomainTest):
    def run_dom0(self, script, *options, timeout=600, **more):
        return super().run_dom0(SHELL + script, *options, timeout=timeout, **more).replace('\r', '')
