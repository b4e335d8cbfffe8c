# SPDX-License-Identifier: Apache-2.0
"""The runner itself, without a machine: what it recognises in the streams, however they are cut into pieces."""

import unittest

from images import newc
from machine import guest_boot, guests, outcome, unit, watch
from machine.console import Console
from machine.debugger import DebuggerFilter

BANNER = (b'Bochs x86 Emulator\nNext at t=0\n'
          b'(0) [0x0000fffffff0] f000:fff0 (unk. ctxt): jmpf 0xf000:e05b ; ea5be000f0\n')
STOP = b'(0).[81062735] [0x00000010002d] 0010:000000000010002d (unk. ctxt): int3 ; cc\n'
EXIT = b'\x1elintel-exit cafe 5\r\n'


def pieces(data, size):
    return (data[at:at + size] for at in range(0, len(data), size))


class ConsoleTest(unittest.TestCase):
    def seen(self, data, size):
        written = []
        console = Console(written.append, 'cafe')
        output = DebuggerFilter(console.feed, cpus=1)
        for piece in pieces(data, size):
            output.feed(piece)
        output.end()
        console.end()
        return b''.join(written), console.script_status

    def test_only_the_guest_is_heard(self):
        for size in (1, 3, 1000):
            self.assertEqual(self.seen(BANNER + b'a (0) b\r\n' + STOP, size), (b'a (0) b\n', None))

    def test_exit_line_in_the_middle_of_a_line_ends_the_output(self):
        for size in (1, 3, 1000):
            self.assertEqual(self.seen(BANNER + b'no end' + EXIT + b'Power down\r\n' + STOP, size), (b'no end', 5))

    def test_exit_line_of_another_run_is_output(self):
        other = b'\x1elintel-exit beef 5\n'
        self.assertEqual(self.seen(BANNER + other, 1), (other, None))

    def test_nothing_waits_that_could_be_shown(self):
        written = []
        output = DebuggerFilter(written.append, cpus=1)
        output.feed(BANNER + b'~ # ')
        self.assertEqual(b''.join(written), b'~ # ')


class Com1Test(unittest.TestCase):
    def setUp(self):
        self.log = watch.HypervisorLog(lambda text: None)
        self.loader = watch.Loader(self.log.feed)

    def feed(self, text, size=1):
        for piece in pieces(text.encode(), size):
            self.loader.feed(piece)

    def test_last_word_with_its_reason(self):
        for size in (1, 1000):
            self.setUp()
            self.feed('\x1b[Hloader: up\n\rloader: start\n\r'
                      '(lintel) [    1.234567] error: machine: halt: no VMX: buy another\r\n', size)
            self.assertEqual(self.log.end, ('halt', 'no VMX: buy another'))

    def test_text_that_only_mentions_an_end_is_none(self):
        self.feed('loader: start\n\r(lintel) [    1.2] info: a line about machine: off\n')
        self.assertIsNone(self.log.end)

    def test_loader_says_why_it_failed(self):
        self.feed('error: no multiboot header found.\n\rloader: start\n\rloader: failed\n\r')
        self.assertTrue(self.loader.failed)
        self.assertEqual(self.loader.errors, ['no multiboot header found'])

    def test_loader_seen_twice_is_a_reset(self):
        self.feed('loader: up\n\rloader: start\n\rtext\n\x1b[Hloader: up\n\r')
        self.assertTrue(self.loader.again)


class GuestTest(unittest.TestCase):
    def verdict(self, status, word, errors='', halt=None, last=True):
        section = guest_boot.Section(word=word)
        end = guest_boot.Boot([section], status, errors) if last else None
        return guests.verdict(section, guests.Expectation(halt), end).verdict

    def test_success_counts_only_with_a_clean_end(self):
        self.assertEqual(self.verdict(0, 'success'), outcome.PASSED)
        self.assertEqual(self.verdict(124, 'success'), outcome.FAILED)
        self.assertEqual(self.verdict(0, ''), outcome.FAILED)

    def test_success_counts_when_others_follow_in_the_boot(self):
        self.assertEqual(self.verdict(0, 'success', last=False), outcome.PASSED)
        self.assertEqual(self.verdict(0, 'failure', last=False), outcome.FAILED)
        self.assertEqual(self.verdict(0, 'skip', last=False), outcome.SKIPPED)

    def test_halt_wants_the_right_reason(self):
        wrote, other = 'dev: the machine halted: dom0 wrote there', 'dev: the machine halted: no VMX'
        self.assertEqual(self.verdict(71, '', wrote, 'dom0 wrote'), outcome.PASSED)
        self.assertEqual(self.verdict(71, '', other, 'dom0 wrote'), outcome.FAILED)
        self.assertEqual(self.verdict(0, 'success', '', 'dom0 wrote'), outcome.FAILED)
        self.assertEqual(self.verdict(71, 'failure', wrote, 'dom0 wrote'), outcome.FAILED)

    def test_chains_are_of_equal_options_and_lone_kernels_stay_alone(self):
        def kernel(name, *expected):
            return guests.Kernel(name, 'image', guests.Expectation(*expected))
        two = ('--cpus', '2')
        chains = guests.chains([kernel('a'), kernel('b', None, False, two), kernel('c'), kernel('dies', 'killed'),
                                kernel('ends', None, True), kernel('d', None, False, two)])
        names = sorted([kernel.name for kernel in chain] for chain in chains)
        self.assertEqual(names, [['a', 'c'], ['b', 'd'], ['dies'], ['ends']])

    def test_no_chain_is_too_long(self):
        many = [guests.Kernel(f'{n}', 'image', guests.Expectation()) for n in range(3 * guests.LONGEST + 1)]
        chains = guests.chains(many)
        self.assertLessEqual(max(map(len, chains)), guests.LONGEST)
        self.assertEqual(sum(map(len, chains)), len(many))

    def test_table(self):
        table = guests.parse('# comment\nplain  success\nlone  alone\n'
                             'killed  halt dom0 .* outside  --mem 64 --cpus 2\n')
        self.assertEqual(table['plain'], guests.Expectation())
        self.assertEqual(table['killed'], guests.Expectation('dom0 .* outside', False,
                                                                ('--mem', '64', '--cpus', '2')))
        self.assertEqual(table['lone'], guests.Expectation(None, True))
        with self.assertRaisesRegex(ValueError, 'expect:1'):
            guests.parse('odd  perhaps\n')


class ReportTest(unittest.TestCase):
    def test_last_line(self):
        passed, failed, skipped = (outcome.Outcome(v) for v in (outcome.PASSED, outcome.FAILED, outcome.SKIPPED))
        self.assertEqual(outcome.total([passed, passed]), '2 passed, 0 failed')
        self.assertEqual(outcome.total([passed, failed, skipped]), '1 passed, 1 failed, 1 skipped')

    def test_meson_report(self):
        report = ('<testsuites><testsuite><testcase classname="Ring" name="Wraps" time="0.5"/>'
                  '<testcase classname="Ring" name="Fills"><failure message="4 != 5"/></testcase></testsuite></testsuites>')
        self.assertEqual([outcome.line(*result) for result in unit.read(report)],
                         ['passed  Ring/Wraps (0.5 s)', 'failed  Ring/Fills (0.0 s)\n    4 != 5'])


class InitramfsTest(unittest.TestCase):
    def test_archives_can_be_joined(self):
        archive = newc.archive([newc.text('odd', 'x' * 5), newc.directory('dir')])
        self.assertEqual(len(archive) % newc.ALIGNMENT, 0)
        self.assertEqual(archive, newc.archive([newc.text('odd', 'x' * 5), newc.directory('dir')]))
