from datetime import timedelta
from pathlib import Path

import pytest

from nightmill.drivers import mtconnect_history
from nightmill.formats import copy_example, read_shop
from nightmill.maintenance import fit_health, predict_health, read_history, save_model
from nightmill.plant.analysis.maintenance import machine_health as answers
from nightmill.plant.analysis.maintenance.machine_history import history_texts
from nightmill.plant.run.telemetry_recorder import open_lane
from nightmill.plant.workspace.layout import log_place
from nightmill.store import open_store
from nightmill.vocabulary import events as e
from nightmill.vocabulary import reports as r
from nightmill.vocabulary.errors import BadInput
from nightmill.vocabulary.units import utc_us

STREAMS = """<MTConnectStreams xmlns="urn:mtconnect.org:MTConnectStreams:2.5">
<Header instanceId="1" firstSequence="1" lastSequence="99" nextSequence="100" creationTime="2026-11-02T06:00:00Z"/>
<Streams><DeviceStream name="mill-1" uuid="u1"><ComponentStream component="Rotary" componentId="c">
<Samples>{samples}</Samples><Events>{events}</Events></ComponentStream></DeviceStream></Streams></MTConnectStreams>"""


def _item(tag: str, number: int, minute: float, text: str, item: str = "s1", name: str = "load") -> str:
    at = f"2026-11-02T{6 + int(minute) // 60:02d}:{int(minute) % 60:02d}:{round(minute % 1 * 60):02d}Z"
    label = f'name="{name}" ' if name else ""
    return f'<{tag} dataItemId="{item}" {label}timestamp="{at}" sequence="{number}">{text}</{tag}>'


def test_mtconnect_values_hold_until_the_next_and_services_begin_a_life(tmp_path: Path) -> None:
    samples = [
        _item("Load", 1, 0, "10"),
        _item("Load", 3, 15, "50"),
        _item("Load", 5, 30, "UNAVAILABLE"),
        _item("Load", 7, 60, "20"),
        _item("Temperature", 8, 60, "31", "t1", ""),
    ]
    events = [
        _item("Execution", 2, 0, "ACTIVE", "e1", "exec"),
        _item("Execution", 4, 15, "READY", "e1", "exec"),
        _item("FunctionalMode", 6, 45, "MAINTENANCE", "f1", "mode"),
        _item("FunctionalMode", 9, 70, "PRODUCTION", "f1", "mode"),
        _item("Execution", 10, 119, "READY", "e1", "exec"),
    ]
    (tmp_path / "a.xml").write_text(STREAMS.format(samples="".join(samples[:3]), events="".join(events[:3])))
    (tmp_path / "b.xml").write_text(STREAMS.format(samples="".join(samples), events="".join(events)))
    texts, cycle_s = history_texts(tmp_path, "30min")
    assert cycle_s == 1800
    history = read_history(texts)
    assert history.units == ("mill-1", "mill-1")
    assert history.cycle.tolist() == [1, 2, 3, 4]
    assert history.since == (0, 2)
    assert history.sensor_names == ("sensor_load", "sensor_t1")
    assert history.sensors[0, 0] == pytest.approx(30.0)
    assert history.sensors[2:].tolist() == [[20.0, 31.0], [20.0, 31.0]]
    assert history.settings[:2, 0].tolist() == pytest.approx([0.5, 0.0])


def test_what_is_no_streams_document_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text("<MTConnectDevices/>")
    with pytest.raises(BadInput, match="MTConnectStreams"):
        history_texts(tmp_path)
    bad = STREAMS.format(samples=_item("Load", 1, 0, "10").replace("2026-11-02T06:00:00Z", "noon"), events="")
    with pytest.raises(BadInput, match="noon"):
        mtconnect_history({"b.xml": bad})


def test_tables_beside_documents_are_refused_not_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.XML").write_text(STREAMS.format(samples=_item("Load", 1, 0, "10"), events=""))
    assert history_texts(tmp_path)[1] is not None
    (tmp_path / "b.csv").write_text("unit,cycle,sensor_1\na,1,2\n")
    with pytest.raises(BadInput, match=r"a\.XML.*b\.csv"):
        history_texts(tmp_path)


