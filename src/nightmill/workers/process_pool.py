"""Run several guarded children at once, one per core."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

from nightmill.vocabulary.errors import NightmillError
from nightmill.workers.guarded_child import Limits, run_guarded

HEAD_START_S = 30.0
"""Seconds for which the first piece of work runs alone if nothing is compiled yet; compiling takes less."""

_In = TypeVar("_In")
_Out = TypeVar("_Out")


def run_all(
    call: str,
    requests: Sequence[dict[str, Any]],
    *,
    limits: Limits | None = None,
    progress: Callable[[int, str, float], None] | None = None,
    kernels: str = "",
    preload: str = "",
) -> list[Any | NightmillError]:
    """Run ``call`` once for each request, each in its own child; return the answers in the order of the requests.
    A failed request gives its error in place of an answer, so that one bad file doesn't stop the rest.
    ``kernels``: see ``spread``; ``preload``: see ``run_guarded``.
    """

    def one(index: int) -> Any | NightmillError:
        def report(name: str, share: float) -> None:
            if progress:
                progress(index, name, share)

        try:
            return run_guarded(call, requests[index], limits=limits, progress=report, preload=preload)
        except NightmillError as error:
            return error

    return spread(one, range(len(requests)), kernels=kernels)


def spread(do: Callable[[_In], _Out], items: Sequence[_In], *, kernels: str = "") -> list[_Out]:
    """Run ``do`` for each of ``items``, one per core at a time; return the answers in order. After an error no more are started.
    ``kernels``: the package whose numba kernels the work uses. If none of it is compiled yet, the first piece gets a head start of
    ``HEAD_START_S``: its child compiles the kernels, and the other children load them instead of compiling everything again.
    """
    workers = max(1, min(os.cpu_count() or 1, len(items)))
    with ThreadPoolExecutor(workers) as pool:
        first = [pool.submit(do, item) for item in items[:1]]
        if kernels and len(items) > 1 and not kernels_kept(kernels):
            wait(first, timeout=HEAD_START_S)
        all_ = [*first, *(pool.submit(do, item) for item in items[1:])]
        try:
            return [each.result() for each in all_]
        finally:  # after an error or Ctrl-C nothing more is started
            for each in all_:
                each.cancel()


def kernels_kept(package: str) -> bool:
    """Return whether numba has cached kernels of ``package`` on disk; kernels of older sources count too, which only costs time.
    Numba keeps them next to the sources, or in the user's cache if that folder can't be written.
    """
    spec = find_spec(package)
    sources = [Path(each) for each in (spec and spec.submodule_search_locations) or ()]
    folders = [
        folder for source in sources for folder in (source, *(each.parent for each in source.rglob("__init__.py")))
    ]
    names = {package.rpartition(".")[2], *(folder.name for folder in folders)}

    def of_user(cache: Path) -> bool:
        return any(any(cache.glob(f"{name}_*/*.nbi")) for name in names)

    place = os.environ.get("NUMBA_CACHE_DIR")
    if place:
        return of_user(Path(place))
    beside = any(any((folder / "__pycache__").glob("*.nbi")) for folder in folders)
    return beside or of_user(Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "numba")
