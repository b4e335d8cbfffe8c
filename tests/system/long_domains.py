# SPDX-License-Identifier: Apache-2.0
"""Guests come and go many times, and leave nothing each time. ./dev test --long runs it."""

from .domains import DomainTest

LIMIT = 3600


class LongDomains(DomainTest):
    def come_and_go(self, rounds, life):
        output = self.run_dom0(f'''
            echo true | config web
            lintel create --paused /tmp/web.cfg && lintel destroy web # what is kept once for all is there now
            before=$(held)
            for n in $(seq {rounds}); do
                {life}
                [ "$(held)" = "$before" ] || {{ echo "round $n: $before; $(held)"; exit 1; }}
                echo "round $n is over"
            done
        ''', timeout=LIMIT)
        self.assertEqual(output.count('is over\n'), rounds)

    def test_two_hundred_paused_guests_leave_nothing(self):
        self.come_and_go(200, 'lintel create --paused /tmp/web.cfg && lintel destroy web || exit 1')

    def test_twenty_booted_guests_leave_nothing(self):
        self.come_and_go(20, 'lintel create -c /tmp/web.cfg </dev/null || exit 1')
