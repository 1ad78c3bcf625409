"""Role × route, whole; role × command, whole; and what a browser, a stranger or a stale token may not."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from desk_sample import turn, write_shop
from litestar import Litestar
from litestar.testing import TestClient

from nightmill.api import create_app
from nightmill.plant.proposals import Desk
from nightmill.plant.requests import Access
from nightmill.vocabulary.requests import KINDS
from nightmill.vocabulary.units import HOUR_S

ROLES = ("viewer", "operator", "engineer", "admin", "agent")
ALL, FLOOR = set(ROLES), {"operator", "engineer", "admin"}
PROPOSERS = FLOOR | {"agent"}
HERE = "0123456789abcdef"
MAY: dict[tuple[str, str], set[str] | None] = {
    ("GET", "/api/screens/head"): ALL,
    ("GET", "/api/screens/floor"): ALL,
    ("GET", "/api/screens/schedule"): ALL,
    ("GET", "/api/screens/why"): ALL,
    ("GET", "/api/screens/replan"): ALL,
    ("GET", "/api/screens/parts"): ALL,
    ("GET", "/api/screens/part/{name:str}"): ALL,
    ("GET", "/api/screens/quality"): ALL,
    ("GET", "/api/screens/chart"): ALL,
    ("GET", "/api/screens/machines"): ALL,
    ("GET", "/api/screens/stock"): ALL,
    ("GET", "/api/screens/money"): ALL,
    ("GET", "/api/screens/facts"): ALL,
    ("GET", "/api/screens/night"): ALL,
    ("POST", "/api/screens/picture"): PROPOSERS,
    ("GET", "/signin"): None,
    ("GET", "/health"): None,
    ("GET", "/openapi.json"): None,
    ("GET", "/openapi.json/{path:str}"): None,
    ("GET", "/openapi.json/openapi.json"): None,
    ("POST", "/api/session"): None,
    ("DELETE", "/api/session"): ALL,
    ("GET", "/api/me"): ALL,
    ("GET", "/metrics"): ALL,
    ("GET", "/api/view"): ALL,
    ("GET", "/api/orders"): ALL,
    ("GET", "/api/parts"): ALL,
    ("GET", "/api/units"): ALL,
    ("GET", "/api/measures"): ALL,
    ("GET", "/api/events"): ALL,
    ("GET", "/api/stream"): ALL,
    ("GET", "/api/holds"): ALL,
    ("GET", "/api/late/{order:path}"): ALL,
    ("GET", "/api/promise"): ALL,
    ("GET", "/api/sites"): ALL,
    ("GET", "/api/night"): ALL,
    ("GET", "/api/proposals"): ALL,
    ("POST", "/api/proposals"): PROPOSERS,
    ("GET", "/api/proposals/{identity:str}"): ALL,
    ("GET", "/api/proposals/{identity:str}/chances"): ALL,
    ("POST", "/api/proposals/{identity:str}/approve"): FLOOR,
    ("POST", "/api/proposals/{identity:str}/reject"): PROPOSERS,
    ("POST", "/api/import/orders"): PROPOSERS,
    ("POST", "/api/parts"): PROPOSERS,
    ("POST", "/api/parts/{identity:str}/adopt"): {"engineer", "admin"},
    ("GET", "/api/jobs/{identity:str}"): ALL,
}
"""Every route and who may use it; ``None``: anybody. Written here by hand, not taken from the code."""
APPROVES: dict[str, set[str]] = dict.fromkeys(KINDS, FLOOR) | {
    "cancel": {"engineer", "admin"},
    "dispose": {"engineer", "admin"},
}
COMMANDS: dict[str, dict[str, Any]] = {
    "order": {"order": "R-1", "part": "bracket", "quantity": 1, "due_s": 9 * HOUR_S},
    "order_change": {"order": "A-1", "due_s": 9 * HOUR_S},
    "cancel": {"order": "A-1"},
    "unit_down": {"unit": "mill-1", "hours": 1},
    "unit_up": {"unit": "mill-1"},
    "scrap": {"serial": "A-1.001", "reason": "scratch"},
    "dispose": {"serial": "A-1.001", "decision": "scrap", "reason": "scratch"},
    "tool_worn": {"unit": "mill-1", "tool": 1},
    "release": {"hold": "triage: load"},
    "check": {"unit": "mill-1", "resource": "chips", "level": 10},
    "presence": {"from_s": 2 * HOUR_S, "to_s": 3 * HOUR_S, "persons": 0},
    "move": {"serial": "A-1.003", "operation": "bracket/1", "unit": "mill-2", "start_s": 0},
    "close_work": {"order": "WO-7", "cause": "bearing"},
    "lot": {"lot": "L-1", "item": "blank-bracket", "quantity": 1},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_shop(tmp_path / "shop")


@pytest.fixture
def client(folder: Path) -> Iterator[TestClient[Litestar]]:
    with TestClient(create_app(folder), base_url="http://127.0.0.1") as found:
        yield found


@pytest.fixture
def signed(folder: Path) -> Callable[[str], dict[str, str]]:
    access = Access(folder)
    return lambda role: {"Authorization": f"Bearer {access.issue(f'the {role}', role).token}"}


def _routes(app: Litestar) -> set[tuple[str, str]]:
    return {
        (method, route.path)
        for route in app.routes
        for method in getattr(route, "methods", ())
        if method not in {"HEAD", "OPTIONS"}
    }


def test_every_route_is_in_the_matrix(client: TestClient[Litestar]) -> None:
    assert _routes(client.app) == set(MAY)


@pytest.mark.parametrize("role", [*ROLES, "nobody"])
def test_role_by_route(client: TestClient[Litestar], signed: Callable[[str], dict[str, str]], role: str) -> None:
    for (method, path), may in MAY.items():
        headers = {} if role == "nobody" else signed(role)
        place = path.replace("{identity:str}", HERE).replace("{order:path}", "A-1").replace("{path:str}", "x")
        query = {"/api/stream": "?follow=false", "/api/promise": "?part=plate", "/api/sites": "?part=x"}.get(path, "")
        status = client.request(method, place + query, headers=headers, follow_redirects=False).status_code
        if may is None:
            assert status != 403, (method, path)
            assert status != 401 or path in {"/signin", "/api/session"}, (method, path)
        elif role == "nobody":
            assert status == 401, (method, path)
        elif role in may:
            assert status not in {401, 403, 405}, (role, method, path, status)
        else:
            assert status == 403, (role, method, path, status)


@pytest.mark.slow
@pytest.mark.parametrize("role", ROLES)
def test_role_by_command(
    client: TestClient[Litestar], folder: Path, signed: Callable[[str], dict[str, str]], role: str
) -> None:
    headers, admin = signed(role), signed("admin")
    assert set(COMMANDS) == set(KINDS)
    for kind, fields in COMMANDS.items():
        body = {"command_id": f"{role}-{kind}", "command": {"kind": kind, **fields}, "why": "test"}
        made = client.post("/api/proposals", headers=headers, json=body)
        if role not in PROPOSERS:
            assert made.status_code == 403, (role, kind)
        else:
            assert made.status_code == 200, made.text
            assert made.json()["state"] in {"proposed", "refused"}
        of_admin = client.post("/api/proposals", headers=admin, json=body | {"command_id": f"{role}-{kind}-2"}).json()
        way = f"/api/proposals/{of_admin['id']}/approve"
        decided = client.post(way, headers=headers, json={"command_id": f"{role}-{kind}-3"})
        if of_admin["state"] == "refused":
            assert decided.status_code in {403, 409}
        else:
            assert decided.status_code == (200 if role in APPROVES[kind] else 403), (role, kind, decided.text)


def test_a_command_over_http_reaches_the_log_with_its_author(
    client: TestClient[Litestar], folder: Path, signed: Callable[[str], dict[str, str]]
) -> None:
    operator = signed("operator")
    body = {"command_id": "c-1", "command": {"kind": "release", "hold": "triage: load"}, "why": "chips cleared"}
    made = client.post("/api/proposals?execute=true", headers=operator, json=body)
    assert made.json()["state"] == "approved"
    turn(folder)
    found = client.get(f"/api/proposals/{made.json()['id']}", headers=operator).json()
    assert found["state"] == "executed"
    events = client.get("/api/events?after=8", headers=operator).json()["events"]
    assert [event["fact"]["event"] for event in events] == ["request_taken", "safe_hold_released"]
    assert (events[0]["fact"]["by"], events[0]["fact"]["role"]) == ("the operator", "operator")
    assert client.get("/api/holds", headers=operator).json() == [
        {"hold": "hold-A-1.002", "kind": "parts", "text": "", "serials": ["A-1.002"]}
    ]


def test_pages_of_proposals(client: TestClient[Litestar], signed: Callable[[str], dict[str, str]]) -> None:
    operator = signed("operator")
    for n in range(3):
        body = {"command_id": f"c-{n}", "command": {"kind": "check", **COMMANDS["check"]}}
        client.post("/api/proposals", headers=operator, json=body)
    first = client.get("/api/proposals?limit=2", headers=operator).json()
    assert (len(first["proposals"]), first["more"]) == (2, True)
    rest = client.get(f"/api/proposals?limit=2&after={first['next']}", headers=operator).json()
    assert (len(rest["proposals"]), rest["more"]) == (1, False)
    assert client.get("/api/proposals?status=executed", headers=operator).json()["proposals"] == []


def test_a_browser_signs_in_once_and_a_page_from_elsewhere_can_do_nothing(
    client: TestClient[Litestar], folder: Path
) -> None:
    code = Access(folder).one_time_code("Ann", "operator")
    answer = client.get(f"/signin?code={code}", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert client.get("/api/me").json()["name"] == "Ann"
    body = {"command_id": "c-1", "command": {"kind": "check", **COMMANDS["check"]}}
    for headers in ({"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        assert client.post("/api/proposals", json=body, headers=headers).status_code == 403
    assert client.post("/api/proposals", json=body, headers={"Origin": "http://127.0.0.1"}).status_code == 200
    assert client.get(f"/signin?code={code}", follow_redirects=False).status_code == 401
    assert client.delete("/api/session").status_code == 204
    assert client.get("/api/me").status_code == 401


def test_name_and_password(client: TestClient[Litestar], folder: Path) -> None:
    Access(folder).put_user("Ann", "engineer", "correct horse battery")
    assert client.post("/api/session", json={"name": "Ann", "password": "wrong"}).status_code == 401
    answer = client.post("/api/session", json={"name": "Ann", "password": "correct horse battery"})
    assert answer.json()["role"] == "engineer"
    headers = {"Authorization": f"Bearer {answer.json()['token']}"}
    client.cookies.clear()
    assert client.get("/api/me", headers=headers).json()["name"] == "Ann"


def test_sizes_and_rates_are_limited(client: TestClient[Litestar], signed: Callable[[str], dict[str, str]]) -> None:
    operator, agent = signed("operator"), signed("agent")
    long = {"command_id": "c-1", "command": {"kind": "release", "hold": "x"}, "why": "y" * 100_000}
    assert client.post("/api/proposals", headers=operator, json=long).status_code == 413
    statuses = [client.get("/api/me", headers=agent).status_code for _ in range(80)]
    assert statuses[:40] == [200] * 40
    assert 429 in statuses
    assert client.get("/api/me", headers=operator).status_code == 200, "others aren't slowed"


def test_errors_of_commands_are_problem_documents(
    client: TestClient[Litestar], signed: Callable[[str], dict[str, str]]
) -> None:
    operator = signed("operator")
    ok = {"command_id": "c-1", "command": {"kind": "check", **COMMANDS["check"]}}
    client.post("/api/proposals", headers=operator, json=ok)
    wrong = (
        (400, {"command_id": "c-2", "command": {"kind": "fly"}}),
        (400, {"command_id": "c 2", "command": ok["command"]}),
        (400, ok | {"extra": 1}),
        (409, ok | {"why": "something else"}),
    )
    for status, body in wrong:
        answer = client.post("/api/proposals", headers=operator, json=body)
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"].startswith("application/problem+json")
    missing = client.post(f"/api/proposals/{HERE}/approve", headers=operator, json={"command_id": "c-9"})
    assert missing.status_code == 404
    assert client.get("/api/me").headers["www-authenticate"] == "Bearer"


def test_a_table_and_a_part_are_taken_in(
    client: TestClient[Litestar], folder: Path, signed: Callable[[str], dict[str, str]]
) -> None:
    operator = signed("operator")
    table = "order,part,quantity,due\nX-1,bracket,2,2026-11-04\n"
    shown = client.post("/api/import/orders", headers=operator, content=table).json()
    assert (shown["diff"]["parts"], shown["proposals"]) == (2, [])
    made = client.post("/api/import/orders?preview=false&command_id=t", headers=operator, content=table).json()
    assert made["proposals"][0]["state"] == "proposed"
    torn = client.post("/api/import/orders", headers=operator, content=b"\xff\xfe\x00").json()
    assert torn["findings"][0]["remedy"] == "Save it as UTF-8."
    answer = client.post("/api/parts?name=x", headers=operator, content=b"no STEP")
    assert (answer.status_code, answer.json()["state"]) == (202, "failed")
    assert client.get(f"/api/jobs/{answer.json()['id']}", headers=operator).json()["findings"]
    assert client.post("/api/parts", headers=operator).status_code == 400
    assert client.get(f"/api/jobs/{HERE}", headers=operator).status_code == 404


def test_the_desk_and_the_routes_know_the_same_roles() -> None:
    from nightmill.plant.requests import MATRIX

    assert {role for row in MATRIX.values() for roles in row for role in roles} <= ALL
    assert {kind: set(row[1]) for kind, row in MATRIX.items()} == APPROVES
    assert all(set(row[0]) == PROPOSERS for row in MATRIX.values())
    assert Desk.__doc__
