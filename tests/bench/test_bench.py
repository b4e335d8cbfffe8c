# SPDX-License-Identifier: Apache-2.0
"""What the benchmarks make of a machine's output. It needs no machine; `meson test` runs it."""

import unittest

from bench.command import Failure
from bench.exits import boots, report
from bench.table import Table

CONSOLE = '''\
@boot 0 hypercall 40
@boot 0 hlt 7
@boot now 150
@before 0 hypercall 100
@before 0 hlt 10
@before now 350
noise @after 0 hypercall 9
@after 0 hypercall 200
@after 0 hlt 14
@after now 1350
'''


class Exits(unittest.TestCase):
    def test_an_idle_second_is_what_was_counted_by_the_time_that_passed(self):
        self.assertEqual(boots.parse(CONSOLE, 1), {'boot': {0: {'hypercall': 40, 'hlt': 7}},
                                                   'idle': {0: {'hypercall': 10.0, 'hlt': 0.4}}})

    def test_a_vcpu_without_counters_is_a_failure(self):
        with self.assertRaises(Failure):
            boots.parse(CONSOLE, 2)

    def test_operations_are_counted_by_repetition_over_all_runs(self):
        def run(exits):
            return {'operations': [{'name': 'x', 'text': 'X', 'repetitions': 100, 'exits': exits}]}
        [row] = report.of_operations([run({'hlt': 50}), run({'hlt': 100, 'cpuid': 200})])
        self.assertEqual((row['exits'], row['total']), ({'cpuid': 1.0, 'hlt': 0.75}, 1.75))

    def test_a_reason_that_nothing_had_gets_no_column(self):
        rows = [report.row('boot', 'a', {'hlt': 1, 'nmi': 0, 'cpuid': 2000}, 0),
                report.row('idle', 'b', {'hlt': 300.0, 'nmi': 0.0}, 1, report.IDLE_TARGET)]
        table = report.table(rows)
        self.assertEqual(table.head, ('', 'exits', 'hlt', 'cpuid', 'target', ''))
        self.assertEqual(table.rows, [('a', '2,001', '1', '2,000', '', ''),
                                      ('b', '300.0', '300.0', '', '< 300', 'missed')])


class Tables(unittest.TestCase):
    def test_numbers_stand_to_the_right(self):
        table = Table(('a', 'n'), {1}, [('b', '10'), ('long', '5')], ['note'])
        self.assertEqual(table.text(), '\na      n\nb     10\nlong   5\n\nnote\n')
        self.assertEqual(table.markdown(), '| a | n |\n| --- | --: |\n| b | 10 |\n| long | 5 |\n\n- note\n')


if __name__ == '__main__':
    unittest.main()
