from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nightmill.formats import copy_example, read_shop, shop_hash
from nightmill.vocabulary.errors import BadInput, Finding
from nightmill.vocabulary.plan import Tool
from nightmill.vocabulary.shop import MachineLimits

MINIMAL = """
[shop]
name = "Two mills"
start = 2026-11-02T07:00:00
time_zone = "Europe/Berlin"
currency = "EUR"
country = "DE"
material = "Al 6061"

[[machines]]
id = "mill"
kind = "mill"
count = 2
"""
STEP = "ISO-10303-21;\nHEADER;\n"


def shop(folder: Path, toml: str = MINIMAL, **files: str) -> Path:
    (folder / "parts").mkdir(parents=True, exist_ok=True)
    (folder / "shop.toml").write_text(toml)
    (folder / "parts" / "plate.step").write_text(STEP)
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text)
    return folder


def findings(folder: Path, **options: list[str]) -> tuple[Finding, ...]:
    with pytest.raises(BadInput) as caught:
        read_shop(folder, known_materials=options.get("materials"))
    assert all(finding.expected and finding.remedy and finding.file for finding in caught.value.findings)
    return caught.value.findings


def test_minimal_shop_runs_on_defaults(tmp_path: Path) -> None:
    made = read_shop(shop(tmp_path, orders="order,item,qty,due\nA,plate,3,2026-11-03\n"), known_materials=["Al 6061"])
    assert made.start == datetime(2026, 11, 2, 6, 0, tzinfo=UTC)
    assert [unit.id for unit in made.work_units] == ["mill-1", "mill-2", "robot", "gauge", "vision", "bench"]
    assert made.shifts[0].days == (0, 1, 2, 3, 4)
    assert made.tools == ()
    assert made.orders[0].due_s == (24 + 17) * 3600.0  # the end of the next local day
    assert made.parts[0].blank_item == "blank-plate"
    assert {item.item: item.on_hand for item in made.items} == {"plate": 0, "blank-plate": 4}
    assert [(line.parent, line.child, line.quantity) for line in made.bom] == [("plate", "blank-plate", 1)]


def test_an_order_may_be_overdue_from_the_start_but_not_released_after_its_due_date(tmp_path: Path) -> None:
    overdue = "order,item,qty,due,release\nA,plate,3,2026-10-28,\n"
    assert read_shop(shop(tmp_path / "one", orders=overdue), known_materials=["Al 6061"]).orders[0].due_s < 0.0
    with pytest.raises(BadInput, match="a date before the due date"):
        read_shop(shop(tmp_path / "two", orders=overdue.replace("28,", "28,2026-11-03")), known_materials=["Al 6061"])


def test_an_order_may_be_named_as_other_programs_name_it_also_by_those_that_wait_for_it(tmp_path: Path) -> None:
    orders = (
        "order,item,qty,due,after\nPO 4711/1,plate,1,2026-11-03,\n\u00c4-3,plate,1,2026-11-03,\nB 2,plate,1,2026-11-03,"
    )
    made = read_shop(
        shop(
            tmp_path,
            orders=orders + "PO 4711/1; \u00c4-3\nC,plate,1,2026-11-03,B 2\nD,plate,1,2026-11-03,C \u00c4-3;B 2\n",
        ),
        known_materials=["Al 6061"],
    )
    after = {order.id: order.after for order in made.orders}
    assert after == {
        "PO 4711/1": (), "\u00c4-3": (), "B 2": ("PO 4711/1", "\u00c4-3"), "C": ("B 2",), "D": ("C", "\u00c4-3", "B 2"),
    }  # fmt: skip


@pytest.mark.parametrize("name", ["L" * 81, '"a\nb"', "a\tb", "a\u2028b"])
def test_an_order_whose_name_is_no_short_line_is_refused_before_anything_begins(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match="1 to 80 characters on one line"):
        read_shop(
            shop(tmp_path, orders=f"order,item,qty,due\n{name},plate,1,2026-11-03\n"), known_materials=["Al 6061"]
        )


def test_default_tools_fill_the_crib(tmp_path: Path) -> None:
    tool = Tool(number=5, type="flat", diameter_mm=10)
    toml = MINIMAL + "[crib]\nmagazine = 3\ncrib = 7\n"
    made = read_shop(shop(tmp_path, toml), default_tools=(tool,))
    assert [(stock.tool.number, stock.magazine, stock.crib) for stock in made.tools] == [(5, 3, 7)]


