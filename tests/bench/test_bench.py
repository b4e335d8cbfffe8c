# SPDX-License-Identifier: Apache-2.0
"""What the benchmarks make of a machine's output. It needs no machine; `meson test` runs it."""

import unittest

from bench.block import loads as block_loads
from bench.block import report as block_report
from bench.command import Failure
from bench.domain import boots as domain_boots
from bench.domain import report as domain_report
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


def guest_console(lost=0):
    def figures(when, frames, free, tables):
        return (f'@{when} {{"hypervisor_frames":{frames},"free_frames":{free},"tsc_khz":1000}}\n'
                f'@dom0 {{"table_bytes":"{tables}"}}\n')
    return ('2026-11-26 01:00:00 noise\n' + figures('before', 100, 900, 40960) + '@begin\n@ticks 1000\n@created\n@ticks 4000\n'
            + figures('during', 125, 800, 45056) + '@guest {"table_bytes":"24576"}\n'
            '@destroy\n@ticks 5000\n@destroyed\n@ticks 5600\n' + figures('after', 100, 900 - lost, 40960) +
            '@boot\n@ticks 6000\n@ticks 9000\n@nothing\n@ticks 9100\n@end\n@ticks 9110\n'
            + ''.join(f'@log x info: bench: is domain {n}, 128 MiB, 1 vCPU(s); made within {us} us\n'
                      for n, us in enumerate((9999, 2000, 2500), 1)))


class Guests(unittest.TestCase):
    def test_figures_are_differences(self):
        [run] = domain_boots.parse(guest_console(), 1)
        self.assertEqual(run, {'create': 2000, 'create_command': 3000, 'user': 3000, 'destroy_command': 600, 'clock': 10,
                               'state_kib': 72, 'ept_kib': 24, 'lost_frames': 0})

    def test_a_frame_that_is_lost_misses_the_target(self):
        table = domain_report.table(domain_boots.parse(guest_console(lost=1), 1))
        self.assertEqual(table.rows[-1][1:6], ('1', '1', '1', '0', 'missed'))

    def test_a_run_that_did_not_finish_is_a_failure(self):
        with self.assertRaises(Failure):
            domain_boots.parse(guest_console().replace('@end\n', ''), 1)
        with self.assertRaises(Failure):
            domain_boots.parse(guest_console(), 2)


class Disks(unittest.TestCase):
    def row(self, ours, target=block_loads.TARGET):
        result = {'runs': 3, 'seconds': 2, 'megabytes': 1024,
                  'rows': [{'name': 'x', 'ours': ours, 'fio': [1000.0, 900.0, 1100.0], 'target': target}]}
        return block_report.table(result).rows[0]

    def test_medians_are_compared(self):
        self.assertEqual(self.row([1000, 950, 10]), ('x', '950', '10', '1,000', '900', '0.950', '0.95', 'met'))
        self.assertEqual(self.row([940, 949, 2000])[5:], ('0.949', '0.95', 'missed'))
        self.assertEqual(self.row([1, 1, 1], None)[5:], ('0.001', '', ''))

    def test_only_small_loads_at_depth_32_have_a_target(self):
        self.assertEqual([load.text for load in block_loads.LOADS if load.target],
                         ['4 KiB random read, depth 32', '4 KiB random write, depth 32'])

    def test_a_program_that_fails_is_a_failure(self):
        with self.assertRaises(Failure):
            block_loads.output(['false'])


class Tables(unittest.TestCase):
    def test_numbers_stand_to_the_right(self):
        table = Table(('a', 'n'), {1}, [('b', '10'), ('long', '5')], ['note'])
        self.assertEqual(table.text(), '\na      n\nb     10\nlong   5\n\nnote\n')
        self.assertEqual(table.markdown(), '| a | n |\n| --- | --: |\n| b | 10 |\n| long | 5 |\n\n- note\n')


if __name__ == '__main__':
    unittest.main()
