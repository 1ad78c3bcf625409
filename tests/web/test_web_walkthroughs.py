"""Twelve tasks of a shop's day in a real browser, each in at most three clicks; nothing serious for axe, no word on the console, no request outside."""

import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from screens_sample import append, sample_shop  # type: ignore[import-not-found]
from web_sample import sample_document  # type: ignore[import-not-found]

from nightmill.floor import apply, empty_state
from nightmill.plant.requests import Access
from nightmill.plant.requests.adopt_part import adoptions
from nightmill.plant.requests.inbox import taken
from nightmill.plant.workspace import read_events, whole_shop
from nightmill.vocabulary import events as e

CHROMIUM = shutil.which("chromium")
EXAMPLE = Path(__file__).parents[2] / "src" / "nightmill" / "plant" / "example" / "parts"
AXE = Path(__file__).parent / "axe.min.js"
SCREENS = ("floor", "schedule", "part", "quality", "machines", "stock", "money", "night")
MOST_CLICKS = 3
PATIENCE_MS = 90_000
SERIOUS = {"serious", "critical"}

pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine")]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop in the middle of its day: a mill down, a hold, a late order, a comparison of sites, an agent with an idea."""
    folder: Path = sample_shop(tmp_path_factory.mktemp("room") / "shop")
    sites = sample_document()["sites"]
    text = msgspec.json.encode(
        {"unattended_share_measured": 0.4, "parts": {"bracket": sites, "clamp_body": {**sites, "part": "clamp_body"}}}
    )
    (folder / ".nightmill" / "sites.json").write_bytes(text)
    append(folder, [(530.0, e.AlarmRaised("preflight", "mill-2", "spindle bearing"))])
    return folder


@pytest.fixture(scope="module")
def served(shop: Path) -> Iterator[str]:
    """The address that signs in."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "nightmill", "serve", str(shop), "--port", str(port)]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    ) as server:
        try:
            assert server.stderr is not None
            yield server.stderr.readline().split()[-1]
        finally:
            server.terminate()
            server.wait(120)


class Room:
    """A page that counts its clicks and hears what its console says and whom it asks, until it is left."""

    def __init__(self, page: Any, base: str) -> None:
        self.page, self.base = page, base
        self.clicks = 0
        self.words: list[str] = []
        self.outside: list[str] = []
        self.heard = {"console": self._said, "pageerror": self._failed, "request": self._asked}
        for what, hear in self.heard.items():
            page.on(what, hear)

    def _said(self, word: Any) -> None:
        self.words.append(f"{word.type}: {word.text}")

    def _failed(self, error: Any) -> None:
        self.words.append(f"error: {error}")

    def _asked(self, request: Any) -> None:
        if not request.url.startswith((self.base, "data:")):
            self.outside.append(request.url)

    def leave(self) -> None:
        """Make the page as new for the next."""
        self.page.unroute_all(behavior="ignoreErrors")
        self.page.goto("about:blank")
        self.page.emulate_media(media="null", color_scheme="null")
        for what, hear in self.heard.items():
            self.page.remove_listener(what, hear)

    def open(self, path: str) -> None:
        """Go to a screen: from here on clicks count."""
        self.page.goto(self.base + path)
        self.page.wait_for_selector("#screen .screen-head h1")
        self.clicks = 0

    def click(self, name: str, within: str = "body") -> None:
        """Click the button or link of this name."""
        self.page.locator(within).get_by_role("button", name=name, exact=True).first.click()
        self.clicks += 1

    def fill(self, name: str, value: str) -> None:
        """Type or choose by the keyboard: no click."""
        field = self.page.locator(f"dialog [name={name}]")
        if field.evaluate("each => each.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)

    def until(self, words: str) -> None:
        """Wait until this is so on the page; asked from outside, as its policy lets no text be run inside."""
        deadline = time.monotonic() + PATIENCE_MS / 1000.0
        while not self.page.evaluate(words):
            assert time.monotonic() < deadline, words
            self.page.wait_for_timeout(50)

    def done(self) -> None:
        """The proposal was made, shown and let go ahead in at most three clicks."""
        self.click("Show effects")
        self.page.wait_for_selector("dialog #do-it")
        self.click("Apply")
        self.page.wait_for_selector("#toast.on", timeout=PATIENCE_MS)
        assert self.clicks <= MOST_CLICKS


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        found = play.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--process-per-site"]
        )
        yield found
        found.close()


@pytest.fixture(scope="module")
def signed(browser: Any, served: str) -> Iterator[Any]:
    """A page that is signed in: scripts and styles are asked for once, and a browser starts processes for every new page."""
    context = browser.new_context(viewport={"width": 1360, "height": 860}, locale="en-GB")
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(served)
    page.wait_for_selector("#screen .screen-head h1")
    yield page
    context.close()


@pytest.fixture
def room(signed: Any, served: str) -> Iterator[Room]:
    found = Room(signed, served.split("/signin")[0])
    yield found
    found.leave()
    assert not found.words
    assert not found.outside


def proposals(room: Room) -> list[dict[str, Any]]:
    """What the desk's book has, newest last."""
    found: list[dict[str, Any]] = room.page.evaluate(
        "fetch('/api/proposals').then((answer) => answer.json()).then((page) => page.proposals)"
    )
    return found


