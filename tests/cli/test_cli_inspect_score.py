"""``inspect score`` for people: heat maps on a page, the worst first, and what could not be read."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from nightmill.cli.app import app


def _picture(path: Path, seed: int, *, spot: bool = False, row: int = 40) -> None:
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:96, 0:96]
    values = 120 + 20 * (x > 30) - 25 * (y > 60) + rng.normal(0, 4, (96, 96))
    if spot:
        values[row : row + 10, 60:70] -= 90
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.clip(values, 0, 255).astype(np.uint8)).save(path)


def test_heat_maps_lie_on_a_page_the_worst_first(tmp_path: Path) -> None:
    for seed in range(16):
        _picture(tmp_path / "parts" / "good" / f"{seed}.png", seed)
    _picture(tmp_path / "new" / "a.png", 100)
    _picture(tmp_path / "new" / "lot #7" / "b.png", 101, spot=True)
    (tmp_path / "new" / "c.png").write_bytes(b"no picture")
    model, maps = tmp_path / "model", tmp_path / "maps"
    run = CliRunner()
    fitted = run.invoke(app, ["inspect", "fit", str(tmp_path / "parts"), "--out", str(model), "--network", "filters"])
    assert fitted.exit_code == 0, fitted.output
    assert "no guarantee; 0.01 of good parts requested" in fitted.stdout, "in words, not as a Python dict"
    words = ["inspect", "score", str(model), str(tmp_path / "new"), "--out", str(maps)]
    answer = json.loads(run.invoke(app, [*words, "--json"]).stdout)
    assert answer["heat_maps"] == str(maps / "index.html")
    page = (maps / "index.html").read_text()
    assert page.index('src="lot%20%237/b.png.png"') < page.index('src="a.png.png"')
    assert "c.png: unreadable" in page
    with Image.open(maps / "lot #7" / "b.png.png") as shown:
        colour = np.asarray(shown, dtype=int)
    assert colour.shape == (96, 96, 3)
    assert colour[45, 65, 0] - colour[45, 65, 2] > 60, "the spot is warm"
    told = run.invoke(app, words).stdout
    assert "no known picture format" in told
    assert "heat maps:" in told


def test_alarms_of_the_camera_are_told_to_people(tmp_path: Path) -> None:
    for seed in range(16):
        _picture(tmp_path / "good" / f"{seed}.png", seed)
    for seed in range(6):
        _picture(tmp_path / "dark" / f"{seed}.png", 50 + seed)
        with Image.open(tmp_path / "dark" / f"{seed}.png") as image:
            image.point(lambda value: value * 0.5).save(tmp_path / "dark" / f"{seed}.png")
    run = CliRunner()
    model = tmp_path / "model"
    run.invoke(app, ["inspect", "fit", str(tmp_path), "--out", str(model), "--network", "filters"])
    assert "light alarm at image 3" in run.invoke(app, ["inspect", "score", str(model), str(tmp_path / "dark")]).stdout


def test_images_that_look_bad_are_named_until_a_person_says_that_all_are_good(tmp_path: Path) -> None:
    """File names don't sort as people count: the numbers alone would lead to others."""
    for seed in range(40):
        _picture(tmp_path / "good" / f"{seed}.png", seed, spot=seed % 5 == 2, row=5 + 2 * seed)
    run = CliRunner()
    words = ["inspect", "fit", str(tmp_path), "--out", str(tmp_path / "model"), "--network", "filters"]
    named = {f"{seed}.png" for seed in range(2, 40, 5)}
    answer = json.loads(run.invoke(app, [*words, "--false-rejects", "0.1", "--json"]).stdout)
    assert named <= set(answer["look_bad"])
    assert answer["false_rejects"]["promised"] is None
    assert "look bad" in run.invoke(app, words).stdout
    answer = json.loads(run.invoke(app, [*words, "--false-rejects", "0.1", "--all-good", "--json"]).stdout)
    assert answer["look_bad"] == []
    assert answer["false_rejects"]["promised"] == pytest.approx(4 / 41)
