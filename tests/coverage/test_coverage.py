# SPDX-License-Identifier: Apache-2.0
"""./dev coverage without a machine: streams, ranges, reasons, sums."""

import unittest
import zlib
from collections import Counter

from . import counts, lines, report, unreached


def dump(path='/b/one.gcda', data=bytes(range(100)), checksum=None):
    rows = [f'coverage: object {path}'.encode()]
    rows += [b'coverage: data ' + data[at:at + 64].hex().encode() for at in range(0, len(data), 64)]
    return b'\n'.join([*rows, b'coverage: checksum %08x' % (zlib.crc32(data) if checksum is None else checksum)])


class SplitterTest(unittest.TestCase):
    def split(self, stream, size):
        passed = []
        splitter = counts.Splitter(passed.append)
        for at in range(0, len(stream), size):
            splitter.feed(stream[at:at + size])
        splitter.end()
        return b''.join(passed), splitter.last

    def test_the_console_is_as_if_nothing_had_been_dumped(self):
        stream = b'one' + counts.BEGIN + b'1' + counts.END + b'two\n' + counts.BEGIN + b'2' + counts.END + b'\n'
        for size in (1, 2, 7, len(stream)):
            self.assertEqual(self.split(stream, size), (b'onetwo\n\n', b'2'), size)

    def test_a_dump_cut_short_does_not_count(self):
        stream = b'a' + counts.BEGIN + b'1' + counts.END + counts.BEGIN + b'2'
        self.assertEqual(self.split(stream, 3), (b'a', b'1'))

    def test_nothing_waits_but_what_may_begin_a_dump(self):
        passed = []
        splitter = counts.Splitter(passed.append)
        splitter.feed(b'login: ')
        self.assertEqual(passed[-1], b'login: ')
        splitter.feed(b'x\ncover')
        self.assertEqual(passed[-1], b'x')


class CountsTest(unittest.TestCase):
    def test_objects_come_apart(self):
        two = counts.objects(dump() + b'\n' + dump('/b/two.gcda', b''))
        self.assertEqual(two, {'/b/one.gcda': bytes(range(100)), '/b/two.gcda': b''})

    def test_a_line_of_another_in_between_is_left_out(self):
        rows = dump().split(b'\n')
        self.assertEqual(len(counts.objects(b'\n'.join([*rows[:2], b'hello', *rows[2:]]))), 1)

    def test_a_line_that_another_broke_is_noticed(self):
        with self.assertRaises(counts.Damaged):
            counts.objects(dump().replace(b'coverage: data 40', b'cov[    1.0] hello\n40'))


class NameTest(unittest.TestCase):
    def test_bare_names(self):
        for full, bare in (('lintel::reset(lintel::Firmware const&)', 'reset'),
                           ('lintel::(anonymous namespace)::hang()', 'hang'),
                           ('lintel::Result<lintel::Mfn> lintel::Table<A<int>, 4>::map<B>(int)', 'map'),
                           ('memcpy', 'memcpy'), ('lintel::Mfn::operator==(lintel::Mfn) const', 'operator=='),
                           ('lintel::run(int)::{lambda(char)#1}::operator()(char) const', 'run')):
            self.assertEqual(lines.name({'demangled_name': full}), bare)


SOURCE = ['int a()', '{', '    if (x)', '        return 1;', '    return 2;', '}', 'int b()', '{', '    y();', '}']
FUNCTIONS = {(1, 6, 'a'), (7, 10, 'b')}


def found(counted):
    return unreached.ranges('f.cpp', Counter(counted), FUNCTIONS, SOURCE)


class RangesTest(unittest.TestCase):
    def test_a_reached_line_divides(self):
        self.assertEqual([str(part) for part in found({1: 1, 3: 0, 4: 0, 5: 1, 6: 0})], ['f.cpp:3-4', 'f.cpp:6'])

    def test_a_function_ends_a_range(self):
        self.assertEqual([str(part) for part in found({5: 0, 7: 0, 9: 0})], ['f.cpp:5', 'f.cpp:7-9'])

    def test_lines_without_code_do_not_count(self):
        self.assertEqual([part.lines for part in found({7: 0, 9: 0})], [2])


class ReasonsTest(unittest.TestCase):
    def explained(self, table, counted):
        parts = found(counted)
        stale = unreached.explain(parts, list(unreached.parse(table)))
        return [part.reason for part in parts], [entry.what for entry in stale]

    def test_by_function_and_by_text(self):
        self.assertEqual(self.explained('f.cpp  b()  never called\nf.cpp  return 1;  x is 0', {4: 0, 5: 1, 9: 0}),
                         (['x is 0', 'never called'], []))

    def test_by_file(self):
        self.assertEqual(self.explained('f.cpp  *  all', {4: 0, 9: 0}), (['all', 'all'], []))

    def test_what_is_reached_now_is_told(self):
        self.assertEqual(self.explained('# why\n\nf.cpp  b()  old\ng.cpp  *  gone', {4: 0, 9: 1}),
                         ([''], ['b()', '*']))

    def test_a_line_of_two_fields_is_refused(self):
        with self.assertRaisesRegex(ValueError, 'unreached:1'):
            list(unreached.parse('f.cpp  b() because'))


class ReportTest(unittest.TestCase):
    def test_a_line_counts_once_whoever_reached_it(self):
        host, machine = lines.Lines(), lines.Lines()
        host.counts['cpu/a.hpp'].update({1: 5, 2: 0, 3: 0})
        machine.counts['cpu/a.hpp'].update({1: 1, 2: 2, 4: 0})
        machine.counts['mm/b.cpp'].update({1: 1})
        files = list(report.rows(host, machine))
        self.assertEqual(files[0], report.Row('cpu/a.hpp', 4, host=1, machine=2, together=2))
        self.assertEqual(report.folders(files)[-1], report.Row('all', 5, host=1, machine=3, together=3))

    def test_nearly_all_is_not_all(self):
        self.assertEqual(report.share(9999, 10000), '99.9 %')
        self.assertEqual(report.share(10000, 10000), '100.0 %')


if __name__ == '__main__':
    unittest.main()