def last(room: Room) -> dict[str, Any]:
    return proposals(room)[-1]


def test_rush_order(room: Room) -> None:
    room.open("/floor")
    room.click("Rush order")
    room.fill("part", "bracket")
    room.fill("quantity", "2")
    room.done()
    made = last(room)
    assert made["state"] in {"approved", "executed"}
    assert (made["command"]["kind"], made["command"]["part"], made["command"]["quantity"]) == ("order", "bracket", 2)
    assert made["diff"]["parts"] == 2


def test_how_likely_a_proposal_makes_orders_late(room: Room) -> None:
    room.open("/floor")
    room.click("Rush order")
    room.fill("part", "bracket")
    room.fill("quantity", "2")
    room.click("Show effects")
    room.page.wait_for_selector("dialog #weigh")
    room.click("Show chances")
    room.page.wait_for_selector("dialog .chances", timeout=PATIENCE_MS)
    assert "late – →" in room.page.locator("dialog .chances").inner_text()
    assert room.clicks <= MOST_CLICKS


def test_machine_down(room: Room) -> None:
    room.open("/machines")
    room.page.locator("#machine-mill-1").get_by_role("button", name="Report down").click()
    room.clicks += 1
    room.done()
    assert last(room)["command"] == {"kind": "unit_down", "unit": "mill-1", "hours": 4.0}


def test_scrap_found(room: Room) -> None:
    room.open("/quality")
    room.click("Scrap found")
    room.fill("serial", "O-1.001")
    room.fill("reason", "dent")
    room.click("Show effects")
    room.page.wait_for_selector("dialog .diff, dialog .problem")
    made = last(room)
    assert made["command"] == {"kind": "scrap", "serial": "O-1.001", "reason": "dent"}
    assert made["state"] == "proposed" or "cut" in made["refused"], "it is being cut: the desk may say so"
    assert room.clicks <= MOST_CLICKS


def test_tool_worn(room: Room) -> None:
    room.open("/machines")
    room.page.locator("#machine-mill-1").get_by_role("button", name="Tool worn").click()
    room.clicks += 1
    room.done()
    assert last(room)["command"]["kind"] == "tool_worn"


def test_why_late(room: Room) -> None:
    room.open("/floor")
    room.page.locator(".attention.late").get_by_role("button", name="Show why late").click()
    room.clicks += 1
    room.page.wait_for_selector("dialog .end")
    assert "late." in room.page.locator("dialog").inner_text()
    assert room.clicks <= MOST_CLICKS


def test_promise_date(room: Room) -> None:
    room.open("/floor")
    room.click("Promise date")
    room.fill("part", "bracket")
    room.click("Find promise date")
    room.page.wait_for_selector("dialog .promise b")
    assert re.search(r"\d\d:\d\d", room.page.locator("dialog .promise b").inner_text())
    assert room.clicks <= MOST_CLICKS


@pytest.fixture
def loop(shop: Path) -> Iterator[None]:
    """Takes requests as the loop does, one turn after the other."""
    ended = threading.Event()

    def turns() -> None:
        while not ended.wait(0.05):
            whole = whole_shop(shop)
            state = empty_state(whole)
            for event in read_events(shop):
                apply(state, event)
            decisions = [*adoptions(shop, state)] or [*taken(shop, whole, state)]
            if decisions:
                append(shop, [(state.now_s, each.fact) for each in decisions])

    thread = threading.Thread(target=turns)
    thread.start()
    yield
    ended.set()
    thread.join()


