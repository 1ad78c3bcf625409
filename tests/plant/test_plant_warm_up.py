"""A first plan, thrown away, is made where no kernels are kept, and only there."""

from typing import Any

import pytest

from nightmill.plant import warm_up
from nightmill.vocabulary.errors import BadInput, Finding


@pytest.mark.parametrize("kept", [False, True])
def test_a_plan_is_made_where_no_kernels_are_kept(monkeypatch: pytest.MonkeyPatch, kept: bool) -> None:
    made: list[dict[str, Any]] = []
    monkeypatch.setattr(warm_up, "kernels_kept", lambda room: kept or bool(made))
    monkeypatch.setattr(warm_up, "run_guarded", lambda call, asked, **_: made.append(asked))
    assert warm_up.warm_up()
    assert [asked["step"].endswith("bracket.step") for asked in made] == ([] if kept else [True])


def test_a_plan_that_fails_is_no_success(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fails(*_: object, **__: object) -> None:
        raise BadInput(Finding("bracket.step", "", "no room", "some", "Free some."))

    monkeypatch.setattr(warm_up, "kernels_kept", lambda room: False)
    monkeypatch.setattr(warm_up, "run_guarded", fails)
    assert not warm_up.warm_up()
    assert "no room" in capsys.readouterr().err
