# SPDX-License-Identifier: Apache-2.0
"""python3 -m machine OPTIONS: what `./dev run` calls."""

import signal
import sys

from . import options, run, status


def terminated(_number, _frame):
    raise KeyboardInterrupt  # the same way out as Ctrl-C: every `finally` runs


def main():
    signal.signal(signal.SIGTERM, terminated)
    signal.signal(signal.SIGHUP, terminated)
    try:
        return run.run(options.parse(sys.argv[1:]))
    except status.Failure as failure:
        print(f'dev: {failure}', file=sys.stderr)
        return failure.status
    except KeyboardInterrupt:
        return status.INTERRUPTED
    except BrokenPipeError:
        return status.TROUBLE  # whoever read the console has gone


if __name__ == '__main__':
    sys.exit(main())
