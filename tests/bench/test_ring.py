# SPDX-License-Identifier: Apache-2.0
"""What the benchmark of rings makes of their runs. It needs no machine; `meson test` runs it."""

import unittest
from xml.etree import ElementTree

from bench.command import Failure
from bench.ring import plot, report as ring_report, runs


def ring_run(seconds, preempted=0):
    return {'seconds': seconds, 'line_seconds': 1e-7, 'notifications': 1000, 'preempted': preempted, 'realtime': True}


def sample(*times, notifications=0.0):
    return runs.Sample(list(times), [notifications] * len(times), [50.0] * len(times))


class Rings(unittest.TestCase):
    SETTING = runs.Setting('look', 64, 4)

    def test_figures_of_a_run_are_by_operation(self):
        found = runs.Sample()
        runs.add(found, self.SETTING, lambda: ring_run(0.02))
        self.assertEqual((found.times, found.notifications, found.lines), ([100.0], [0.005], [100.0]))
        self.assertEqual((found.preempted, found.repeated), (0, 0))

    def test_a_run_that_lost_its_cpu_is_made_again(self):
        found, answers = runs.Sample(), [ring_run(0.2, 1), ring_run(0.02)]
        runs.add(found, self.SETTING, lambda: answers.pop(0))
        self.assertEqual((found.times, found.preempted, found.repeated), ([100.0], 0, 1))

    def test_a_run_that_always_loses_its_cpu_is_counted_as_such(self):
        found = runs.Sample()
        runs.add(found, self.SETTING, lambda: ring_run(0.02, 2))
        self.assertEqual((len(found.times), found.preempted, found.repeated), (1, 1, runs.AGAIN))

    def test_rings_take_turns(self):
        order = []
        old, runs.run_once = runs.run_once, lambda program, setting, cpus: order.append(program) or ring_run(0.02)
        try:
            result = runs.measure({'lintel': 'ours', 'dpdk': 'theirs'}, 2, (0, 1))
        finally:
            runs.run_once = old
        self.assertEqual(order[:4], ['ours', 'theirs', 'ours', 'theirs'])
        asleep = [set(rings) for setting, rings in result.items() if setting.mode == 'sleep']
        self.assertEqual(asleep, [{'lintel'}] * len(runs.BATCHES))  # rte_ring has no notifications

    def test_no_ring_has_more_outstanding_than_slots(self):
        for setting in runs.settings():
            self.assertTrue(setting.batch <= setting.outstanding <= setting.size)

    def test_two_threads_of_a_core_are_no_pair(self):
        self.assertEqual(runs.cpu_pair({3, 0, 1}, lambda cpu: {0, 1} if cpu < 2 else {3}), (0, 3))
        with self.assertRaises(Failure):
            runs.cpu_pair({0, 1}, lambda cpu: {0, 1})
        with self.assertRaises(Failure):
            runs.cpu_pair({5}, lambda cpu: {cpu})

    def test_ours_is_held_against_the_best_descriptor_ring(self):
        rings = {'lintel': sample(90, 100, 300), 'packed': sample(80, 80, 500), 'split': sample(60, 400, 400),
                 'sequence': sample(10), 'dpdk': sample(1)}
        self.assertEqual(ring_report.against_best(rings, 'lintel'), (1.25, 'packed'))
        self.assertEqual(ring_report.against_best({'lintel': sample(1), 'dpdk': sample(1)}, 'lintel'), None)

    def test_the_target_is_for_those_that_poll_with_32_outstanding(self):
        self.assertEqual(ring_report.verdict(self.SETTING, (1.0, 'xen')), 'met')
        self.assertEqual(ring_report.verdict(self.SETTING, (1.06, 'xen')), 'missed')
        self.assertEqual(ring_report.verdict(runs.Setting('look', 64, 64), (2.0, 'xen')), '')
        self.assertEqual(ring_report.verdict(runs.Setting('sleep', 512, 1), (2.0, 'xen')), '')

    def test_the_table_has_best_and_median_and_says_what_is_missing(self):
        result = {self.SETTING: {'lintel': sample(50, 100, 200), 'packed': sample(100, 200, 200)},
                  runs.Setting('sleep', 512, 1): {'lintel': sample(1000, notifications=0.5)}}
        table = ring_report.table((result, {'dpdk': 'too far away'}))
        self.assertEqual(table.rows[0], ('poll, look', '64', '4', '32', '20.0 / 10.0', '', '10.0 / 5.0', '', '', '', '',
                                         '0.50 packed', 'met', ''))
        self.assertEqual(len(table.head), len(table.rows[0]))
        self.assertIn('Notifications for an operation, asleep, batches of 1: Lintel 0.500.', table.notes)
        self.assertIn('rte_ring is left out: too far away.', table.notes)

    def test_the_summary_is_of_ratios_where_there_is_a_target(self):
        result = {self.SETTING: {'lintel': sample(100), 'packed': sample(200), 'xen': sample(50)},
                  runs.Setting('bare', 64, 16): {'lintel': sample(100), 'packed': sample(50), 'xen': sample(200)},
                  runs.Setting('bare', 64, 64): {'lintel': sample(999), 'packed': sample(1), 'xen': sample(1)}}
        mean, least, most, means = ring_report.overall(result, 'lintel')
        self.assertEqual((round(mean, 3), least, most), (2.0, 2.0, 2.0))
        self.assertEqual({peer: round(times, 3) for peer, times in means.items()}, {'packed': 1.0, 'xen': 1.0})
        self.assertIsNone(ring_report.overall(result, 'index'))

    def test_the_file_has_every_run(self):
        found = runs.everything({self.SETTING: {'xen': sample(1, 2)}}, (0, 2), {'dpdk': 'why'})
        self.assertEqual((found['cpus'], found['left_out']), ([0, 2], {'dpdk': 'why'}))
        [row] = found['samples']
        self.assertEqual((row['ring'], row['mode'], row['outstanding'], row['times']), ('xen', 'look', 32, [1, 2]))

    def test_the_plot_has_a_panel_for_each_mode_and_size_and_a_line_for_each_ring(self):
        result = {runs.Setting(mode, size, batch): {'lintel': sample(10.0 * batch), 'xen': sample(20.0)}
                  for mode in ('bare', 'look') for size in (64, 512) for batch in (1, 4)}
        root = ElementTree.fromstring(plot.svg(result))
        lines = root.findall('{http://www.w3.org/2000/svg}polyline')
        self.assertEqual(len(lines), 8)
        # 100 and 25 million in a second of at most 100: from the top of the panel to a quarter of its height
        top, height = plot.TOP, plot.HEIGHT
        self.assertEqual([point.split(',')[1] for point in lines[0].get('points').split()],
                         [f'{top:.1f}', f'{top + 0.75 * height:.1f}'])

    def test_an_axis_ends_at_a_round_number(self):
        self.assertEqual([plot.round_up(value) for value in (0.4, 1, 1.1, 7, 34, 120)], [1, 1, 2, 10, 50, 200])


if __name__ == '__main__':
    unittest.main()
