from pathlib import Path

import msgspec
import pytest
from test_plant_reshoring import filled, route

from nightmill.formats import copy_example, read_shop
from nightmill.plant.plan_store.plan_artifacts import OperationRecord
from nightmill.plant.plan_store.route_record import CharacteristicRecord
from nightmill.plant.quoting.labour_minutes import attended_operations
from nightmill.plant.quoting.make_or_buy import site_request


def test_minutes_follow_loads_edges_characteristics_and_weight(tmp_path: Path) -> None:
    first = filled(OperationRecord, operation="p/1", cycle_s=600.0, tool_minutes={"1": 6.0, "2": 3.0})
    second = filled(OperationRecord, operation="p/2", cycle_s=120.0, tool_minutes={"1": 1.0})
    wanted = tuple(filled(CharacteristicRecord, operation="p/1") for _ in range(6))
    record = msgspec.structs.replace(route("p"), operations=(first, second), characteristics=wanted)
    one, two = attended_operations(record)
    assert (one.load_min, two.load_min) == (5.0, 5.0)
    assert one.edges_min == pytest.approx(3 * 9 / 60)
    assert (one.measure_min, two.measure_min) == (0.0, 0.0)
    assert one.setup_min == pytest.approx(15 + 2 * 2 + 10 + 3)
    heavy = attended_operations(msgspec.structs.replace(record, stock_volume_mm3=1e7))
    assert heavy[1].load_min == 8.0
    request = site_request(record, 1000)
    assert request.attended_min == pytest.approx(one.piece_min + two.piece_min)
    assert request.setup_min == one.setup_min + two.setup_min
    copy_example(tmp_path / "shop")
    example = read_shop(tmp_path / "shop")
    shop = msgspec.structs.replace(example, mount_s=60.0, dismount_s=30.0, measure_every=6, tools=())
    assert [each.load_min for each in attended_operations(record, shop)] == [1.5, 1.5]
    assert attended_operations(record, shop)[0].measure_min == 0.0
    blind = msgspec.structs.replace(shop, work_units=tuple(unit for unit in shop.work_units if unit.kind != "gauge"))
    assert attended_operations(record, blind)[0].measure_min == 0.5
