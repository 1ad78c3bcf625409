"""Work over Ray's workers: the same results in the same order; without Ray a sentence that says what to do."""

import sys
from importlib.util import find_spec

import pytest

from nightmill.simulation import look_ahead_fab
from nightmill.vocabulary.errors import EnvironmentFailed
from nightmill.workers import ray_map

FILES = {
    "tool.txt.1l": "STNFAM\tSTNQTY\nA\t1\n",
    "part.txt": "PART\tROUTEFILE\np\troute_p.txt\n",
    "route_p.txt": "STEP\tSTNFAM\tPDIST\tPTIME\tPTUNITS\tPTPER\n1\tA\texponential\t30\tmin\tper_lot\n",
    "order.txt": "LOT\tPART\tPIECES\tSTART\tRDIST\tREPEAT\tRUNITS\nnew\tp\t1\t01/01/18 00:00:00\texponential\t1\thr\n",
}


def test_without_ray_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(EnvironmentFailed, match=r"pip install 'nightmill\[ray\]'"), ray_map():
        pass


@pytest.mark.slow
@pytest.mark.skipif(find_spec("ray") is None, reason="Ray isn't installed (the extra `ray`)")
@pytest.mark.filterwarnings("ignore")
def test_replications_over_ray_are_those_of_one_process() -> None:
    here = look_ahead_fab(FILES, days=2.0, replications=12, seed=4)
    with ray_map() as spread:
        there = look_ahead_fab(FILES, days=2.0, replications=12, seed=4, spread=spread)
    assert here.events > 0
    for name in ("throughput", "cycle_time", "utilisation", "completions", "products", "events", "ops"):
        assert getattr(there, name) == getattr(here, name)