@pytest.mark.usefixtures("loop")
def test_price_a_part(room: Room) -> None:
    room.open("/floor")
    text = (EXAMPLE / "bracket.step").read_text()
    carried = room.page.evaluate_handle(
        "([name, text]) => { const all = new DataTransfer(); all.items.add(new File([text], name)); return all; }",
        ["new_part.step", text],
    )
    room.page.dispatch_event("body", "drop", {"dataTransfer": carried})
    order = room.page.locator("#panel").get_by_role("button", name="Order part", exact=True)
    order.wait_for(timeout=PATIENCE_MS)
    facts = room.page.locator("#panel dl.facts").inner_text()
    assert re.search(r"Price\s+\$?\s?[\d.]+", facts), facts
    assert re.search(r"Promise date\s+.*\d\d:\d\d", facts), facts
    assert room.page.locator("#priced-solid canvas").count() == 1
    room.click("Order part", "#panel")
    room.page.wait_for_selector("dialog[open]")
    room.fill("hours", "200")
    room.done()
    made = last(room)
    assert made["command"]["part"] == "new_part"
    assert made["diff"]["parts"] == made["command"]["quantity"] or not made["diff"]["foreseen"], (
        "taken in in time or not"
    )
    deadline = time.monotonic() + PATIENCE_MS / 1000.0
    while (state := last(room)["state"]) != "executed":
        assert (state, time.monotonic() < deadline) == ("approved", True)
        room.page.wait_for_timeout(200)


def test_what_is_wrong_with_a_file_stays_when_its_picture_comes_late(room: Room) -> None:
    def late(route: Any) -> None:
        time.sleep(1.5)
        route.continue_()

    room.open("/floor")
    room.page.route("**/api/screens/picture", late)
    carried = room.page.evaluate_handle(
        "() => { const all = new DataTransfer(); all.items.add(new File(['no such thing'], 'broken.step')); return all; }"
    )
    with room.page.expect_response("**/api/screens/picture"):
        room.page.dispatch_event("body", "drop", {"dataTransfer": carried})
    room.page.wait_for_timeout(500)
    assert "Export it as STEP." in room.page.locator("#panel .problem").inner_text()


def test_a_part_for_which_too_many_wait_shows_its_picture_and_what_to_do(room: Room) -> None:
    refused = {"title": "too many parts wait", "status": 429, "detail": "part: 16 parts wait. Send it again later."}
    room.page.route("**/api/parts?*", lambda route: route.fulfill(status=429, json=refused))
    room.open("/floor")
    text = (EXAMPLE / "bracket.step").read_text()
    carried = room.page.evaluate_handle(
        "([name, text]) => { const all = new DataTransfer(); all.items.add(new File([text], name)); return all; }",
        ["one_more.step", text],
    )
    room.page.dispatch_event("body", "drop", {"dataTransfer": carried})
    room.page.locator("#panel #priced-solid canvas").wait_for(timeout=PATIENCE_MS)
    assert "Send it again later" in room.page.locator("#panel .problem").inner_text()
    room.page.unroute("**/api/parts?*")
    room.words.clear()


def test_a_list_of_orders_is_shown_before_it_is_taken(room: Room) -> None:
    room.open("/floor")

    def drop(name: str, text: str) -> None:
        carried = room.page.evaluate_handle(
            "([name, text]) => { const all = new DataTransfer(); all.items.add(new File([text], name)); return all; }",
            [name, text],
        )
        room.page.dispatch_event("body", "drop", {"dataTransfer": carried})

    head = "order,part,quantity,due\n"
    drop("wrong.csv", f"{head}L-1,bracket,2,2026-11-20T16:00\nL-2,no_such_part,1,2026-11-20T16:00\n")
    room.page.locator("#panel [role=alert] li").first.wait_for(timeout=PATIENCE_MS)
    assert room.page.locator("#panel #take-sheet").count() == 0, "nothing is taken while a row is wrong"
    drop("right.csv", f"{head}L-1,bracket,2,2026-11-20T16:00\nL-2,bracket,1,2026-11-21T16:00\n")
    room.page.locator("#panel #take-sheet").wait_for(timeout=PATIENCE_MS)
    assert room.page.locator("#panel tbody tr").count() == 2
    assert room.page.locator("#panel .diff").count() == 1
    room.click("Propose all orders", "#panel")
    room.page.get_by_text("2 orders proposed.").wait_for(timeout=PATIENCE_MS)
    assert last(room)["command"]["order"] == "L-2"
    assert last(room)["state"] == "proposed"


