"""Do other work while the disk syncs: another Python thread can run without delaying the commit that waits for the disk."""

import threading
from collections.abc import Callable

Work = Callable[[], None]


class Meanwhile:
    """A thread that does one piece of work at a time while the caller waits for the disk; started on first use."""

    def __init__(self) -> None:
        self._asked, self._ended = threading.Lock(), threading.Lock()
        self._work: Work | None = None
        self._under_way = self._whole = False
        self._thread: threading.Thread | None = None

    def begin(self, work: Work) -> None:
        """Start ``work`` once the previous work has ended."""
        self._wait()
        if self._thread is None:
            self._asked, self._ended = threading.Lock(), threading.Lock()
            self._asked.acquire()
            self._ended.acquire()
            self._thread = threading.Thread(target=self._do, args=(self._asked, self._ended), name="meanwhile", daemon=True)  # fmt: skip
            self._thread.start()
        self._work, self._under_way = work, True
        self._asked.release()

    def end(self) -> None:
        """Wait until the work is done. If the work failed in the thread, repeat it here, so that the exception reaches the caller."""
        self._wait()
        if self._work is not None and not self._whole:
            self._work()

    def close(self) -> None:
        """End the thread."""
        self._wait()
        if self._thread is not None:
            self._work = None
            self._asked.release()
            self._thread.join()
            self._thread = None

    def _wait(self) -> None:
        if self._under_way:
            self._ended.acquire()
            self._under_way = False

    def _do(self, asked: threading.Lock, ended: threading.Lock) -> None:
        while True:
            asked.acquire()
            if self._work is None:
                return
            self._whole = False
            try:
                self._work()
                self._whole = True
            finally:
                if not self._whole:
                    self._thread = None  # this thread ends here; the next work starts another
                ended.release()
