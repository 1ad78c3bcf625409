"""Feed mutated bytes to every parser of files that users provide: shop files, tables, mails, drawings, results,
studies, saved events.

``python campaigns/mutated_files.py [--inputs N] [--seed S] [--parser NAME]``: as ``mutated_protocols.py``, with the
same mutations and limits. Each parser must return a result or raise ``BadInput``. NC programs and STEP files have
separate campaigns (``mutated_nc.py``, ``broken_step.py``); PDFs, pictures and workbooks are read by third-party
libraries in a child process with limits.
"""

import sys
import tempfile
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

import msgspec
from mutated_protocols import Parsers, campaign

from nightmill.drivers.modbus import read_devices
from nightmill.drivers.robots.settings import read_arms
from nightmill.drivers.virtual_shop.hidden_parameters import read_truth
from nightmill.forecasting import read_history
from nightmill.formats import copy_example, shop_from_b2mml
from nightmill.intake import read_drawing, read_mail, read_rfq
from nightmill.inventory import read_chain
from nightmill.mrp import read_tables
from nightmill.plant.analysis.scheduling.routing_csv import read_routing
from nightmill.plant.deciders.alarm_triage import read_policy
from nightmill.plant.deciders.failure_modes import read_failure_modes
from nightmill.plant.requests.order_table import MOST_BYTES, MOST_LINES
from nightmill.plant.requests.roles import read_approvals
from nightmill.plant.workspace.guarded_reading import orders_asked, read_here
from nightmill.plant.workspace.shop import whole_shop
from nightmill.quality import Readings
from nightmill.scheduling import parse_instance
from nightmill.simulation import read_change
from nightmill.store.encoding import decoded
from nightmill.tuning import read_study
from nightmill.vocabulary import events as e

_KEPT = tempfile.TemporaryDirectory(prefix="nightmill-mutated-")
HOME = Path(_KEPT.name)
SHOP = HOME / "shop"
copy_example(SHOP)
KNOWN = whole_shop(SHOP)
TODAY = date(2026, 11, 2)
TABLES = {path.name: path.read_text("utf-8") for path in sorted(SHOP.glob("*.csv"))}
ITEMS, BOM = "item,source,lead_time_weeks\na,make,1\nb,buy,2\nc,buy,2\n", "parent,child,qty\na,b,2\na,c,1\n"
MATERIAL = {
    "items.csv": ITEMS,
    "bom.csv": BOM,
    "stock.csv": "item,on_hand\nb,5\n",
    "orders.csv": "order,item,qty,due_week\nO,a,3,2\n",
}
AQDEF = (
    "K0100 2\nK1001/1 4711\nK2001/1 1\nK2001/2 2\nK0001/1 20.03\nK0001/2 0.05\nK0004/0 2026-11-25/06:00:00\nK0014/0 S1\n",
    "K0100 2\nK1001 4711\nK2001/1 1\nK2101/1 20,000\nK2142/1 mm\nK2001/2 2\n20.005\x140\x1425.11.2026/13:45:00\x14\x14#7\x0f0.085\x140\nK0014/0 S1\n",
)
DMIS = """DMISMN/'flange',05.2
UNITS/MM,ANGDEC
F(BORE)=FEAT/CIRCLE,INNER,CART,10,0,0,0,0,1,$
20.0
T(1)=TOL/DIAM,-0.02,0.02
OUTPUT/FA(BORE),TA(1)
FA(BORE)=FEAT/CIRCLE,INNER,CART,10.01,0.02,0,0,0,1,20.005
TA(1)=TOL/DIAM,20.005,INTOL
"""
B2MML = """<Equipment xmlns="http://www.mesa.org/xml/B2MML"><ID>mill-1</ID><EquipmentLevel>WorkUnit</EquipmentLevel>
<EquipmentProperty><ID>axes</ID><Value><ValueString>3</ValueString></Value></EquipmentProperty></Equipment>"""
MAILS = (
    "Please quote 12 pcs of bracket rev B in Al 6061, delivery by 20 November 2026, price 64 USD each.\nThe finish is Ra 1.6.",
    "Bitte um Angebot: 5 Stk Flansch Werkstoff 42CrMo4, Liefertermin KW 48, Zeichnung 4711-02. Incoterms FCA Hamburg.",
)
MAIL = b"From: a@b.example\r\nSubject: RFQ\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + MAILS[0].encode()
DXF = "\n".join(
    ("0", "SECTION", "2", "ENTITIES", "0", "LINE", "8", "0", "10", "0.0", "20", "0.0", "11", "50.0", "21", "0.0",
     "0", "TEXT", "8", "0", "10", "5.0", "20", "5.0", "40", "3.5", "1", "%%c12.5 H7", "0", "ENDSEC", "0", "EOF", "")
)  # fmt: skip
POLICY = """[[rules]]
name = "broken tool"
source = "cycle_interrupted"
pattern = "tool T\\\\d+"
action = "sister_tool"
at_most = 2
within_h = 4.0
"""
MODES = """[[modes]]
name = "bearing"
signals = ["vibration_mm_s"]
remedy = "replace"
"""
APPROVALS = """proposals_an_hour = 60
[[rules]]
name = "small rush orders"
kinds = ["order"]
at_most_parts = 2
at_most_usd = 200.0
"""
MODBUS = """[[devices]]
unit = "mill-1"
host = "192.168.7.20"
port = 502
registers = [ { signal = "coolant_pct", address = 3, scale = 0.1 } ]
"""
ROBOTS = """[[robots]]
unit = "robot"
host = "192.168.7.30"
places = { pool = 0, mill-1 = 1 }
"""
STUDY = """{"name": "turning", "seed": 1, "trials": 15, "parameters": [{"name": "vc", "low": 80, "high": 350, "scale": "log"}, {"name": "f", "low": 0.05, "high": 0.4}],
"outputs": [{"name": "cost", "goal": "minimise", "noise": {"relative": 0.03}, "prior": "90 / (vc * f) * (1.2 + 10 / (300 / (vc * f**0.25))**4)"}], "start": {"vc": 180, "f": 0.15}}"""
CHANGES = (
    b'{"add_machine": "M9", "like": "A"}',
    b'{"second_shift": {"begins_h": 14, "ends_h": 22, "persons": 2}}',
    b'{"rush_order": {"order": "R", "like": "O1", "due_s": 9}}',
    b'{"maintenance_interval": {"hours": 200}}',
)
CHAIN = '{"chain": "c", "stages": [{"name": "a", "time": 3, "cost": 1}, {"name": "b", "time": 1, "cost": 2, "mu": 4, "sd": 1, "max_service": 0, "sl": 0.95}], "arcs": [["a", "b"]]}'
FJS = b"2 3 1.5\n2 2 1 4 2 5 1 3 6\n1 1 2 7\n"
JSP = b"2 2\n0 3 1 2\n1 2 0 4\n"
ROUTING = b"job,operation,machine,run_s,due_s\nA,10,m1,60,3600\nA,10,m2,80,3600\nB,10,m1,30,7200\n"
SHEET = b"order,item,quantity,due,priority\nX-1,bracket,5,2026-11-20,2\n"


