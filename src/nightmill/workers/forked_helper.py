"""A helper process: a fork of this one that answers calls in order and keeps its state between them."""

import ctypes
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.queues import SimpleQueue

PR_SET_PDEATHSIG = 1
"""Linux, prctl(2): the signal that a process gets when its parent ends."""


class LocklessThread(threading.Thread):
    """A thread that only waits for the kernel and holds no lock, so that forking is safe while it runs."""


@dataclass(frozen=True)
class Helper:
    """A forked process that runs one call at a time in ``pool``; ``words`` carries its progress messages, ``number`` is its process id."""

    pool: ProcessPoolExecutor
    words: "SimpleQueue[str]"
    number: "Future[int]"

    def said(self) -> Iterator[str]:
        """The helper's messages since the last call."""
        while not self.words.empty():
            yield self.words.get()

    def end(self) -> None:
        """End the helper at once, even in the middle of a call; unanswered calls raise ``BrokenProcessPool``."""
        with suppress(BrokenProcessPool, ProcessLookupError):
            os.kill(self.number.result(), signal.SIGKILL)
        self.pool.shutdown()


def beside(begin: Callable[[Callable[[str], None]], None]) -> Helper | None:
    """Start a helper, which first runs ``begin`` with a function for sending messages; ``None`` if there is no second core, or if
    this process has other threads.

    A lock that a thread holds during a fork stays locked in the copy for ever. So only the main thread forks, and only
    while no other thread runs except a ``LocklessThread``. The helper ends when this process ends, for whatever reason.
    """
    here = threading.current_thread()
    if here is not threading.main_thread() or any(
        each is not here and not isinstance(each, LocklessThread) for each in threading.enumerate()
    ):
        return None
    if not hasattr(os, "sched_getaffinity") or len(os.sched_getaffinity(0)) < 2:
        return None
    try:
        context = multiprocessing.get_context("fork")
        words: SimpleQueue[str] = context.SimpleQueue()
        pool = ProcessPoolExecutor(1, context, initializer=_begun, initargs=(os.getpid(), begin, words))
        number = pool.submit(os.getpid)  # forks before any thread starts in this process
    except OSError:
        return None  # no semaphore or process is available: this process does the work itself
    return Helper(pool, words, number)


def _begun(parent: int, begin: Callable[[Callable[[str], None]], None], words: "SimpleQueue[str]") -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)
    begin(words.put)
