"""Room ``cli``: the command line. Parses arguments, calls ``plant``, prints tables or one JSON document."""

import os
import sys

from nightmill.vocabulary.garbage import collect_rarely


def main() -> None:
    """Entry point of the ``nightmill`` command."""
    collect_rarely()
    # matrices here are small: separate threads cost more than they save, and several times as much on busy cores
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from nightmill.cli.help_boxes import told_at_once

    try:
        if told_at_once(sys.argv[1:]):
            return
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nothing more is written at the end
        sys.exit(3)
    except OSError as error:
        from nightmill.cli.output import fail, surroundings

        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(fail(surroundings(error), as_json=False))
    from nightmill.cli.app import run

    run()