def test_a_lathe_has_limits_of_its_own_and_the_default_crib_its_tools(tmp_path: Path) -> None:
    tools = (Tool(5, "flat", 10.0), Tool(6, "face", 50.0), Tool(500, "turning", 12.7))
    lathe = '[[machines]]\nid = "lathe"\nkind = "lathe"\nspindle_rpm_max = 3500\nbuffer = 1\n'
    made = read_shop(shop(tmp_path / "both", MINIMAL + lathe), default_tools=tools)
    (unit,) = made.cutters("lathe")
    assert unit.limits == MachineLimits((125.0, 50.0, 500.0), 3500.0, 15.0, 5000.0, 24000.0, 4000.0, 2.0)
    assert made.cutters("mill")[0].limits == MachineLimits()
    assert [stock.tool.number for stock in made.tools_of(unit)] == [5, 500]
    assert [stock.tool.number for stock in made.tools_of(made.cutters("mill")[0])] == [5, 6]
    assert [stock.tool.number for stock in read_shop(shop(tmp_path / "mill"), default_tools=tools).tools] == [5, 6]
    alone = MINIMAL.replace('kind = "mill"', 'kind = "lathe"')
    assert [stock.tool.number for stock in read_shop(shop(tmp_path / "alone", alone), default_tools=tools).tools] == [
        5,
        500,
    ]


def test_every_finding_at_once(tmp_path: Path) -> None:
    toml = (
        MINIMAL.replace("Berlin", "Berlyn").replace(
            "count = 2", 'count = 2\ntravel_mm = [0.76, 0.5, 0.51]\nspindle_rpm_max = "12000"\nspindle = 3'
        )
        + '[[machines]]\nid = "mill-x"\nkind = "mill"\nrapid_mm_min = 30\n'
        + "[[shifts]]\nbegins_h = 22\nends_h = 6\n"
    )
    folder = shop(
        tmp_path,
        toml,
        orders="order,item,qty,due\nA,plat,3,2026-11-03\nA,plate,-2,tomorrow\nB,plate,two,2026-11-05\n",
        items="item,source,supplier\nblank-plate,bought,X\n",
        stock="item,on_hand\nblank-plate,-4\nunknown,2\n",
        bom="parent,child,qty\nplate,blank-plate,1\nblank-plate,plate,1\n",
    )
    said = {(one.file, one.place): one for one in findings(folder)}
    places = {f"{file} {place}" for file, place in said}
    assert {
        "shop.toml shop.time_zone",
        "shop.toml machines[1].travel_mm",
        "shop.toml machines[1].spindle_rpm_max",
        "shop.toml machines[1].spindle",
        "shop.toml machines[2].rapid_mm_min",
        "shop.toml shifts[1].ends_h",
        "orders.csv line 2, column item",
        "orders.csv line 3, column order",
        "orders.csv line 3, column quantity",
        "orders.csv line 3, column due",
        "orders.csv line 4, column quantity",
        "items.csv line 2, column source",
        "stock.csv line 2, column on_hand",
        "stock.csv line 3, column item",
        "bom.csv ",
    } <= places
    assert "Europe/Berlin" in said["shop.toml", "shop.time_zone"].remedy
    assert "plate" in said["orders.csv", "line 2, column item"].remedy
    assert "mm" in said["shop.toml", "machines[1].travel_mm"].remedy
    assert "plate > blank-plate > plate" in said["bom.csv", ""].found


@pytest.mark.parametrize(
    ("toml", "place"),
    [
        (MINIMAL.replace("count", "nmber_of"), "machines[1].nmber_of"),
        (MINIMAL.replace("2026-11-02T07:00:00", '"second of November"'), "shop.start"),
        (MINIMAL.replace('kind = "mill"', 'kind = "robot"'), "machines"),
        (MINIMAL + '[[machines]]\nid = "mill-1"\nkind = "mill"\n', "machines"),
        (MINIMAL + '[[machines]]\nid = "m"\nkind = "mill"\nprotocol = "opcua"\n', "machines[2].address"),
        (MINIMAL + "[economy]\nenergy_usd_kwh = 12\n", "economy.energy_usd_kwh"),
        (MINIMAL + '[economy]\nmaterial_usd_kg = {"Unobtainium" = 3}\n', "economy.material_usd_kg"),
        (MINIMAL.replace('"Al 6061"', '"Al 6062"'), "shop.material"),
        (MINIMAL + "policy = 3\n[x]\n", "x"),
        (MINIMAL.replace('name = "Two mills"\n', ""), "shop.name"),
    ],
)
def test_wrong_keys(tmp_path: Path, toml: str, place: str) -> None:
    assert place in [one.place for one in findings(shop(tmp_path, toml), materials=["Al 6061"])]