def test_release_a_hold(room: Room) -> None:
    room.open("/floor")
    room.click("Release", ".attention.hold")
    room.done()
    assert last(room)["command"] == {"kind": "release", "hold": "H-1"}


def test_change_presence(room: Room) -> None:
    room.open("/night")
    room.click("Change presence")
    room.fill("persons", "0")
    room.done()
    assert last(room)["command"]["kind"] == "presence"


def test_approve_an_agents_proposal(room: Room, shop: Path) -> None:
    token = Access(shop).issue("planner", "agent").token
    body = {
        "command_id": "agent-1",
        "why": "a customer called",
        "command": {"kind": "order_change", "order": "O-1", "due_s": 9000.0, "priority": 3},
    }
    asked = room.page.request.post(
        room.base + "/api/proposals", data=body, headers={"Authorization": f"Bearer {token}"}
    )
    assert asked.json()["state"] == "proposed", asked.text()
    room.open("/floor")
    waiting = room.page.locator(".attention.proposal", has_text="planner")
    waiting.get_by_role("button", name="Review").click()
    room.clicks += 1
    room.page.wait_for_selector("dialog #do-it")
    room.click("Apply")
    room.page.wait_for_selector("#toast.on", timeout=PATIENCE_MS)
    assert room.clicks <= MOST_CLICKS
    decided = next(each for each in proposals(room) if each["by"] == "planner")
    assert decided["state"] in {"approved", "executed"}
    assert decided["decided_by"] not in {"", "planner"}


def test_compare_sites(room: Room) -> None:
    room.open("/floor")
    room.page.locator("#nav a[href='/money']").click()
    room.clicks += 1
    room.page.wait_for_selector(".stacked")
    room.page.locator("#money-part").select_option("clamp_body")
    assert "Poland" in room.page.locator("#screen").inner_text()
    assert room.clicks <= MOST_CLICKS


def test_replay_last_night(room: Room, shop: Path) -> None:
    append(shop, [(90_000.0, e.AlarmRaised("note", "mill-1", "morning"))])
    room.open("/night")
    room.click("▶ Replay last night")
    room.page.wait_for_url(re.compile(r"/floor\?at="))
    first = float(room.page.url.split("at=")[1])
    room.page.wait_for_selector(".plan")
    room.until(f"Number(new URLSearchParams(location.search).get('at')) > {first}")
    assert room.clicks <= MOST_CLICKS


def test_find_what_a_machine_does_and_why(room: Room) -> None:
    room.open("/floor")
    room.page.locator("[data-unit='mill-2']").click()
    room.page.wait_for_selector("#panel:not([hidden])")
    assert "spindle bearing" in room.page.locator("#panel").inner_text()


def test_by_keyboard_alone(room: Room) -> None:
    room.open("/floor")
    for number, name in enumerate(SCREENS, 1):
        room.page.keyboard.press(str(number))
        room.until(f"document.title.toLowerCase().startsWith('{name}')")
        assert room.page.url.startswith(f"{room.base}/{name}")
    room.page.keyboard.press("a")
    room.page.wait_for_selector("dialog[open]")
    room.page.keyboard.press("Escape")
    room.page.keyboard.press("[")
    room.until("location.search.includes('at=')")
    room.page.keyboard.press("l")
    room.until("!location.search.includes('at=')")
    room.page.keyboard.press("?")
    room.page.wait_for_selector("#panel:not([hidden]) li")
    assert "a: actions" in room.page.locator("#panel li").all_inner_texts()
    room.page.keyboard.press("Escape")
    room.until("document.querySelector('#panel').hidden")


