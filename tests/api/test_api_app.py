"""Every route: what it answers, how it fails, and that all of them only read."""

import asyncio
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from nightmill.api import AppSettings, create_app
from nightmill.api.screens.shop_at_moment import Look
from nightmill.plant.proposals import Desk
from nightmill.plant.requests import Access

READ = (
    "/api/view",
    "/api/orders",
    "/api/parts",
    "/api/units",
    "/api/measures",
    "/api/events",
    "/api/stream",
    "/health",
    "/metrics",
    "/api/screens/head",
    "/api/screens/floor",
    "/api/screens/schedule",
    "/api/screens/why",
    "/api/screens/replan",
    "/api/screens/parts",
    "/api/screens/part/{name}",
    "/api/screens/quality",
    "/api/screens/chart",
    "/api/screens/machines",
    "/api/screens/stock",
    "/api/screens/money",
    "/api/screens/facts",
    "/api/screens/night",
)
ROUTES = (
    *READ,
    "/api/me",
    "/api/session",
    "/api/proposals",
    "/api/proposals/{identity}",
    "/api/proposals/{identity}/chances",
    "/api/proposals/{identity}/approve",
    "/api/proposals/{identity}/reject",
    "/api/holds",
    "/api/late/{order}",
    "/api/promise",
    "/api/sites",
    "/api/night",
    "/api/screens/picture",
    "/api/import/orders",
    "/api/jobs/{identity}",
    "/api/parts/{identity}/adopt",
)


@pytest.fixture
def client(shop: Path, look: Look, signed: Callable[..., dict[str, str]]) -> Iterator[TestClient[Litestar]]:
    app = create_app(shop, AppSettings(look=look))
    with TestClient(app, base_url="http://127.0.0.1") as found:
        found.headers.update(signed())
        yield found


def test_time_travel(client: TestClient[Litestar]) -> None:
    assert client.get("/api/view").json()["now_s"] == 9.0
    assert client.get("/api/view?at=4.5").json()["now_s"] == 4.5


@pytest.mark.parametrize("order", ["PO 4711/1", "a//b", "/x", "x/", "what?", "\u00c4-3", "50%"])
def test_an_order_of_any_name_is_asked_about(
    client: TestClient[Litestar], order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Desk, "why_late", lambda desk, asked: {"order": asked})
    answer = client.get(f"/api/late/{quote(order, safe='')}")
    assert answer.json() == {"order": order}


def test_meshes_can_be_left_out(client: TestClient[Litestar]) -> None:
    assert client.get("/api/view").json()["parts"][0]["preview"]["vertices"] == [[0, 0, 0]]
    assert client.get("/api/view?meshes=false").json()["parts"][0]["preview"] == {}
    assert client.get("/api/parts").json()[0]["preview"] == {}
    assert client.get("/api/parts?meshes=true").json()[0]["preview"]["vertices"] == [[0, 0, 0]]


def test_lists_and_measures(client: TestClient[Litestar]) -> None:
    assert client.get("/api/units").json()[0]["health"][1] == [9.0, 0.8, 0.125]
    assert client.get("/api/measures").json() == {"good": 3, "oee": None, "energy_kwh": 1.5}


def test_the_log_page_by_page_has_every_event_once(client: TestClient[Litestar]) -> None:
    seen: list[int] = []
    after, more = 0, True
    while more:
        page = client.get(f"/api/events?after={after}&limit=3").json()
        seen += [event["seq"] for event in page["events"]]
        after, more = page["next"], page["more"]
    assert seen == [1, 2, 3, 4, 5, 6, 7]
    assert client.get("/api/events?after=7").json() == {"events": [], "next": 7, "more": False}


def test_the_log_by_kind_has_all_of_that_kind_and_no_other(client: TestClient[Litestar]) -> None:
    whole = client.get("/api/events").json()["events"]
    for kind in {event["fact"]["event"] for event in whole}:
        seen: list[int] = []
        after, more = 0, True
        while more:
            page = client.get(f"/api/events?after={after}&limit=1&kind={kind}").json()
            seen += [event["seq"] for event in page["events"]]
            after, more = page["next"], page["more"]
        assert seen == [event["seq"] for event in whole if event["fact"]["event"] == kind]
    assert client.get("/api/events?kind=no_such_kind").json() == {"events": [], "next": 7, "more": False}


@pytest.mark.parametrize(
    "query",
    ["/api/events?limit=0", "/api/events?limit=5000", "/api/events?after=-1", "/api/view?at=-3", "/api/view?at=x"],
)
def test_a_wrong_parameter_is_a_problem_document(client: TestClient[Litestar], query: str) -> None:
    answer = client.get(query)
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json()["findings"][0]["place"] == re.split(r"[?=]", query)[1]


def test_a_problem_says_in_words_what_was_expected(
    client: TestClient[Litestar], signed: Callable[..., dict[str, str]]
) -> None:
    order = {"kind": "order", "order": "a|b", "part": "p", "quantity": "x", "due_s": 1}
    cases: tuple[tuple[dict[str, Any], str, str], ...] = (
        ({"command_id": "1", "command": order}, "command.order", "1 to 80 characters"),
        ({"command_id": "1"}, "command", "the field command"),
        ({"command_id": "1", "command": order | {"order": "A/1 b", "quantity": 0}}, "command.quantity", "int >= 1"),
    )
    for body, place, expected in cases:
        answer = client.post("/api/proposals", json=body, headers=signed("operator")).json()
        assert answer["status"] == 400
        assert [finding["place"] for finding in answer["findings"]] == [place]
        assert expected in answer["findings"][0]["expected"]
        assert expected in answer["detail"], "also who reads the detail alone is told"
        assert "regex" not in str(answer)


