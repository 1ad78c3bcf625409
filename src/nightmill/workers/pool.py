"""Several guarded children at once, as many as there are cores."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from nightmill.vocabulary.errors import NightmillError
from nightmill.workers.guarded import Limits, run_guarded


def run_all(
    call: str,
    requests: Sequence[dict[str, Any]],
    *,
    limits: Limits | None = None,
    progress: Callable[[int, str, float], None] | None = None,
) -> list[Any | NightmillError]:
    """Run ``call`` once a request, each in its own child; answers in the order of the requests.

    A request that fails gives its error in place of an answer, so that one bad file doesn't stop the others.
    """

    def one(index: int) -> Any | NightmillError:
        def report(name: str, share: float) -> None:
            if progress:
                progress(index, name, share)

        try:
            return run_guarded(call, requests[index], limits=limits, progress=report)
        except NightmillError as error:
            return error

    workers = max(1, min(os.cpu_count() or 1, len(requests)))
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(one, range(len(requests))))