@pytest.fixture(scope="module")
def open_to_scripts(browser: Any, signed: Any) -> Iterator[Any]:
    """A signed-in page into which a test may put scripts."""
    context = browser.new_context(locale="en-GB", storage_state=signed.context.storage_state(), bypass_csp=True)
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1360, 390])
def test_nothing_serious_for_axe(open_to_scripts: Any, served: str, scheme: str, width: int) -> None:
    page = open_to_scripts
    page.set_viewport_size({"width": width, "height": 860})
    page.emulate_media(color_scheme=scheme)
    room = Room(page, served.split("/signin")[0])
    found: list[str] = []
    for name in SCREENS:
        room.open(f"/{name}")
        page.add_script_tag(path=str(AXE))
        wrong = page.evaluate(
            "axe.run(document, {resultTypes: ['violations']}).then((told) => told.violations.map((each) => [each.impact, each.id, each.nodes.slice(0, 3).map((node) => node.html.slice(0, 160))]))"
        )
        found += [f"{name}: {each[1]} {each[2]}" for each in wrong if each[0] in SERIOUS]
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} is wider than the screen"
    room.leave()
    assert not found


def test_in_chinese_no_english_is_left_in_what_the_page_says_itself(room: Room) -> None:
    for name in SCREENS:
        room.open(f"/{name}?lang=zh")
        assert room.page.evaluate("document.documentElement.lang") == "zh"
        heads = room.page.locator("#screen h1, #screen h2, #screen th, #nav span").all_inner_texts()
        english = [text for text in heads if re.fullmatch(r"[A-Za-z ,']{4,}", text) and "_" not in text]
        assert not english, f"{name}: {english}"


def test_unsigned_eyes_see_nothing(browser: Any, served: str) -> None:
    context = browser.new_context(locale="en-GB")
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(served.split("/signin")[0] + "/floor")
    page.wait_for_selector("text=Please sign in")
    assert "mill-1" not in page.content()
    context.close()


def test_a_part_in_review_is_decided_on(room: Room, shop: Path) -> None:
    append(shop, [(540.0, e.HoldPlaced("H-2", ("O-1.001",), "a chip in the bore"))])
    room.open("/quality")
    room.page.wait_for_selector("text=Waits for a decision")
    room.click("Decide")
    room.fill("decision", "scrap")
    room.fill("reason", "the bore is scratched")
    room.done()
    made = last(room)["command"]
    assert (made["kind"], made["serial"], made["decision"]) == ("dispose", "O-1.001", "scrap")


def test_a_dark_schedule_prints_in_the_colours_of_paper(room: Room) -> None:
    """Of the row that nobody works in the night, left of all bars: the ground that the picture is drawn on."""
    light = """(() => {
      const pen = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
      const seen = document.getElementById("gantt-canvas");
      pen.drawImage(seen, 3, seen.height - 6, 1, 1, 0, 0, 1, 1);
      const [red, green, blue, cover] = pen.getImageData(0, 0, 1, 1).data;
      return cover === 0 || red + green + blue > 600;
    })()"""
    room.page.emulate_media(color_scheme="dark")
    room.open("/schedule")
    room.page.wait_for_selector("#gantt-canvas")
    room.until(f"!{light}")
    room.page.emulate_media(media="print", color_scheme="dark")
    room.until(light)
    assert room.page.evaluate(light), "paper is light"
    room.page.emulate_media(media="screen", color_scheme="dark")
    room.until(f"!{light}")
    assert not room.page.evaluate(light), "the screen is dark again after printing"


def test_the_schedule_brings_out_the_orders_that_have_bars_and_lists_them_once_asked(room: Room, shop: Path) -> None:
    append(shop, [(560.0, e.OrderReceived("Z-9", "bracket", 1, 90000.0, 1))])
    room.open("/schedule")
    room.page.wait_for_selector("text=Z-9")
    picker = room.page.locator("#schedule-order")
    assert picker.locator("option").count() == 1
    picker.focus()
    offered = picker.locator("option").evaluate_all("all => all.map((each) => each.value)")
    assert "O-1" in offered
    assert "Z-9" not in offered
    picker.select_option("O-1")
    assert picker.input_value() == "O-1"
    room.page.locator('[data-key="order-Z-9"]').click()
    assert picker.evaluate("each => each.selectedIndex") == 0, "an order without bars brings nothing out"
