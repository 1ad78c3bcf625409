"""The benchmarks of ``nightmill bench``, side by side with named peers."""

from typing import TYPE_CHECKING

from nightmill.vocabulary.lazy_door import lazy_door

if TYPE_CHECKING:
    from nightmill.plant.bench.night import bench_night
    from nightmill.plant.bench.simulation import bench_twin

__all__ = [
    "bench_night",
    "bench_twin",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_door(__name__)
