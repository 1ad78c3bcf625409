"""One helper process beside this one: a fork of it, which answers calls in their order and keeps what it learns in between."""

import ctypes
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing.queues import SimpleQueue

PR_SET_PDEATHSIG = 1
"""Linux, prctl(2): the signal that a process gets when the one that made it ends."""


class LocklessThread(threading.Thread):
    """A thread that waits for the kernel with no lock held: a process may be forked beside it."""


@dataclass(frozen=True)
class Helper:
    """A forked process with one call at a time in ``pool``; ``words`` carries what it says meanwhile, ``number`` is its id."""

    pool: ProcessPoolExecutor
    words: "SimpleQueue[str]"
    number: "Future[int]"

    def said(self) -> Iterator[str]:
        """What the helper has said since this was last asked."""
        while not self.words.empty():
            yield self.words.get()


def beside(begin: Callable[[Callable[[str], None]], None]) -> Helper | None:
    """A helper that has run ``begin`` with its way to say something; None where there is no second core for it, or other
    threads run here.

    A thread that holds a lock while its process is forked holds it in the copy for ever: so a fork is made by the main
    thread, while no thread but a ``LocklessThread`` runs here. The helper ends with this process, however that ends.
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
        number = pool.submit(os.getpid)  # forks before a thread is made here
    except OSError:
        return None  # no semaphores or no process to be had: the work is done in this one
    return Helper(pool, words, number)


def _begun(parent: int, begin: Callable[[Callable[[str], None]], None], words: "SimpleQueue[str]") -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)
    begin(words.put)