def test_a_table_has_no_times(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("unit,cycle,sensor_1\na,1,2\n")
    with pytest.raises(BadInput, match="--every"):
        history_texts(tmp_path, "1h")


def test_a_folder_of_parquet_files_is_read_once(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    parquet.write_table(
        pyarrow.table({"unit": ["a", "a"], "cycle": [1, 2], "sensor_1": [1.0, 2.5]}), tmp_path / "h.parquet"
    )
    history = read_history(history_texts(tmp_path)[0])
    assert (history.cycle.tolist(), history.sensors.ravel().tolist()) == ([1, 2], [1.0, 2.5])


def test_a_shop_that_ran_tells_lives_failures_and_cutting(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    copy_example(folder)
    shop = read_shop(folder)
    lane = open_lane(folder, shop)
    for minute in range(0, 600, 10):
        lane.put(
            shop.units("mill")[0].id, utc_us(shop.start + timedelta(minutes=minute)), {"temperature_c": 20 + minute}
        )
        lane.put("camera-9", utc_us(shop.start + timedelta(minutes=minute)), {"light": 1.0})
    lane.close()
    mill = shop.units("mill")[0].id
    failed = r.MachineFailed(1, 4.5 * 3600, mill, "spindle")
    mended = r.MachineRepaired(2, 6.2 * 3600, mill, "c", "bearing")
    cut = r.CycleFinished(3, 1.5 * 3600, mill, "c", "S", "o", 2700.0, 1.0, {}, {}, {}, {})
    log = open_store(log_place(folder), writer=True)
    for report in (cut, failed, mended):
        log.append([e.Event(log.version() + 1, report.at_s, mill, e.Reported(report))], expected_version=log.version())
    log.close()
    history = read_history(history_texts(folder)[0])
    assert set(history.units) == {mill}
    assert history.failed.tolist() == [True, False]
    assert history.cycle.tolist() == [1, 2, 3, 4, 5, 8, 9, 10]
    assert history.settings[:2, 0].tolist() == pytest.approx([0.25, 0.5])
    assert history.sensors[0, 0] == pytest.approx(45.0)
    assert [unit.id for unit in predict_health(fit_health(history), history).units] == [mill]


def test_a_prediction_has_cycles_as_long_as_those_of_its_model(tmp_path: Path) -> None:
    samples = "".join(_item("Load", 1 + k, 10 * k, str(30 + k % 7)) for k in range(80))
    data, model = tmp_path / "a.xml", tmp_path / "model.json"
    data.write_text(STREAMS.format(samples=samples, events=""))
    fitted = fit_health(read_history(history_texts(data, "10min")[0]), cycle_s=600.0)
    model.write_bytes(save_model(fitted))
    same = answers.predict_health(model, data)
    assert same == answers.predict_health(model, data, every="10min")
    assert history_texts(data, "", 600.0) == history_texts(data, "10min")
    with pytest.raises(BadInput, match=r"model\.json: --every: found 3600 s.*600 s"):
        answers.predict_health(model, data, every="1h")
    other = tmp_path / "other.csv"
    other.write_text("unit,cycle,sensor_other\na,1,2\n")
    with pytest.raises(BadInput, match=r"other\.csv: line 1"):
        answers.predict_health(model, other)


def test_a_prediction_from_lives_that_never_failed_says_so(tmp_path: Path) -> None:
    table, model = tmp_path / "lives.csv", tmp_path / "model.json"
    for failed, said in ((0, True), (1, False)):
        table.write_text(f"unit,cycle,failed\na,300,{failed}\nb,280,0\n")
        model.write_bytes(save_model(fit_health(read_history({"lives.csv": table.read_text()}))))
        answer = answers.predict_health(model, table)
        assert len(answer["units"]) == 2
        assert ("no failure was observed" in answer.get("note", "")) == said
