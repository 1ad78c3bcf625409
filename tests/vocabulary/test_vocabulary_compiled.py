"""Kernels are compiled once, however many processes want them."""

import os
import subprocess
import sys
from pathlib import Path

KERNEL = """
from nightmill.vocabulary.compiled import compiled, compiled_inline

@compiled_inline
def half(value):
    return value / 2

@compiled
def kernel(value):
    total = 0.0
    for k in range(value):
        total += half(k)
    return total
"""
PROCESSES = 4


def test_processes_that_begin_together_compile_a_kernel_once(tmp_path: Path) -> None:
    (tmp_path / "kernels_of_test.py").write_text(KERNEL, encoding="utf-8")
    code = "\n".join(
        (
            "import sys, kernels_of_test as k",
            "print('here', flush=True)",
            "sys.stdin.readline()",
            "print(k.kernel(10), sum(k.kernel.stats.cache_misses.values()))",
        )
    )
    told = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "kept"), "PYTHONPATH": str(tmp_path)}
    begun = [
        subprocess.Popen(
            [sys.executable, "-c", code], env=told, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(PROCESSES)
    ]
    for each in begun:
        assert each.stdout
        assert each.stdout.readline() == "here\n"
    for each in begun:
        assert each.stdin
        each.stdin.write("go\n")
        each.stdin.flush()
    answers = [each.communicate()[0].split() for each in begun]
    assert [value for value, _ in answers] == ["22.5"] * PROCESSES
    assert sum(int(misses) for _, misses in answers) == 1


def test_a_folder_that_cannot_be_written_to_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "kernels_of_test.py").write_text(KERNEL, encoding="utf-8")
    code = (
        "from nightmill.vocabulary import compiled as c; c._lock_file = lambda _folder: None; "
        "import kernels_of_test as k; print(k.kernel(10))"
    )
    told = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "kept"), "PYTHONPATH": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=told, capture_output=True, text=True, check=True)
    assert done.stdout == "22.5\n"