def _in_folder(name: str, read: Callable[[Path], object]) -> Callable[[bytes], object]:
    """Read a folder in which the input is one of the files."""
    home = HOME / name
    home.mkdir()

    def parse(data: bytes) -> object:
        (home / name).write_bytes(data)
        return read(home)

    return parse


def _in_shop(name: str) -> Callable[[bytes], object]:
    """Read the example shop with the input as one of its files."""
    home = HOME / f"shop-{name}"
    copy_example(home)

    def parse(data: bytes) -> object:
        (home / name).write_bytes(data)
        return whole_shop(home)

    return parse


def _text(read: Callable[[str], object]) -> Callable[[bytes], object]:
    """Read text; input that isn't UTF-8 is refused earlier."""
    return lambda data: read(data.decode("utf-8", errors="replace"))


def _mail(text: str) -> object:
    return read_rfq(text, today=TODAY)


def _material(name: str, text: str) -> object:
    return read_tables(MATERIAL | {name: text})


def _b2mml(data: bytes) -> object:
    return shop_from_b2mml(
        {"a.xml": data}, name="x", kinds={}, start="2026-11-02T07:00:00+01:00", time_zone="UTC", material="Al 6061"
    )


UNITS = [unit.id for unit in KNOWN.work_units]
EVENTS = [
    msgspec.json.encode(e.Event(1, 0.0, "software", e.OrderReceived("A-1", "bracket", 2, 1500.0, 1), "why")),
    msgspec.json.encode(e.Event(2, 1.5, "software", e.SchedulePublished("x", (e.ScheduleLine("A-1.001", "bracket/1", "mill-1", 0.0, 4.0, 9.0),), 0.0, 0.0))),
]  # fmt: skip
PARSERS: Parsers = {
    "shop.toml": ([(SHOP / "shop.toml").read_bytes()], _in_shop("shop.toml")),
    "shop: orders.csv": ([TABLES["orders.csv"].encode()], _in_shop("orders.csv")),
    "shop: items.csv": ([TABLES["items.csv"].encode()], _in_shop("items.csv")),
    "world.toml": ([(SHOP / "world.toml").read_bytes()], _text(lambda text: read_truth(text, KNOWN))),
    **{
        name: ([text.encode()], _text(partial(_material, name))) for name, text in MATERIAL.items()
    },
    "history.csv": ([TABLES["history.csv"].encode()], _text(read_history)),
    "supply chain": ([CHAIN.encode()], _text(read_chain)),
    "order sheet": ([SHEET], lambda data: read_here(orders_asked(data, (MOST_BYTES, MOST_LINES), TODAY, [part.name for part in KNOWN.parts]))),
    "routing table": ([ROUTING], _text(lambda text: read_routing(text, "r.csv"))),
    "fjs": ([FJS], _text(lambda text: parse_instance(text, form="fjs"))),
    "jsplib": ([JSP], _text(lambda text: parse_instance(text, form="jsp"))),
    "alarms.toml": ([POLICY.encode()], _in_folder("alarms.toml", read_policy)),
    "failure_modes.toml": ([MODES.encode()], _in_folder("failure_modes.toml", lambda at: read_failure_modes(at, KNOWN))),
    "approvals.toml": ([APPROVALS.encode()], _in_folder("approvals.toml", read_approvals)),
    "modbus.toml": ([MODBUS.encode()], _text(lambda text: read_devices(text, UNITS))),
    "robots.toml": ([ROBOTS.encode()], _text(lambda text: read_arms(text, {"robot"}, {"pool", "mill-1"}))),
    "rfq": ([text.encode() for text in MAILS], _text(_mail)),
    "mail": ([MAIL], lambda data: read_mail(data, today=TODAY)),
    "dxf": ([DXF.encode()], lambda data: read_drawing(data, "dxf")),
    "results": ([AQDEF[0].encode(), AQDEF[1].encode(), DMIS.encode(), b"characteristic,value,serial\n1,20.01,S1\n"], lambda data: Readings.of_text(data, "r")),
    "b2mml": ([B2MML.encode()], _b2mml),
    "tuning study": ([STUDY.encode()], read_study),
    "what-if": ([*CHANGES], read_change),
    "event": (EVENTS, lambda data: decoded(data, "log")),
}  # fmt: skip


if __name__ == "__main__":
    sys.exit(campaign(PARSERS, __doc__))
