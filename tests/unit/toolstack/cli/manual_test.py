# SPDX-License-Identifier: Apache-2.0
"""The program as a person meets it without dom0: manual pages, completion, messages, examples."""

import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TOOLS = Path(sys.argv.pop(1)).resolve()
TOP = Path(__file__).resolve().parents[4]
CLI = TOP / 'toolstack' / 'cli'
PAGES = sorted((CLI / 'man').iterdir())


class Program(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        for name in ('lintel', 'linteld'):
            (self.folder / name).symlink_to(TOOLS)

    def run_program(self, *words):
        return subprocess.run([self.folder / words[0], *words[1:]], capture_output=True, text=True)

    def commands(self):
        help_text = self.run_program('lintel', '--help').stdout
        return re.findall(r'^  (\w+) ', help_text.partition('Subcommands:')[2], re.M)

    def complete(self, *words):
        done = subprocess.run(['bash', '-c', '. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _lintel; '
                               'printf "%s\\n" "${COMPREPLY[@]}"', CLI / 'completion.bash', *words],
                              capture_output=True, text=True, check=True, cwd=self.folder,
                              env={'PATH': f'{self.folder}:/usr/bin:/bin'})
        return done.stdout.split()


class Manual(Program):
    def test_pages_are_well_formed(self):
        if shutil.which('groff') is None:
            self.skipTest('groff is not installed')
        for page in PAGES:
            done = subprocess.run(['groff', '-mandoc', '-Tutf8', '-ww', '-z', page], capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr), (0, ''), page)

    def test_every_command_and_exit_status_has_its_place(self):
        page = (CLI / 'man' / 'lintel.1').read_text()
        self.assertGreater(len(self.commands()), 8)
        for command in self.commands():
            self.assertRegex(page, rf'(?m)^\.It Ic {command}\b')
        header = (CLI / 'exit_status.hpp').read_text()
        for status in re.findall(r'= (\d+),', header):
            self.assertRegex(page, rf'(?m)^\.It {status}$')

    def test_every_word_of_disk_has_its_place(self):
        page = (CLI / 'man' / 'lintel.1').read_text()
        help_text = self.run_program('lintel', 'disk', '--help').stdout
        words = re.findall(r'^  (\w+) ', help_text.partition('Subcommands:')[2], re.M)
        self.assertEqual(len(words), 4)
        for word in words:
            self.assertRegex(page, rf'(?m)^\.It Ic disk {word}\b')
        for option in re.findall(r'--([\w-]+)', self.run_program('lintel', 'disk', 'attach', '--help').stdout):
            self.assertIn(f'-{option}', page)

    def test_every_field_of_a_disk_has_its_place(self):
        page = (CLI / 'man' / 'lintel.cfg.5').read_text()
        block = self.run_program('lintel', 'config', 'help').stdout.partition('\ndisk ')[2].partition('\nnic ')[0]
        fields = re.findall(r'(?m)^ {4}(?: {4})?(\w+) +(?:text|number|true|block)', block)
        self.assertIn('bytes_per_second', fields)
        for field in fields:
            self.assertRegex(page, rf'Cm {field}\b')

    def test_every_field_has_its_place(self):
        page = (CLI / 'man' / 'lintel.cfg.5').read_text()
        fields = re.findall(r'^(\w+) +\w', self.run_program('lintel', 'config', 'help').stdout.partition('\n\n')[2], re.M)
        self.assertIn('memory_mib', fields)
        self.assertEqual(sorted(re.findall(r'(?m)^\.It Ic (\w+)', page)), sorted(fields))

    def test_options_of_the_daemon_have_their_place(self):
        page = (CLI / 'man' / 'linteld.8').read_text()
        for option in re.findall(r'--(\w+)', self.run_program('linteld', '--help').stdout):
            if option != 'help':
                self.assertIn(f'Fl -{option}', page)


class Completion(Program):
    def test_commands(self):
        self.assertEqual(sorted(self.complete('lintel', '')), sorted(self.commands()))
        self.assertEqual(self.complete('lintel', '--json', 'des'), ['destroy'])

    def test_options_exist(self):
        for command in self.commands():
            known = self.run_program('lintel', command, '--help').stdout + self.run_program('lintel', '--help').stdout
            for option in self.complete('lintel', command, '--'):
                self.assertIn(option, known)

    def test_what_follows_disk(self):
        self.assertEqual(self.complete('lintel', 'disk', ''), ['attach', 'detach', 'list', 'resize'])
        self.assertIn('--read-only', self.complete('lintel', 'disk', 'attach', '--re'))
        known = self.run_program('lintel', 'disk', 'attach', '--help').stdout
        for option in self.complete('lintel', 'disk', 'attach', '--'):
            self.assertIn(option, known + self.run_program('lintel', '--help').stdout)
        (self.folder / 'web.img').write_text('')
        self.assertEqual(self.complete('lintel', 'disk', 'attach', 'web', 'vda', 'we'), ['web.img'])

    def test_files(self):
        (self.folder / 'web.cfg').write_text('')
        self.assertEqual(self.complete('lintel', 'create', 'we'), ['web.cfg'])
        self.assertEqual(self.complete('lintel', 'config', 'check', 'we'), ['web.cfg'])


class Messages(Program):
    def test_linteld_outside_of_dom0_says_so(self):
        done = self.run_program('linteld', '--folder', self.folder / 'run')
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r'^linteld: /dev/lintel: .*; is this dom0 on Lintel')

    def test_configurations_that_are_shipped_are_good(self):
        for path in sorted((TOP / 'toolstack' / 'images').glob('*.cfg')):
            done = self.run_program('lintel', 'config', 'check', path)
            self.assertEqual((done.returncode, done.stderr), (0, ''))

    def test_examples_of_the_manual_and_guide_are_good(self):
        manual = (CLI / 'man' / 'lintel.cfg.5').read_text()
        guide = (TOP / 'docs' / 'guide' / 'first-domain.md').read_text()
        examples = [manual.partition('.Bd -literal\n')[2].partition('.Ed')[0],
                    *re.findall(r'(?ms)^```config\n(.*?)^```', guide)]
        self.assertGreater(len(examples), 2)
        for example in examples:
            path = self.folder / 'example.cfg'
            path.write_text(example)
            done = self.run_program('lintel', 'config', 'check', path)
            self.assertEqual((done.returncode, done.stderr), (0, ''), example)


if __name__ == '__main__':
    unittest.main()
