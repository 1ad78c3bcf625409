"""What a flood may cost: requests a lane, uploads a role, connections a server; and what is no request, or a defect, is told."""

import asyncio
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import h11
import pytest
from litestar import Litestar
from litestar.testing import TestClient

sys.path.insert(0, str(Path(__file__).parents[3] / "campaigns"))

import floods
import raw_requests
from served import prepared, served

from nightmill.api import create_app
from nightmill.api.middleware import admission, connection_limits, thread_lanes
from nightmill.api.middleware.connection_limits import Places
from nightmill.api.middleware.thread_lanes import LANES, Lanes
from nightmill.plant.proposals import Desk
from nightmill.plant.requests import Access, Caller


@pytest.fixture
def client(shop: Path) -> Any:
    with TestClient(create_app(shop), base_url="http://127.0.0.1", raise_server_exceptions=False) as made:
        yield made


@pytest.mark.parametrize("body", [b'{"name": "\xff", "password": "x"}', b"[" * 60_000, b'{"a":' * 12_000])
def test_a_body_that_is_no_json_is_the_clients_error(client: TestClient[Litestar], body: bytes) -> None:
    answer = client.post("/api/session", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.headers["x-request-id"]


def test_a_defect_is_a_problem_document_with_an_id_and_one_line_of_the_log(
    client: TestClient[Litestar], signed: Callable[..., dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []
    log = SimpleNamespace(error=lambda form, *words: lines.append(form % words))
    monkeypatch.setattr(admission, "_LOG", log)
    monkeypatch.setattr(Desk, "night", lambda desk: 1 // 0)
    answer = client.get("/api/night", headers=signed())
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    (line,) = lines
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert answer.headers["x-request-id"] in line
    assert "ZeroDivisionError" in line
    assert "Bearer" not in line


def test_an_upload_is_streamed_bounded_and_gone(
    client: TestClient[Litestar], shop: Path, signed: Callable[..., dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    engineer = signed("engineer")
    assert client.post("/api/screens/picture", content=b"no part", headers=engineer).json()["findings"]
    assert client.post("/api/screens/picture", headers=engineer).status_code == 400
    assert client.post("/api/import/orders", content=b"x" * (2 * 1024 * 1024 + 1), headers=engineer).status_code == 413
    endless = (b"x" * 65_536 for _ in range(40))
    assert client.post("/api/import/orders", content=endless, headers=engineer).status_code == 413
    monkeypatch.setitem(LANES, "person", thread_lanes.LaneLimits(2, 9, 9, 1, 1000, 1.0, 1.0))
    assert client.post("/api/screens/picture", content=b"x" * 1001, headers=engineer).status_code == 429
    spools = list((shop / ".nightmill" / "desk").glob("spool-*"))
    assert spools
    assert [each for spool in spools for each in spool.iterdir()] == [], "nothing is left of any of them"


def test_a_guesser_keeps_neither_a_known_browser_nor_a_code_out(
    client: TestClient[Litestar], shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admission, "REFUSED_S", 0.0)
    access, password = Access(shop), "correct horse battery"
    access.put_user("boss", "admin", password)
    right = {"name": "boss", "password": password}
    assert client.post("/api/session", json=right).status_code == 200
    device = client.cookies["nightmill-device"]
    client.cookies.clear()
    guessed = [
        client.post("/api/session", json={**right, "password": f"wrong {n} wrong"}).status_code for n in range(7)
    ]
    assert guessed[:5] == [401] * 5
    assert set(guessed[5:]) == {429}
    assert client.post("/api/session", json=right).status_code == 429, "from whoever"
    known = client.post("/api/session", json=right, headers={"Cookie": f"nightmill-device={device}"})
    assert known.status_code == 200
    client.cookies.clear()
    other = {"name": "eve", "password": password}
    assert client.post("/api/session", json=other, headers={"Cookie": f"nightmill-device={device}"}).status_code == 401
    for _ in range(60):
        client.get("/signin?code=wrong", follow_redirects=False)
    assert client.get("/signin?code=wrong", follow_redirects=False).status_code == 429
    code = access.one_time_code("boss", "admin")
    assert client.get(f"/signin?code={code}", follow_redirects=False).status_code == 303


def test_a_device_token_signs_nobody_in(client: TestClient[Litestar], shop: Path) -> None:
    access = Access(shop)
    token = access.device_token("boss")
    assert client.get("/api/me", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    assert client.get("/api/me", headers={"Cookie": f"nightmill={token}"}).status_code == 401


def test_names_that_nobody_has_are_refused_by_their_address(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    access, looked = Access(shop), list[object]()
    monkeypatch.setattr(admission, "REFUSED_S", 0.0)

    def verified(*arguments: object) -> bool:
        looked.append(arguments)
        return False

    monkeypatch.setattr("nightmill.plant.requests.users._verified", verified)
    with TestClient(create_app(shop), base_url="http://127.0.0.1") as client:
        answers = [
            client.post("/api/session", json={"name": f"n{n}", "password": "x" * 12}).status_code for n in range(40)
        ]
    assert answers == [401] * 30 + [429] * 10
    assert len(looked) == 30, "what is refused costs no password's work"
    assert access.users() == []


def test_each_lane_has_threads_of_its_own() -> None:
    async def run() -> list[str]:
        asyncio.get_running_loop().set_default_executor(Lanes())
        go = asyncio.Event()
        names: list[str] = []

        async def one(role: Any) -> None:
            thread_lanes.enter(Caller("Ann", role, "id") if role else None)
            names.append(await asyncio.to_thread(lambda: __import__("threading").current_thread().name))

        await asyncio.gather(*(one(role) for role in ("admin", "viewer", "engineer", "agent", None)))
        go.set()
        return names

    lanes_of = {name.rsplit("_", 1)[0] for name in asyncio.run(run())}
    assert lanes_of == {"lane-admin", "lane-person", "lane-agent", "lane-nobody"}


class _Connection:
    def __init__(self) -> None:
        self.dropped = False

    def drop(self) -> None:
        self.dropped = True


def test_half_sent_requests_only_drive_each_other_out() -> None:
    places: Any = Places(10)
    asking = [_Connection() for _ in range(4)]
    for one in asking:
        places.take(one)
        places.asks(one)
        places.trust(one)
    stranger = _Connection()
    places.take(stranger)
    places.asks(stranger)
    flood = [_Connection() for _ in range(100)]
    for one in flood:
        places.take(one)
    assert len(places) == 10
    assert not any(one.dropped for one in asking)
    assert not stranger.dropped, "as long as others have asked for nothing"
    assert [one.dropped for one in flood] == [True] * 95 + [False] * 5
    newcomer = _Connection()
    places.take(newcomer)
    assert not newcomer.dropped
    places.answered(asking[0])
    for one in [_Connection() for _ in range(20)]:
        places.take(one)
    assert not asking[0].dropped, "who waits after an answer goes after those who have asked nothing"


def test_there_is_room_for_the_log_beside_all_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "setrlimit", lambda kind, limits: None)
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (1024, 1024))
    assert connection_limits.most_connections() == 1024 - connection_limits.SPARE_FILES
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (100, 100))
    assert connection_limits.most_connections() == connection_limits.LEAST


@pytest.mark.slow
def test_raw_bytes_are_answered_and_never_by_a_defect(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    prepared(shop)
    tokens = [Access(shop).issue(role, role).token for role in ("viewer", "operator", "engineer", "admin", "agent")]
    with served(shop, "--light") as address:
        port = int(address.split("//127.0.0.1:")[1].split("/")[0])
        statuses, wrong = raw_requests.campaign(port, tokens, 250, 7)
    assert not wrong
    assert {200, 400, 404, 405} <= statuses.keys()


@pytest.mark.slow
def test_a_flood_refuses_no_administrator_and_takes_little_memory(tmp_path: Path) -> None:
    chosen = SimpleNamespace(seconds=4.0, events=2000, guessers=8, half_open=300, uploads=6, readers=4)
    told = floods.campaign(tmp_path, chosen)  # type: ignore[arg-type]
    assert told.wrong == []
    assert told.answers > 5
    assert told.memory_over_start_mib < 600.0
    assert told.others["guessers"].get("429", 0) > 0


@pytest.mark.parametrize(("fields", "fits"), [(100, True), (7000, False)])
def test_a_head_has_a_bounded_number_of_fields(fields: int, fits: bool) -> None:
    coming = connection_limits._Pieces(h11.SERVER, connection_limits.HEAD_BYTES)
    body = b"\n" * 500  # of the request, and no field
    length = str(len(body)).encode()
    coming.receive_data(
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + length + b"\r\n" + b"a:\r\n" * fields + b"\r\n" + body
    )
    if fits:
        assert isinstance(coming.next_event(), h11.Request)
        return
    with pytest.raises(h11.RemoteProtocolError, match="fields"):
        coming.next_event()


def test_a_body_in_crumbs_is_no_body() -> None:
    connection = connection_limits._Pieces(h11.SERVER, 32_768)  # the connection that the server reads by
    connection.receive_data(
        b"POST /api/session HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\na\r\n" * 9000
    )

    def read() -> None:
        for _ in range(9000):
            connection.next_event()

    with pytest.raises(h11.RemoteProtocolError, match="chunks"):
        read()
    whole = connection_limits._Pieces(h11.SERVER, 32_768)
    whole.receive_data(b"POST /api/parts HTTP/1.1\r\nHost: x\r\nContent-Length: 4000000\r\n\r\n")
    assert isinstance(whole.next_event(), h11.Request)
    for _ in range(2000):
        whole.receive_data(b"x" * 2000)
        assert isinstance(whole.next_event(), h11.Data)


def test_who_is_refused_late_takes_nobody_s_place(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "REFUSALS_AT_ONCE", 0.0)
    gate, seen = admission.Admission(SimpleNamespace()), list[int]()  # type: ignore[arg-type]
    gate._inside["nobody", False] = 1

    def leave() -> None:
        gate._inside["nobody", False] -= 1

    async def slept(seconds: float) -> None:
        seen.append(gate._inside["nobody", False])

    async def run() -> None:
        monkeypatch.setattr(asyncio, "sleep", slept)
        await gate._held_back(admission._nowhere, leave)({"type": "http.response.start", "status": 401, "headers": []})

    asyncio.run(run())
    assert seen == [0]
