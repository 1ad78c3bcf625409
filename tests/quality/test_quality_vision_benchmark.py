"""What the vision benchmark says where a test holds nothing but other shots of what was learned (benchmarks/vision.py)."""

import argparse
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import vision


def test_lines_apart_are_left_out_of_the_means_where_no_faulty_image_is_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    scores = vision.Scores(np.arange(30.0), {"spot": np.array([40.0, 50.0]), "none": np.zeros(0)}, 0.001)
    monkeypatch.setattr(vision, "evaluate", lambda *_: ("position", scores, "promised 0.01"))
    table = vision.Table(argparse.Namespace(peer=False), None)
    for left_out in ([True, True], [True, False], [True, True]):
        table.measure("mixed", [], [], {}, {"spot": np.array(left_out), "none": np.zeros(0, dtype=bool)})
    assert capsys.readouterr().out.count("no faulty image is left") == 2
    table.means()
    lines = [line for line in capsys.readouterr().out.splitlines() if "AUROC" in line]
    assert ["3 splits: AUROC 1.000" in lines[0], "1 splits: AUROC 1.000" in lines[1]] == [True, True]
