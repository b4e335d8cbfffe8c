# SPDX-License-Identifier: Apache-2.0
"""The hypervisor's console and log go where its command line says."""

from .booted import MachineTest


class Outputs(MachineTest):
    def test_console_on_com1(self):
        # The runner takes all of COM1 for the log.
        done = self.run_machine('--hv-append', 'console=com1', '--hv-log', '-', script='echo over the line')
        self.assertIn('over the line', done.stderr)
        self.assertNotIn('over the line', done.stdout)

    def test_log_on_the_debug_port(self):
        done = self.run_machine('--hv-append', 'log=e9', '--hv-log', '-', script='true')
        self.assert_status(done, 0)
        self.assertRegex(done.stdout, r'\(lintel\) \[ +\d+\.\d+\] notice: Lintel, ABI revision')
        self.assertNotIn('ABI revision', done.stderr)

    def test_no_log(self):
        done = self.run_machine('--hv-append', 'log=none', '--hv-log', '-', script='true')
        self.assert_status(done, 0)
        self.assertNotIn('(lintel)', done.stdout + done.stderr)

    def test_only_warnings(self):
        done = self.run_machine('--hv-append', 'loglevel=warning nonsense', '--hv-log', '-', script='true')
        self.assert_status(done, 0)
        self.assertIn('warning: command line: ignoring unknown word `nonsense`', done.stderr)
        self.assertNotIn('notice:', done.stderr)
