"""The control room's files: eight plain links, a strict policy, modules that find each other, words in both languages."""

import asyncio
import gzip
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from posixpath import dirname, join, normpath
from typing import Any

import httpx
import pytest

from nightmill.web.control_room.pages import SCREENS, WithPages, asset, names, shell, version

ROOM = Path(str(files("nightmill.web"))) / "assets" / "control_room"
THREE_D = {"solid.js", "mesh.js", "ways.js", "proof.js", "control_room/part.js"}
ON_DEMAND = {"control_room/zh.js"}
"""Modules that a browser fetches only once somebody reads Chinese."""


def script(name: str) -> str:
    return asset(name)


class Seen(HTMLParser):
    """Elements with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))


def test_the_start_page_links_to_all_eight_screens() -> None:
    links = [a.get("href") for tag, a in Seen(shell()).elements if tag == "a"]
    assert [f"/{name}" for name in SCREENS] == [href for href in links if href and href.strip("/") in SCREENS]


async def no_api(scope: Any, receive: Any, send: Any) -> None:
    """Stands where the API would: what comes here isn't a page's."""
    await send({"type": "http.response.start", "status": 418, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def asked(*paths: str, host: str = "127.0.0.1:8420") -> list[httpx.Response]:
    async def all_of_them() -> list[httpx.Response]:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=WithPages(no_api)), base_url=f"http://{host}"
        ) as client:
            return [await client.get(path) for path in paths]

    return asyncio.run(all_of_them())


def test_every_page_is_the_shell_under_a_strict_policy() -> None:
    for answer in asked("/", *(f"/{name}" for name in SCREENS), "/part/bracket"):
        assert answer.status_code == 200, answer.url
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert answer.text == shell()


def test_assets_are_kept_for_good_by_their_version() -> None:
    for answer in asked(*(f"/assets/{version()}/{name}" for name in names())):
        assert answer.status_code == 200, answer.url
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["content-encoding"] == "gzip"
    assert asked("/assets/0/control_room/main.js")[0].headers["cache-control"] == "no-cache"


def test_nothing_else_is_a_page_and_no_other_host_is_served() -> None:
    for name in ("../page.py", "control_room/../../page.py", "control_room/index.html", "nothing.js", "%2e%2e/page.py"):
        assert asked(f"/assets/{version()}/{name}")[0].status_code == 418, name
    for path in ("/api/view", "/floorx", "/part/a/b", "/signin", "/assets/"):
        assert asked(path)[0].status_code == 418, path
    assert asked("/floor", host="attacker.example")[0].status_code == 418


def test_the_shell_runs_nothing_inside_itself_and_asks_nobody_else() -> None:
    for tag, attributes in Seen(shell()).elements:
        assert not [name for name in attributes if name.startswith("on") or name == "style"], tag
        if tag == "script" and attributes.get("type") != "application/json":
            assert (attributes.get("src") or "").startswith("/assets/")
        for name in ("src", "href"):
            value = attributes.get(name) or "/"
            assert value.startswith(("/", "#", "data:image/svg+xml")), value


def imported(name: str) -> set[str]:
    found = re.findall(r"""(?:from|import\()\s*["`](\.[^"`$]+)["`]""", script(name))
    return {normpath(join(dirname(name), each)) for each in found}


def test_every_module_finds_what_it_imports() -> None:
    for name in sorted(name for name in names() if name.endswith(".js")):
        for other in imported(name):
            assert other in names(), f"{name} imports {other}"
            asked = re.findall(rf'import \{{([^}}]*)\}} from "[^"]*{re.escape(other.split("/")[-1])}"', script(name))
            for word in (each.split(" as ")[0].strip() for group in asked for each in group.split(",")):
                assert re.search(
                    rf"^export (?:async )?(?:function|const|class) {re.escape(word)}\b", script(other), re.M
                ), f"{name} asks {other} for {word}"


def test_no_module_writes_markup_or_asks_elsewhere() -> None:
    for name in (name for name in names() if name.endswith(".js")):
        text = script(name)
        for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"):
            assert way not in text, f"{name}: {way}"
        assert not re.findall(r"https?://(?!www\.w3\.org)", text), name
        assert text.count("\n") <= 400, name


def test_types_are_taken_out_and_nothing_else() -> None:
    for name in (name for name in names() if name.endswith(".js")):
        whole = (ROOM.parent / name).read_text(encoding="utf-8")
        kept = script(name)
        assert "/**" not in kept
        plain = re.sub(r"/\*\*(?:[^*]|\*(?!/))*\*/", "", whole)
        assert plain.count("`") % 2 == 0
        assert not any("\n" in text and "//" in text for text in plain.split("`")[1::2]), "no comment in a text"
        plain = re.sub(r"(?m)^ *//.*$", "", plain)
        assert re.sub(r"\s", "", kept) == re.sub(r"\s", "", plain), name
        assert not re.findall(r"""["'`][^"'`\n]*/\*\*[^"'`\n]*["'`]""", plain), name


def test_the_page_stays_small() -> None:
    def packed(chosen: set[str]) -> int:
        return sum(len(gzip.compress(script(name).encode(), 9)) for name in chosen)

    page = len(gzip.compress(shell().encode(), 9))
    flat = {name for name in names() if name not in THREE_D and name not in ON_DEMAND}
    for name in ON_DEMAND:
        whole = "".join(script(other) for other in names() if other != name)
        assert f'import("./{Path(name).name}")' in whole, name
        assert f'from "./{Path(name).name}"' not in whole, "it is fetched only where it is asked for"
    assert page + packed(flat) <= 60 * 1024
    assert page + packed(set(names())) <= 200 * 1024


def test_every_word_has_its_chinese() -> None:
    table = script("control_room/zh.js")
    keys = set(re.findall(r'(?:^|[{,\s])"((?:[^"\\]|\\.)*)": "', table)) | set(
        re.findall(r"(?:^|[{,\s])([A-Za-z]\w*): \"", table)
    )
    said: list[str] = re.findall(r"data-t>([^<]+)<", shell())
    for name in (name for name in names() if name.endswith(".js") and name != "control_room/zh.js"):
        text = script(name)
        said += re.findall(r'\b(?:t|word)\("((?:[^"\\]|\\.)*)"', text)
        if name == "control_room/money.js":
            said += re.findall(r"^  \[\"\w+\", \"([^\"]+)\"", text, re.M)
        if name == "control_room/actions.js":
            said += re.findall(r'(?:title|lead|label): "((?:[^"\\]|\\.)*)"', text)
    missing = sorted({text for text in said if text and text not in keys})
    assert len(said) > 300
    assert not missing
    for text, words in re.findall(r'"((?:[^"\\]|\\.)*)": "((?:[^"\\]|\\.)*)"', table):
        assert set(re.findall(r"\{\d\}", text)) == set(re.findall(r"\{\d\}", words)), text


@pytest.mark.slow
def test_the_types_hold() -> None:
    compiler = shutil.which("tsc")
    if compiler is None:
        pytest.skip("there is no TypeScript compiler (tsc) on this machine")
    done = subprocess.run(
        [compiler, "-p", str(ROOM.parent / "jsconfig.json")], capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:]


@pytest.mark.parametrize("order", ["A-1", "AB 2026/1000-10", "订单 7", "No. 12.5"])
@pytest.mark.parametrize("item", ["bracket", "Winkel Größe 2", "cover v1.2 (new)"])
def test_what_is_cut_is_parted_whatever_order_and_part_are_called(order: str, item: str) -> None:
    """By the one form that colours, filters and moves of the schedule rest on."""
    found = re.search(r"const SUBJECT = /(.+)/;", script("words.js"))
    assert found is not None
    subject = re.compile(found[1])
    assert subject.fullmatch(f"{order}.001 {item}/2a").groups() == (f"{order}.001", item)  # type: ignore[union-attr]
    assert subject.fullmatch(f"{order}.1001").groups() == (f"{order}.1001", None)  # type: ignore[union-attr]
    for other in ("bearing", "P7", "spindle vibration over limit"):
        assert subject.fullmatch(other) is None
    for name in (
        "words.js",
        "gantt.js",
        "control_room/floor.js",
        "control_room/schedule.js",
        "control_room/gantt_paint.js",
    ):
        assert 'split(" ")' not in script(name), name


def test_an_order_with_the_look_of_a_serial_is_parted_where_the_book_has_it(tmp_path: Path) -> None:
    browser = shutil.which("chromium")
    if browser is None:
        pytest.skip("there is no Chromium on this machine")
    subjects = ["A.123 B.001 cover plate/1", "A.123.002 B.125 shaft/2", "A.123 B.003", "P7"]
    view = {"view": {"orders": [{"id": "A.123 B", "item": "cover plate"}, {"id": "A.123", "item": "B.125 shaft"}]}}
    asks = f"document.body.textContent = JSON.stringify({json.dumps(subjects)}.map((s) => [orderOf(s), serialOf(s), itemOf(s)]));"
    page = f'<body><script id="data" type="application/json">{json.dumps(view)}</script><script type="module">'
    (tmp_path / "page.html").write_text(f"{page}{script('words.js')}\n{asks}</script></body>", encoding="utf-8")
    told = subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", f"file://{tmp_path}/page.html"],
        capture_output=True, text=True, timeout=180, check=True,
    ).stdout  # fmt: skip
    assert json.loads(told[told.index("[[") : told.index("]]") + 2]) == [
        ["A.123 B", "A.123 B.001", "cover plate"],
        ["A.123", "A.123.002", "B.125 shaft"],
        ["A.123 B", "A.123 B.003", ""],
        ["", "P7", ""],
    ]


def test_paper_is_light_and_shows_what_the_colours_mean() -> None:
    assert "@media screen and (prefers-color-scheme: dark)" in (ROOM.parent / "tokens.css").read_text(encoding="utf-8")
    printed = (ROOM / "room.css").read_text(encoding="utf-8").partition("@media print")[2]
    assert "i { print-color-adjust: exact; }" in printed, (
        "swatches of legends are backgrounds, which browsers leave out"
    )
    assert not re.search(r"\.card[^{]*\{[^}]*break-inside: avoid", printed), "a long card would leave its page empty"
