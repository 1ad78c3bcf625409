"""Spread work over the workers of a Ray cluster, or of a temporary one started here."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from nightmill.vocabulary.errors import EnvironmentFailed, Finding

LOCAL = "local"
# Pieces of work per processor: enough that a slow worker doesn't delay the end for long.
PARTS = 2


@contextmanager
def ray_map(address: str = LOCAL) -> Iterator[Callable[[Callable[[int], Any], Iterable[int]], list[Any]]]:
    """A ``map`` over Ray's workers, at the ``address`` of a cluster or ``local``; results are in the order of the numbers.

    The work is sent to the cluster once; the work and its results must be picklable. Raises ``EnvironmentFailed`` if Ray
    isn't installed or the cluster doesn't answer.
    """
    try:
        import ray
    except ImportError:
        remedy = "Install it: pip install 'nightmill[ray]', or leave --ray out."
        raise EnvironmentFailed(Finding("ray", "", "no such module", "Ray", remedy)) from None
    try:
        ray.init(address=address, log_to_driver=False, logging_level="ERROR")
    except (ConnectionError, ValueError, RuntimeError) as error:
        remedy = "Start it with `ray start --head`, or name another address."
        raise EnvironmentFailed(Finding("ray", address, str(error), "a cluster that answers", remedy)) from error
    try:
        yield _over(ray)
    finally:
        ray.shutdown()


def _over(ray: Any) -> Callable[[Callable[[int], Any], Iterable[int]], list[Any]]:
    @ray.remote
    def some(work: Callable[[int], Any], numbers: list[int]) -> list[Any]:
        return [work(number) for number in numbers]

    def spread(work: Callable[[int], Any], numbers: Iterable[int]) -> list[Any]:
        wanted, held = list(numbers), ray.put(work)
        parts = max(1, min(len(wanted), PARTS * int(ray.cluster_resources().get("CPU", 1))))
        size = -(-len(wanted) // parts)
        asked = [some.remote(held, wanted[first : first + size]) for first in range(0, len(wanted), size)]
        return [result for part in ray.get(asked) for result in part]

    return spread