def test_tools_are_checked(tmp_path: Path) -> None:
    tool = '[[tools]]\nnumber = 3\ntype = "flat"\ndiameter_mm = 10\nstickout_mm = {}\nflute_length_mm = 25\n'
    folder = shop(tmp_path, MINIMAL + tool.format(40) + tool.format(20), items="item\ntool:3\ntool:9\n")
    said = {one.place: one.found for one in findings(folder)}
    assert said["tools[2].number"] == "3 twice"
    assert "tools[2]" in said
    assert said["item tool:9"] == "tool '9'"
    assert "item tool:3" not in said


def test_broken_files(tmp_path: Path) -> None:
    folder = shop(tmp_path)
    (folder / "orders.csv").write_bytes(b"order,item,qty,due\nA,pl\xffte,3,2026-11-03\n")
    (folder / "stock.csv").write_text('item,on_hand\n"blank-plate,3\n')
    (folder / "history.csv").write_text("item,period\nplate,3\n")
    (folder / "receipts.csv").write_text("item,qty,week\nblank-plate,3\n")
    (folder / "parts" / "empty.step").write_text("")
    (folder / "parts" / "gone.toml").write_text("revision = 'B'\n")
    (folder / "parts" / "plate.toml").write_text(
        "[[requirements]]\nkind='diameter'\nnominal=12\nlower=-0.01\nupper=0.01\n"
    )
    files = {(one.file, one.place) for one in findings(folder)}
    assert {
        ("orders.csv", "line 2"), ("stock.csv", "line 2"), ("history.csv", "line 1"), ("receipts.csv", "line 2"),
        ("parts/empty.step", ""), ("parts/gone.toml", ""), ("parts/plate.toml", "requirements[1]"),
    } <= files  # fmt: skip


def test_missing_folder_and_file(tmp_path: Path) -> None:
    assert findings(tmp_path / "nowhere")[0].found == "no such folder"
    assert {one.file for one in findings(tmp_path)} >= {"shop.toml", "parts"}


