"""What lies in a run's inbox and is no request stops nothing: it is put aside with an alarm that can be written anywhere."""

import os
from pathlib import Path

import msgspec
import pytest
from desk_sample import write_shop

from nightmill.floor import apply, empty_state
from nightmill.plant.requests import inbox
from nightmill.plant.requests.adopt_part import adoptions
from nightmill.plant.workspace.event_log import read_events
from nightmill.plant.workspace.layout import adoption_requests, state_folder
from nightmill.plant.workspace.shop import whole_shop
from nightmill.vocabulary import events as e


@pytest.mark.parametrize("name", [b"1-x.json", b"1-\xff.json"])
@pytest.mark.parametrize("kind", ["pipe", "garbage", "folder", "dangling"])
def test_what_is_no_request_is_put_aside(tmp_path: Path, name: bytes, kind: str) -> None:
    folder = write_shop(tmp_path / "shop")
    place = state_folder(folder) / inbox.NOW
    place.mkdir(parents=True)
    path = place / os.fsdecode(name)
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "garbage":
        path.write_bytes(b"{")
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to("nowhere")
    shop = whole_shop(folder)
    state = empty_state(shop)
    for event in read_events(folder):
        apply(state, event)
    (decision,) = inbox.taken(folder, shop, state)
    assert isinstance(decision.fact, e.AlarmRaised)
    assert msgspec.json.encode(decision.fact)
    assert not os.path.lexists(path)
    adopt = adoption_requests(folder) / "bracket.json"
    adopt.parent.mkdir(parents=True)
    os.mkfifo(adopt)
    assert adoptions(folder, state) == []
