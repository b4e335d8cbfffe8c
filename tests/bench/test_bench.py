# SPDX-License-Identifier: Apache-2.0
"""What the benchmarks make of a machine's output; of rings: test_ring.py. It needs no machine; `meson test` runs it."""

import dataclasses
import os
import sys
import unittest

from bench.block import loads as block_loads
from bench.block import report as block_report
from bench.command import Failure
from bench.disk import boots as disk_boots
from bench.disk import report as disk_report
from bench.domain import boots as domain_boots
from bench.domain import report as domain_report
from bench.exits import boots, report
from bench.os import sealed
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


DISK_CONSOLE = '''\
@count begin read-32 exits hlt 10
@count begin read-32 hypercalls event_send 5
@count end read-32 exits hlt 20
@count end read-32 hypercalls event_send 55
@result read-32 {"operations":100,"ticks":650000,"exits":{"hlt":9},"hypercalls":{"event_send":50,"grant_map":1}}
'''


class Disk(unittest.TestCase):
    LOAD = next(load for load in disk_boots.LOADS if load.name == 'read-32')

    def test_both_sides_counters_are_brought_together(self):
        [native], [guest] = ([disk_boots.parse(DISK_CONSOLE, [self.LOAD], by_dom0)[self.LOAD.name]]
                             for by_dom0 in (False, True))
        row = disk_report.row(self.LOAD, [native], [native], [guest])
        self.assertEqual((row['guest_exits'], row['dom0_exits'], row['events'], row['grants']), (0.09, 0.1, 1.0, 0.01))
        cells = disk_report.table({'rows': [row], 'runs_each': 1}).rows[0]
        self.assertEqual(cells[3:6], ('6,500', '6,500', 'met'))
        self.assertEqual(cells[9:11], ('< 0.2', 'met'))

    def test_a_load_that_is_missing_is_a_failure(self):
        with self.assertRaises(Failure):
            disk_boots.parse(DISK_CONSOLE, disk_boots.LOADS)

    def test_a_load_that_went_another_way_is_a_failure(self):
        load = dataclasses.replace(self.LOAD, direct=True)
        self.assertTrue(disk_boots.parse(DISK_CONSOLE + '@direct read-32 1\n', [load], True))
        for told in '', '@direct read-32 0\n':
            with self.assertRaises(Failure):
                disk_boots.parse(DISK_CONSOLE + told, [load], True)

    def test_dom0_has_to_count(self):
        with self.assertRaises(Failure):
            disk_boots.parse(DISK_CONSOLE.replace('end', 'later'), [self.LOAD], True)


def os_run(median, seal=None, exits=None, name='fork'):
    operation = {'name': name, 'text': name, 'repetitions': 10, 'median': median, 'mean': median, 'exits': exits or {},
                 'seal': seal or {}}
    return {'operations': [operation], 'flags': [], 'weaknesses': {}, 'memory_kib': 1}


class Sealed(unittest.TestCase):
    def row(self, ticks, exits, seal):
        result = sealed.compare([os_run(1000)], [os_run(1010)], [os_run(ticks, seal, {'hypercall': exits})])
        return result, sealed.table(result)

    def verdicts(self, ticks, exits, seal):
        _, table = self.row(ticks, exits, seal)
        return [cell for cell in table.rows[0] if cell in ('met', 'missed')]

    def test_the_model_adds_what_exits_cost_on_silicon(self):
        result, _ = self.row(1000, 5, {})
        self.assertEqual(result['rows'][0]['modelled'], (1000 + sealed.EXIT_CYCLES * 0.5) / 1000)

    def test_a_cleared_accessed_bit_is_an_exit_to_come(self):
        result, _ = self.row(1000, 0, {'accessed_cleared': 10})
        self.assertEqual(result['rows'][0]['modelled'], (1000 + sealed.EXIT_CYCLES) / 1000)

    def test_both_targets_are_judged(self):
        self.assertEqual(self.verdicts(1250, 0, {}), ['met', 'met', 'met'])
        self.assertEqual(self.verdicts(1251, 0, {}), ['missed', 'met', 'met'])
        self.assertEqual(self.verdicts(1250, 10, {}), ['met', 'missed', 'met'])
        self.assertEqual(self.verdicts(1250, 601, {}), ['met', 'missed', 'missed'])

    def test_batches_have_a_mean_and_a_distribution(self):
        result, table = self.row(1000, 0, {'commands': 60, 'batches': 20, 'batch_of_1': 15, 'batch_of_2': 0,
                                           'batch_of_8': 5})
        self.assertEqual((result['commands_per_batch'], result['batch_sizes']), (3, {1: 15, 2: 0, 8: 5}))
        self.assertIn('3.0; share of batches by size: 1 and more: 75.0%, 2 and more: 0.0%, 8 and more: 25.0%',
                      table.notes[-1])


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
                         [f'4 KiB random {way}, depth 32{where}' for way in ('read', 'write')
                          for where in ('', ', one processor')])

    def test_loads_have_names_of_their_own(self):
        names = [load.name for load in block_loads.LOADS]
        self.assertEqual(len(set(names)), len(names))
        self.assertIn('read-4k-32-together', names)
        self.assertIn('write-128k-8-granted', names)

    def test_a_load_that_is_together_runs_on_one_processor(self):
        apart, together = (block_loads.Load(False, False, 4096, 32, together=value) for value in (False, True))
        self.assertEqual(block_loads.processors(apart, {0, 2, 3}), {0, 2, 3})
        self.assertEqual(block_loads.processors(together, {0, 2, 3}), {3})
        cpu = max(os.sched_getaffinity(0))
        ask = [sys.executable, '-c', 'import os; print(list(os.sched_getaffinity(0)))']
        self.assertEqual(block_loads.output(ask, {cpu}), [cpu])

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
