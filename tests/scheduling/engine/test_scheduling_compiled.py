"""How the scheduler's kernels are compiled."""

import importlib
import inspect
import pkgutil
from pathlib import Path

import numpy as np
import pytest
from numba import config

from nightmill import scheduling
from nightmill.scheduling.engine.state import Floats
from nightmill.vocabulary.compiled import compiled, compiled_with_arrays


def _double(value: int) -> int:
    return 2 * value


def _first(values: Floats) -> float:
    return float(values[0])


def test_a_kernel_is_compiled_once_whichever_constants_it_is_called_with() -> None:
    callee = compiled(_double)

    def caller(value: int) -> int:
        return int(callee(3) + callee(4) + callee(value))

    assert compiled(caller)(5) == 24
    assert len(callee.signatures) == 1  # type: ignore[attr-defined]


@pytest.mark.skipif(bool(config.DISABLE_JIT), reason="as plain Python nobody counts who holds an array")
def test_kernels_that_make_no_arrays_do_not_count_who_holds_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config, "CACHE_DIR", str(tmp_path))  # code that an earlier run has kept can't be looked into
    reader = compiled(_first)
    assert reader(np.arange(3.0)) == 0.0
    assert all("NRT_incref" not in code for code in reader.inspect_llvm().values())  # type: ignore[attr-defined]
    kernels = [
        kernel
        for module in pkgutil.walk_packages(scheduling.__path__, "nightmill.scheduling.")
        for kernel in vars(importlib.import_module(module.name)).values()
        if hasattr(kernel, "py_func")
    ]
    counting = {kernel.__name__ for kernel in kernels if kernel.targetoptions.get("_nrt", True)}
    uncounted = [kernel for kernel in kernels if kernel.__name__ not in counting]
    assert "search" in counting
    assert len(uncounted) > 50
    assert [kernel.__name__ for kernel in uncounted if "np." in inspect.getsource(kernel.py_func)] == []
    assert compiled_with_arrays(_double)(2) == 4
