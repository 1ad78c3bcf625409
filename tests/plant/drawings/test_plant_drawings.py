"""A drawing beside its model: found sizes get faces, others are flagged; the answer of ``read`` and what it writes."""

import json
import sys
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "benchmarks"))

import drawn_callouts
import drawn_fonts
import drawn_sheets

from nightmill.cad import read_part
from nightmill.cli.app import app
from nightmill.intake import Drawing, read_drawing
from nightmill.plant.drawings import read_file
from nightmill.plant.drawings.drawing_model_check import held_against, rounds_of
from nightmill.vocabulary.errors import BadInput

PARTS = Path(__file__).parents[3] / "src/nightmill/plant/example/parts"


def _pdf(*lines: str) -> bytes:
    drawn_fonts.load_fonts(drawn_fonts.usual_fonts())
    sheet = drawn_sheets.Sheet(drawn_callouts.Style(), measure=drawn_fonts.pdf_measure)
    for place, text in enumerate(lines):
        sheet.text(60, 250 - 12 * place, text)
    return drawn_sheets.as_pdf(sheet)


@pytest.fixture(scope="module")
def bracket() -> Path:
    return PARTS / "bracket.step"


def _checked(part: Path, *lines: str) -> Drawing:
    model = read_part(part, mesh_deflection_mm=0.1, angular_deg=15.0)
    return held_against(read_drawing(_pdf(*lines), "pdf"), model)


def test_sizes_of_the_model_are_found_and_others_flagged(bracket: Path) -> None:
    model = read_part(bracket, mesh_deflection_mm=0.1, angular_deg=15.0)
    hole = next(each for each in rounds_of(model.faces) if each.hollow)
    right, wrong, long = _checked(bracket, f"Ø{hole.diameter_mm:g} H7", "Ø17.77", "80 ±0.1").requirements
    assert right.check == "found"
    assert set(hole.faces) <= set(right.faces)
    assert not right.flags
    assert wrong.check == "not_found"
    assert wrong.flags
    assert (long.check, long.flags) == ("found", ())


def test_a_wrong_count_and_an_unnamed_hole_are_questions(bracket: Path) -> None:
    model = read_part(bracket, mesh_deflection_mm=0.1, angular_deg=15.0)
    size = next(each for each in rounds_of(model.faces) if each.hollow).diameter_mm
    drawing = _checked(bracket, f"9× Ø{size:g}")
    assert any("requires 9," in flag for flag in drawing.requirements[0].flags)
    others = {round(each.diameter_mm, 3) for each in rounds_of(model.faces) if each.hollow} - {round(size, 3)}
    assert not others or any("doesn't call out" in question.text for question in drawing.questions)


@pytest.mark.slow
def test_read_answers_and_writes_what_is_beyond_doubt(bracket: Path, tmp_path: Path) -> None:
    model = read_part(bracket, mesh_deflection_mm=0.1, angular_deg=15.0)
    hole = next(each for each in rounds_of(model.faces) if each.hollow)
    file = tmp_path / "bracket.pdf"
    file.write_bytes(_pdf(f"Ø{hole.diameter_mm:g} H7", "Ø17.77 H7", "MATERIAL: EN AW-6061"))
    answer = read_file(file, part=bracket, out=tmp_path / "bracket.toml")
    assert answer["kind"] == "drawing"
    table = tomllib.loads((tmp_path / "bracket.toml").read_text())
    assert table["material"] == "EN AW-6061"
    (asked,) = table["requirements"]
    assert asked["lower"] == pytest.approx(hole.diameter_mm)
    assert asked["upper"] > asked["lower"]


@pytest.mark.slow
def test_a_mail_is_read_by_the_same_command(tmp_path: Path) -> None:
    file = tmp_path / "request.txt"
    file.write_text("Please quote 25 pcs of part NM-1001 in 1.4301 by 2027-03-01, DAP Hamburg.", encoding="utf-8")
    done = CliRunner().invoke(app, ["read", str(file), "--json"])
    answer = json.loads(done.stdout)
    assert answer["draft"]["lines"][0]["quantities"][0]["value"] == 25


def test_what_is_no_drawing_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        read_file(tmp_path / "missing.pdf")
    with pytest.raises(BadInput):
        read_file(tmp_path / "part.xyz")


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "an empty file"),
        (b" \n\t\n", "an empty file"),
        (b"quote \x00 this", "bytes that aren't text"),
        (bytes(range(1, 256)) * 8, "bytes that aren't text"),
    ],
)
def test_a_text_that_is_none_is_bad_input(tmp_path: Path, data: bytes, found: str) -> None:
    file = tmp_path / "mail.txt"
    file.write_bytes(data)
    with pytest.raises(BadInput, match=f"mail.txt.*found {found}"):
        read_file(file)


@pytest.mark.parametrize("code", ["cp1252", "utf-16"])
def test_a_text_of_windows_is_read_with_its_umlauts(code: str, tmp_path: Path) -> None:
    file = tmp_path / "mail.txt"
    file.write_bytes("Bitte BR-12 anbieten, 30 Stück, Werkstoff 1.4301, grüße aus Köln".encode(code))
    (line,) = read_file(file)["draft"]["lines"]
    assert [each["value"] for each in line["quantities"]] == [30]
    assert line["quantities"][0]["source"] in {"30", "30 Stück"}