def test_why_late_takes_an_order_whose_name_has_slashes(
    client: TestClient[Litestar], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Desk, "why_late", lambda self, order: {"order": order})
    for name in ("AB 26/7/10", "A-1", "../A", "ä", "0" * 120):
        assert client.get(f"/api/late/{quote(name, safe='')}").json() == {"order": name}


def test_an_unknown_route_is_a_problem_document(client: TestClient[Litestar]) -> None:
    answer = client.get("/api/nothing")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json()["status"] == 404
    assert "openapi.json" in answer.json()["findings"][0]["remedy"]
    assert "/api/orders" in client.get("/api/ordres").json()["detail"]
    assert "perhaps" not in client.get("/api/entirely-else").json()["detail"]


def test_a_method_that_an_address_does_not_take_is_answered_with_those_that_it_does(
    client: TestClient[Litestar],
) -> None:
    (finding,) = client.delete("/api/orders").json()["findings"]
    assert (finding["found"], "GET" in finding["expected"]) == ("the method DELETE", True)


def test_what_only_reads_takes_no_other_method(client: TestClient[Litestar]) -> None:
    for route in set(READ) - {"/api/parts"}:
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            assert client.request(method, route).status_code == 405, f"{method} {route}"


def test_a_token_is_looked_up_in_the_files_once_a_second_and_in_a_thread(
    client: TestClient[Litestar], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, asked = [100.0], list[str]()

    async def beside(work: Callable[[str], Any], token: str) -> Any:
        asked.append(token)
        return work(token)

    monkeypatch.setattr("nightmill.api.middleware.guard.to_thread", beside)
    monkeypatch.setattr("nightmill.api.middleware.guard.time", SimpleNamespace(monotonic=lambda: clock[0]))
    for later_s, looks in ((0.0, 1), (0.5, 1), (0.6, 2)):
        clock[0] += later_s
        assert client.get("/api/me").status_code == 200
        assert len(asked) == looks
    assert client.get("/api/me", headers={"Authorization": "Bearer x"}).status_code == 401


def test_a_request_whose_answer_is_known_has_no_threads_turn(
    client: TestClient[Litestar], monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[object] = []
    usual = asyncio.BaseEventLoop.run_in_executor

    def counted(loop: asyncio.BaseEventLoop, executor: Any, work: Any, *arguments: Any) -> Any:
        sent.append(work)
        return usual(loop, executor, work, *arguments)

    monkeypatch.setattr("nightmill.api.middleware.guard.REMEMBERED_S", 1e9)
    assert client.get("/api/me").status_code == 200
    monkeypatch.setattr(asyncio.BaseEventLoop, "run_in_executor", counted)
    assert client.get("/api/me").status_code == 200
    assert sent == []


def test_an_unknown_address_is_told_where_the_known_ones_stand(client: TestClient[Litestar]) -> None:
    (finding,) = client.get("/zzz/qqq/www").json()["findings"]
    assert "/openapi.json" in finding["expected"]


def test_other_host_names_are_refused(client: TestClient[Litestar]) -> None:
    assert client.get("/api/view", headers={"Host": "attacker.example"}).status_code == 400
    assert client.get("/api/view", headers={"Host": "localhost:8420"}).status_code == 200


def test_a_shop_without_a_run_says_so_and_stays_untouched(tmp_path: Path) -> None:
    token = Access(tmp_path).issue("Ann", "viewer").token
    with TestClient(create_app(tmp_path), base_url="http://127.0.0.1") as client:
        client.headers.update({"Authorization": f"Bearer {token}"})
        for route in ("/health", "/api/view", "/api/units", "/api/events", "/metrics"):
            answer = client.get(route)
            assert answer.status_code == 404, route
            assert "nightmill run" in answer.json()["findings"][0]["remedy"]
    assert [path.name for path in (tmp_path / ".nightmill").iterdir()] == ["access"]


def test_metrics_are_well_formed_and_leave_out_what_is_unknown(client: TestClient[Litestar]) -> None:
    answer = client.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert re.search(r"\nnightmill_parts_good 3\n", answer.text)
    assert "nightmill_oee_ratio" not in answer.text
    assert 'nightmill_unit_failure_probability{unit="mill \\"1\\"\\n"} 0.125\n' in answer.text
    sample = re.compile(r'^[a-z_]+(\{[a-z]+="(\\.|[^"\\])*"(,[a-z]+="(\\.|[^"\\])*")*\})? -?[0-9.e+-]+$')
    for line in answer.text.splitlines():
        assert line.startswith(("# HELP ", "# TYPE ")) or sample.match(line), line


def test_the_description_names_every_route(client: TestClient[Litestar]) -> None:
    described: dict[str, Any] = client.get("/openapi.json").json()
    parts = described["components"]["schemas"]["CloseWork"]["properties"]["parts"]
    assert parts["additionalProperties"] == {"type": "integer", "minimum": 1, "maximum": 10_000}
    assert parts["propertyNames"]["minLength"] >= 1
    assert described["openapi"].startswith("3.1")
    assert set(described["paths"]) == set(ROUTES)


def test_every_route_is_in_the_docs() -> None:
    text = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
    for route in (*ROUTES, "/signin", "/openapi.json"):
        assert f"`{route}" in text, route


def test_every_number_that_is_asked_for_has_a_least_value_in_the_description(client: TestClient[Litestar]) -> None:
    described = client.get("/openapi.json").json()
    bare = []
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            for each in operation.get("parameters", []) if isinstance(operation, dict) else []:
                kinds = each["schema"].get("oneOf", [each["schema"]])
                number = any(kind.get("type") in {"integer", "number"} for kind in kinds)
                if number and "minimum" not in each["schema"] and not any("minimum" in kind for kind in kinds):
                    bare.append(f"{method} {path} {each['name']}")
    assert bare == []
