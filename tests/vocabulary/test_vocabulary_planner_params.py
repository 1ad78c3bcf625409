"""The planner's parameters: every one has limits that its default keeps, and a value beyond them is refused by name."""

import msgspec
import pytest

from nightmill.vocabulary.plan import AREA_SHARE_LIMIT, UNCUT_SHARE_LIMIT
from nightmill.vocabulary.planner_params import Group, PlannerParams, UncutBudget, limits_of, listed

ALL = list(listed(PlannerParams()))


@pytest.mark.parametrize("name", [name for name, _, _ in ALL])
def test_each_parameter_is_refused_beyond_its_limits_however_it_is_given(name: str) -> None:
    group_name, _, key = name.partition(".")
    group: type[Group] = type(getattr(PlannerParams(), group_name))
    (limits,) = (each for each in limits_of(group) if each.name == key)
    assert limits.about
    assert limits.low <= limits.default <= limits.high
    for value in (limits.low - 1, limits.high + 1):
        with pytest.raises(ValueError, match=f"{key} must be from"):
            group(**{key: value})
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({group_name: {key: value}}, PlannerParams)


def test_not_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match="forgone_share"):
        UncutBudget(forgone_share=float("nan"))


def test_more_may_stay_than_is_forgone_and_more_again_at_tabs() -> None:
    with pytest.raises(ValueError, match="must not fall"):
        UncutBudget(forgone_share=0.9)


def test_the_budget_is_a_fraction_of_what_the_certificate_lets_stay() -> None:
    assert pytest.approx(1 - AREA_SHARE_LIMIT) == UNCUT_SHARE_LIMIT
    budget = UncutBudget()
    assert UncutBudget.of_surface(budget.tabbed_share) < 1 - AREA_SHARE_LIMIT
    assert UncutBudget.of_surface(1.0) == UNCUT_SHARE_LIMIT


def test_a_record_goes_through_json_unchanged() -> None:
    params = msgspec.structs.replace(PlannerParams(), budget=UncutBudget(forgone_share=0.5))
    assert msgspec.json.decode(msgspec.json.encode(params), type=PlannerParams) == params
    assert {name: value for name, _, value in listed(params)}["budget.forgone_share"] == 0.5
