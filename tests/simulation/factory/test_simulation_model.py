"""What is wrong with a factory is said all at once; every word of the memory is used."""

from pathlib import Path

import msgspec
import pytest

from nightmill.simulation.factory import model as f
from nightmill.simulation.factory.example_job_shop import job_shop
from nightmill.simulation.factory.kernel import schema
from nightmill.simulation.factory.kernel.encode import lay_out, mean_of
from nightmill.vocabulary.errors import BadInput


def test_all_findings_come_together() -> None:
    shop = job_shop()
    route = f.Route(
        "odd", (f.Step(station="nowhere", time=f.exponential(-1.0), scrap=2.0, takes=(("pallet", 1),), rework_to=5),)
    )
    wrong = msgspec.structs.replace(
        shop,
        routes=(*shop.routes, route),
        classes=(*shop.classes, f.LotClass(name="x", route="missing")),
        stations=(*shop.stations, f.Station(name="empty", members=(), rule=((f.Term("mood"),),))),
        calendars=(f.Calendar("never", 24.0, ()),),
        lots=(f.Lot(lot_class="kind 0", step=99),),
    )
    with pytest.raises(BadInput) as caught:
        lay_out(wrong)
    text = "\n".join(finding.sentence() for finding in caught.value.findings)
    for part in (
        "nowhere",
        "exponential distribution -1.0",
        "shares 0.0, 2.0",
        "pallet",
        "doesn't exist",
        "missing",
        "mood",
        "step 99",
    ):
        assert part in text
    assert "empty" in text
    assert "never" in text


def test_a_name_stands_for_one_thing() -> None:
    shop = job_shop()
    with pytest.raises(BadInput, match="the name twice"):
        lay_out(msgspec.structs.replace(shop, machines=(*shop.machines, shop.machines[0])))


def test_every_word_of_the_schema_is_used() -> None:
    folder = Path(schema.__file__).parent
    rules = "".join(
        path.read_text(encoding="utf-8") for path in folder.glob("*.py") if path.name not in ("columns.py", "schema.py")
    )
    unused = [column.name for column in schema.COLUMNS if column.name not in rules]
    assert unused == ["VALUE"]  # the only word of a row of values, addressed by the row


@pytest.mark.parametrize(
    ("law", "mean"),
    [
        (f.Law("hyperexponential", 2.0, 0.5, 0.25), 0.875),
        (f.Law("triangular", 1.0, 2.0, 6.0), 3.0),
        (f.Law("empirical", values=(0.0, 1.0, 5.0)), 1.75),
        (f.Law("lognormal", 0.0, 1.0, 2.0), 2.0 + 1.6487212707),
        (f.Law("weibull", 2.0, 1.0), 2.0),
    ],
)
def test_the_mean_of_a_law(law: f.Law, mean: float) -> None:
    assert mean_of(law) == pytest.approx(mean)