def test_syntax_error_names_the_line(tmp_path: Path) -> None:
    said = findings(shop(tmp_path, '[shop]\nname = "x\n'))
    assert any("line 2" in one.found for one in said)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_end_in_findings_or_a_shop(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = shop(tmp_path_factory.mktemp("any"))
    (folder / "orders.csv").write_bytes(b"order,item,quantity,due\n" + data)
    (folder / "bom.csv").write_bytes(data)
    refused: tuple[Finding, ...] = ()
    try:
        assert all(order.quantity > 0 for order in read_shop(folder).orders)
    except BadInput as error:
        refused = error.findings
    assert {Path(each.file).name for each in refused} <= {"orders.csv", "bom.csv"}


def test_hash_follows_content_and_leaves_the_hidden_truth_out(tmp_path: Path) -> None:
    folder = shop(tmp_path)
    first = shop_hash(folder)
    (folder / "world.toml").write_text("seed = 1\n")
    (folder / ".nightmill").mkdir()
    (folder / "report.html").write_text("x")
    assert shop_hash(folder) == first
    (folder / "parts" / "plate.step").write_text(STEP + "x")
    assert shop_hash(folder) != first


def test_example_shop(tmp_path: Path) -> None:
    folder = copy_example(tmp_path / "demo")
    for path in (folder / "parts").glob("*.toml"):
        if not path.with_suffix(".step").exists():
            path.with_suffix(".step").write_text(STEP)
    made = read_shop(folder, known_materials=["Al 6061", "S235", "1.4301", "42CrMo4", "Ti-6Al-4V", "Inconel 718"])
    assert len(made.work_units) >= 8
    assert len(made.orders) >= 25
    assert len(made.parts) == 6
    need = {part.blank_item: sum(o.quantity for o in made.orders if o.item == part.name) for part in made.parts}
    short = [item.item for item in made.items if item.on_hand < need.get(item.item, 0)]
    assert len(short) >= 4
    with pytest.raises(BadInput):
        copy_example(folder)


def test_a_serial_number_belongs_to_one_machine(tmp_path: Path) -> None:
    folder = copy_example(tmp_path / "demo")
    text = (folder / "shop.toml").read_text()
    said = text.replace('kind = "mill"', 'kind = "mill"\nserial_number = "4711"\nyear_built = 2021', 1)
    assert said != text
    assert "count" in said
    (folder / "shop.toml").write_text(said)
    with pytest.raises(BadInput, match="one machine"):
        read_shop(folder)


def test_room_behind_a_mill_is_read_and_there_is_none_behind_anything_else(tmp_path: Path) -> None:
    folder = shop(tmp_path, MINIMAL.replace('kind = "mill"', 'kind = "mill"\nbuffer = 0', 1))
    assert {unit.buffer for unit in read_shop(folder).units("mill")} == {0}
    (folder / "shop.toml").write_text(MINIMAL.replace('kind = "mill"', 'kind = "mill"\nchip_min = 90', 1))
    assert {unit.chip_s for unit in read_shop(folder).units("mill")} == {5400.0}
    (folder / "shop.toml").write_text(MINIMAL + '\n[[machines]]\nid = "arm"\nkind = "robot"\nchip_min = 90\n')
    (finding,) = findings(folder)
    assert (finding.place, finding.found) == ("machines[2].chip_min", "90 min of a robot")
    (folder / "shop.toml").write_text(MINIMAL + '\n[[machines]]\nid = "arm"\nkind = "robot"\nbuffer = 2\n')
    (finding,) = findings(folder)
    assert (finding.place, finding.found) == ("machines[2].buffer", "2 behind a robot")
    (folder / "shop.toml").write_text(MINIMAL.replace('kind = "mill"', 'kind = "mill"\nbuffer = -1', 1))
    (finding,) = findings(folder)
    assert finding.place == "machines[1].buffer"


FIXTURES = '\n[[fixtures]]\nid = "vise"\ncount = 2\n'


def test_fixtures_and_assembly_are_read(tmp_path: Path) -> None:
    orders = "order,item,qty,due,after\nA,plate,1,2026-11-03,\nB,plate,1,2026-11-03,\nC,plate,1,2026-11-04,A; B\n"
    folder = shop(tmp_path, MINIMAL + FIXTURES, orders=orders)
    (folder / "parts" / "plate.toml").write_text('fixture = "vise"\n')
    made = read_shop(folder)
    assert [(kind.id, kind.count) for kind in made.fixtures] == [("vise", 2)]
    assert made.fixture_of("plate") == "vise"
    assert made.after("C") == ("A", "B")
    assert made.after("A") == ()


@pytest.mark.parametrize(
    ("toml", "part", "after", "place", "found"),
    [
        (FIXTURES, 'fixture = "vice"\n', "", "fixture", "vice"),
        ("", 'fixture = "vise"\n', "", "fixture", "vise"),
        (FIXTURES + FIXTURES, "", "", "fixtures[2].id", "vise twice"),
        ('\n[[fixtures]]\nid = "vise"\ncount = 0\n', "", "", "fixtures[1].count", "0"),
        ("", "", "D", "order A, after", "D"),
        ("", "", "A", "after", "A waits for A"),
        ("", "", "B", "after", "waits for"),
    ],
)
def test_what_is_wrong_with_fixtures_and_assembly_is_one_finding(
    tmp_path: Path, toml: str, part: str, after: str, place: str, found: str
) -> None:
    orders = f"order,item,qty,due,after\nA,plate,1,2026-11-03,{after}\nB,plate,1,2026-11-03,A\n"
    folder = shop(tmp_path, MINIMAL + toml, orders=orders)
    (folder / "parts" / "plate.toml").write_text(part)
    (finding,) = findings(folder)
    assert finding.place == place
    assert found in str(finding.found)
    assert finding.remedy


def test_a_name_that_is_no_id_is_explained_in_words(tmp_path: Path) -> None:
    found = findings(shop(tmp_path, toml=MINIMAL.replace('id = "mill"', 'id = "Fräse 1"')))
    assert [finding.place for finding in found] == ["machines[1].id"]
    assert "letters from A to Z" in found[0].expected
    assert "regex" not in found[0].sentence()


def test_a_shop_in_which_nobody_could_bring_or_mount_a_part_does_not_start(tmp_path: Path) -> None:
    bare = MINIMAL.replace("[[machines]]", "assume_stations = false\n\n[[machines]]")
    found = findings(shop(tmp_path / "bare", toml=bare))
    assert [finding.found for finding in found] == ["no machine of kind robot", "no machine of kind bench"]
    stations = "".join(f'\n[[machines]]\nid = "{kind}"\nkind = "{kind}"\n' for kind in ("robot", "bench"))
    made = read_shop(shop(tmp_path / "whole", toml=bare + stations), known_materials=["Al 6061"])
    assert [unit.id for unit in made.work_units] == ["mill-1", "mill-2", "robot", "bench"]
