"""The demo: both policies at once, as if each had been run alone."""

from pathlib import Path
from typing import Any

import pytest

from nightmill.plant.demo import demo
from nightmill.plant.demo.demo import MARK, run_demo
from nightmill.plant.run import shop_run
from nightmill.plant.run.shop_run import RunRequest, run_shop
from nightmill.vocabulary.errors import EnvironmentFailed, Finding


def _without_place(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "log"}


@pytest.mark.slow
def test_policies_side_by_side_come_out_as_each_alone(shop: Path) -> None:
    (shop / ".nightmill-demo").write_text(MARK)
    alone = {policy: run_shop(shop, RunRequest(0.15, 3, policy, fresh=True)) for policy in shop_run.POLICIES}
    both = run_demo(shop, days=0.15, seed=3)
    for policy, answer in alone.items():
        assert _without_place(both[policy]) == _without_place(answer)
    state = shop / ".nightmill"
    assert sorted(path.name for path in (state / "archive").iterdir()) == ["1", "2", "3"]
    assert both["conventional"]["log"] == str(state / "archive" / "3" / "log.sqlite")
    assert Path(both["conventional"]["log"]).exists()
    assert not list(state.glob("beside-*"))


@pytest.mark.slow
def test_a_closed_loop_that_fails_ends_the_other_run(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (shop / ".nightmill-demo").write_text(MARK)
    finding = Finding("disk", "", "no space", "some", "Free some.")

    def fails(*_: object, **__: object) -> dict[str, Any]:
        raise EnvironmentFailed(finding)

    monkeypatch.setattr(demo, "run_shop", fails)
    with pytest.raises(EnvironmentFailed, match="no space"):
        run_demo(shop, days=300.0, seed=3)
    assert not list((shop / ".nightmill").glob("beside-*"))
