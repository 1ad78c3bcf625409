"""The page: everything inside, nothing asked of anybody, and no name in the data can become markup."""

import re
from html.parser import HTMLParser
from importlib.resources import files
from typing import Any

import msgspec
import pytest
from web_sample import box_mesh, comparison, sample_view  # type: ignore[import-not-found]

from nightmill.web.report.mesh_encoding import MAX_TRIANGLES, packed, packed_paths
from nightmill.web.report.page import SCRIPTS, STYLES, embedded, render_page, render_plan

SECTIONS = ("outcome", "parts", "schedule", "orders", "quality", "machines", "stock", "money", "story", "decisions")
HOSTILE = "</script><script>alert(1)</script><!-- \u2028 & 'quoted'"


class Reader(HTMLParser):
    """What a browser would see: elements with attributes, and the text of each script."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self._inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append("")
        self._inside = tag == "script"

    def handle_endtag(self, tag: str) -> None:
        self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.scripts[-1] += data


@pytest.fixture(scope="module")
def page() -> str:
    return render_page(sample_view(), comparison=comparison())


def test_the_page_asks_nothing_of_anybody(page: str) -> None:
    for tag, attributes in Reader(page).elements:
        for name in ("src", "href", "data", "action", "poster"):
            value = attributes.get(name) or ""
            assert not value or value.startswith("#"), f"<{tag} {name}={value}>"
    outside = [
        url for url in re.findall(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}[^\s\"']*", page) if "www.w3.org" not in url
    ]
    assert not outside
    assert "@import" not in page
    assert "url(" not in page
    assert "connect-src 'none'" in page


def test_all_sections_are_there_and_linked(page: str) -> None:
    elements = Reader(page).elements
    assert [a["id"] for tag, a in elements if tag == "section"] == list(SECTIONS)
    links = {a["href"] for tag, a in elements if tag == "a"}
    assert {f"#{name}" for name in SECTIONS} <= links


def test_hostile_names_stay_text() -> None:
    view = sample_view(shop=HOSTILE)
    part = msgspec.structs.replace(view.parts[0], name=HOSTILE, material=HOSTILE)
    read = Reader(render_page(msgspec.structs.replace(view, parts=(part,))))
    assert len(read.scripts) == 2
    document = msgspec.json.decode(read.scripts[0])
    assert document["view"]["shop"] == HOSTILE
    assert document["view"]["parts"][0]["name"] == HOSTILE
    assert not [tag for tag, _ in read.elements if tag in {"b", "img", "iframe"}]


@pytest.mark.parametrize("text", ["</script>", "<!--", "]]>", "\u2029", "&lt;"])
def test_embedded_json_is_safe_and_the_same(text: str) -> None:
    found = embedded({"name": text})
    assert not set(found) & set("<>&\u2028\u2029")
    assert msgspec.json.decode(found) == {"name": text}


def test_data_can_not_fill_the_slots_of_the_shell() -> None:
    read = Reader(render_page(sample_view(shop="%%script%% %%data%%")))
    assert msgspec.json.decode(read.scripts[0])["view"]["shop"] == "%%script%% %%data%%"


def test_every_asset_is_used_and_short() -> None:
    folder = files("nightmill.web") / "assets"
    names = {entry.name for entry in folder.iterdir() if entry.is_file()}
    assert names == {*STYLES, *SCRIPTS, "page.html", "jsconfig.json"}
    for name in names:
        assert (folder / name).read_text(encoding="utf-8").count("\n") <= 400, name


def test_the_report_holds_no_words_of_modules(page: str) -> None:
    script = Reader(page).scripts[1]
    assert not re.findall(r"^(?:import|export) .*", script, re.M)
    assert "function el(" in script


def test_no_script_writes_markup() -> None:
    folder = files("nightmill.web") / "assets"
    for name in SCRIPTS:
        text = (folder / name).read_text(encoding="utf-8")
        for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"):
            assert way not in text, f"{name}: {way}"


def unpack(found: dict[str, Any]) -> tuple[list[list[float]], list[list[int]], list[int]]:
    """What the page's ``unpacked`` does, written anew."""
    import base64
    import struct

    def numbers(text: str, code: str, size: int) -> tuple[int, ...]:
        raw = base64.b64decode(text)
        return struct.unpack(f"<{len(raw) // size}{code}", raw)

    grid = numbers(found["v"], "H", 2)
    corners = numbers(found["t"], "I", 4)
    vertices = [[found["origin"][a] + grid[i + a] * found["step_mm"] for a in range(3)] for i in range(0, len(grid), 3)]
    return vertices, [list(corners[i : i + 3]) for i in range(0, len(corners), 3)], list(numbers(found["f"], "I", 4))


def test_a_packed_mesh_is_the_mesh() -> None:
    preview = box_mesh(200.0, 31.7, 12.3)
    vertices, triangles, face_of = unpack(packed(preview))
    assert len(vertices) == 8
    assert face_of == preview["face_of"]
    for triangle, asked in zip(triangles, preview["triangles"], strict=True):
        for at, corner in zip(triangle, asked, strict=True):
            assert vertices[at] == pytest.approx(preview["vertices"][corner], abs=0.0031)


def test_a_huge_mesh_is_coarsened_and_keeps_its_box() -> None:
    side = 140
    vertices = [[x * 0.5, y * 0.5, ((x * y) % 7) * 0.1] for x in range(side) for y in range(side)]
    at = [x * side + y for x in range(side - 1) for y in range(side - 1)]
    triangles = [corners for k in at for corners in ([k, k + side, k + 1], [k + 1, k + side, k + side + 1])]
    assert len(triangles) > MAX_TRIANGLES
    found = packed({"vertices": vertices, "triangles": triangles, "face_of": [0] * len(triangles)})
    coarse, corners, _ = unpack(found)
    assert 0 < found["count"] == len(corners) <= MAX_TRIANGLES
    assert max(v[0] for v in coarse) == pytest.approx(69.5, abs=1.0)
    assert min(v[0] for v in coarse) == pytest.approx(0.0, abs=1.0)


def test_a_part_without_a_mesh_has_no_picture() -> None:
    assert packed({}) == {}


def test_packed_paths_keep_points_and_kinds() -> None:
    import base64
    import struct

    at = [0.0, 0.0, 25.0, 0.0, 0.0, 10.0, 61.3, 7.7, 10.0, 61.3, 40.0, 25.0]
    ((found, nothing),) = packed_paths([[{"at": at, "kind": [0, 2, 1, 2]}, {"at": [], "kind": []}]])
    assert nothing == {}
    assert base64.b64decode(found["kind"]) == bytes([0, 2, 1, 2])
    grid = struct.unpack("<12H", base64.b64decode(found["at"]))
    back = [found["origin"][place % 3] + value * found["step_mm"] for place, value in enumerate(grid)]
    assert back == pytest.approx(at, abs=0.001)


def test_the_page_of_a_plan_has_its_part_alone_and_asks_nothing() -> None:
    reader = Reader(render_plan(sample_view().parts[0]))
    assert [each["id"] for tag, each in reader.elements if tag == "section"] == ["parts"]
    policy = next(each["content"] for tag, each in reader.elements if "http-equiv" in each)
    assert policy is not None
    assert "connect-src 'none'" in policy
    document = msgspec.json.decode(reader.scripts[0])
    assert document["plan"]
    assert document["view"]["parts"][0]["paths"][0][0]["kind"]
