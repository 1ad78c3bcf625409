"""A helper process keeps what it learns, says what it does, and ends with the process that made it."""

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

TOLD = """
import sys, time
from nightmill.workers import beside

said, known = [], []


def begin(say):
    said.append(say)


def learn(word):
    known.append(word)
    said[0](f"learnt {word}")
    return list(known)


helper = beside(begin)
"""


def _run(body: str) -> subprocess.CompletedProcess[str]:
    script = TOLD + textwrap.dedent(body)
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture(autouse=True)
def _two_cores() -> None:
    if len(os.sched_getaffinity(0)) < 2:
        pytest.skip("needs a second core")


def test_a_helper_keeps_what_it_learns_and_says_what_it_does() -> None:
    found = _run(
        """
        print([helper.pool.submit(learn, word).result() for word in "ab"], list(helper.said()), known)
        helper.pool.shutdown()
        """
    )
    assert found.stdout.strip() == "[['a'], ['a', 'b']] ['learnt a', 'learnt b'] []", found.stderr


def test_a_helper_is_ended_in_the_middle_of_a_call() -> None:
    found = _run(
        """
        running, waiting = helper.pool.submit(time.sleep, 60), helper.pool.submit(learn, "a")
        began = time.monotonic()
        helper.end()
        print(time.monotonic() - began < 30, [type(each.exception()).__name__ for each in (running, waiting)])
        helper.end()
        """
    )
    assert found.stdout.strip() == "True ['BrokenProcessPool', 'BrokenProcessPool']", found.stderr


def test_no_helper_is_made_where_other_threads_run() -> None:
    found = _run(
        """
        import threading
        asked = threading.Event()
        threading.Thread(target=asked.wait).start()
        print(beside(begin))
        asked.set()
        helper.pool.shutdown()
        """
    )
    assert found.stdout.strip() == "None", found.stderr


def test_a_helper_ends_with_the_process_that_made_it(tmp_path: Path) -> None:
    number = tmp_path / "pid"
    found = _run(
        f"""
        import os, pathlib
        pathlib.Path({str(number)!r}).write_text(str(helper.pool.submit(os.getpid).result()))
        helper.pool.submit(time.sleep, 60)
        os.kill(os.getpid(), 9)
        """
    )
    assert found.returncode == -9
    deadline = time.monotonic() + 60.0
    while _runs(number.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _runs(process: str) -> bool:
    """Whether a process is there and no zombie that waits to be reaped."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
