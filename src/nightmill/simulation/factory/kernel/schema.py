"""The meaning of every word of the kernel's memory: the single table from which its layout is generated.

A factory is one block of 64-bit words. Each item (a machine, a lot, a step) is a row of consecutive words in the table of its
kind; a row is identified by its address and points to other rows by their addresses, with 0 for none. The same words are read
as integers (``N``) and as floats (``F``): in compiled code these are two views of one array, in plain Python one list under
both names. A copy of the block is a snapshot; the live twin and a simulation have the same layout.

``columns.py`` (the names by which the kernel addresses words) and the table in ``docs/simulation-kernel.md`` are generated from
here: ``python -m nightmill.simulation.factory.kernel.schema``. A new feature adds a column, not an argument.
"""

from pathlib import Path
from typing import Literal, NamedTuple

Type = Literal["int", "float"]


class Column(NamedTuple):
    """One word of a row. ``statistic`` words are zeroed when a run's statistics are reset."""

    owner: str
    name: str
    dtype: Type
    unit: str
    doc: str
    statistic: bool = False


HEADER, TREE = "header", "tree"
# The kinds that own a timer or may be on the agenda.
KINDS = ("source", "calendar", "stop", "machine", "lot", "station")
# A cache line is eight words; rows of tables that most events touch start and end with a cache line.
LINE = 8

# owner: lines of "NAME type unit doc"; a star after the name marks a statistic.
_COMMON = """
LEAF int - its leaf in the timer tree, 0 without a timer
AGENDA int address next on the agenda, -1 when not on it
"""
_TABLES: dict[str, str] = {
    "header": """
SEED int key key of the replication, mixed into every stream
MASK int bits all 64 bits set: -1 compiled, 2^64 - 1 in plain Python
TREE int address node 0 of the timer tree
FIRST_LEAF int count nodes of the timer tree that are no leaves: the number of the first leaf
FIRST_SON int address of node 0: the number of the son that is due first; then of the other nodes that are no leaves
CALENDAR_LEAF int count first leaf of a calendar; before it those of the sources
LOT_LEAF int count first leaf of a lot
MACHINE_LEAF int count first leaf of a machine
STOP_LEAF int count first leaf of a stop
AGENDA_HEAD int address first thing to handle before time advances
AGENDA_TAIL int address last of them
FREE_LOT int address first unused lot row
FREE_LOTS int count unused lot rows
LOT_TIMERS int flag lots own timers: something moves, delays or pipes them
LOTS int address first lot row
LOTS_END int address behind the last lot row
SOURCES int address first source row
SOURCES_END int address behind the last
CLASSES int address first class row
CLASSES_END int address behind the last
STOPS int address first stop row
STOPS_END int address behind the last
STATIONS int address first station row
STATIONS_END int address behind the last
MACHINES int address first machine row
MACHINES_END int address behind the last
PERSONS int address first person row
PERSONS_END int address behind the last
CALENDARS int address first calendar row
CALENDARS_END int address behind the last
REPAIR_HEAD int address first stop that waits for a person
REPAIR_TAIL int address last of them
PEOPLE_CHANGED int flag a person became free or came
SETUPS int count setups, the first being none
SETUP_AT int address setup times, seconds from row to column
PLACES int count places, the first being everywhere
MOVE_AT int address moves, from row to column
RECORDS int count finished lots recorded since the last reading
RECORD_AT int address first record
RECORD_ROOM int count room for records
STUCK int code why the run ended: 0 time, 1 more lot rows wanted, 2 the records are full
EVENTS* int count timers that came due
OPERATIONS* int count operations ended, a lot each
INSIDE int count lots in the system
NOW float time the clock
AREA* float lot-time integral over time of the lots in the system
AREA_SINCE float time the integral is complete to here
SOJOURN* float time sum of the times in the system of the lots that left
""",
    "tree": """
DUE float time least time below this node; at a leaf when the thing is due
""",
    "law": """
LAW int code kind of law
LAW_TABLE int address first value of an empirical law
LAW_COUNT int count values, or stages of an Erlang law
LAW_A float - first parameter
LAW_B float - second parameter
LAW_C float - third parameter
""",
    "value": """
VALUE float - a number of a table
""",
    "move": """
MOVE_LAW int address time from place to place, 0 for none
MOVE_FLEET int address token of the transporters, 0 where none is needed
""",
    "source": """
SOURCE_KEY int key stream of its gaps
SOURCE_N int count arrivals drawn
SOURCE_GAP int address law of the time between arrivals
SOURCE_LOTS int count lots that arrive at once
SOURCE_LEFT int count arrivals still to come, negative without limit
SOURCE_MIX int address first class of its mix
SOURCE_MIX_END int address behind the last
SOURCE_LOSES int flag a lot that finds no room is lost, else waits
SOURCE_FIRST float time first arrival, negative to draw it
""",
    "class": """
CLASS_KEY int key streams of its lots
CLASS_N int count lots released
CLASS_STEP int address first step of its route
CLASS_PIECES int count pieces of a lot
CLASS_RECORD int flag its finished lots are recorded
CLASS_NUMBER int - number of the class
CLASS_RELEASED* int count lots released
CLASS_FINISHED* int count lots finished
CLASS_ON_TIME* int count of these not after their due date
CLASS_SCRAPPED* int count lots scrapped
CLASS_LOST* int count lots that found no room
CLASS_LATE_STEPS* int count starts after a queue-time limit
CLASS_SHARE float share cumulated share of its source's lots
CLASS_PRIORITY float - priority, larger goes first
CLASS_DUE float time allowance from release to due date
CLASS_SUM* float time sum of the cycle times
CLASS_SQUARES* float time^2 sum of their squares
""",
    "step": """
STEP_STATION int address where, 0 for a delay that needs nothing
STEP_FLAGS int bits what happens after it; 0 for nothing but the next step
STEP_CHANCE float share lots that do the step
STEP_QUICK int bits which of its rules can be passed over: 1 on the way to it, 2 when it begins
STEP_TAKE int address first token use before it
STEP_TAKE_END int address behind the last
STEP_SETUP int - setup that it needs, 0 for any
STEP_BATCH int address its batch family, 0 when lots go alone
STEP_SKILL int bits skill of the person, 0 for none
STEP_RETURN int - memory whose machine must be used, 0 for none
STEP_LEFT float time mean process time of it and all that follow, but for what each piece adds
STEP_LAW int address process time
STEP_EXTRA float time added to the process time: load and unload
STEP_INTERVAL float time after which the machine takes the next lot, 0 for the whole process
STEP_PIECE_INTERVAL float time added to the interval for each piece, and to the process for each but the first
STEP_PER_PIECE int flag the process time is for each piece
STEP_KEEP int - memory of the lot that keeps the machine, 0 for none
STEP_LAST int flag the last of its route
STEP_BATCH_MIN int count pieces that must wait before a batch starts
STEP_BATCH_MAX int count pieces of a full batch
STEP_ATTEND int code 0 nobody, 1 throughout, 2 during the setup
STEP_GIVE int address first token given after it
STEP_GIVE_END int address behind the last
STEP_REWORK int address step that rework goes back to
STEP_LIMIT_TO int address step that must start within the limit, 0 for none
STEP_LIMIT_DEED int code when too late: 0 counted, 1 scrapped, 2 back to the step that set it
STEP_MIN_RUN int count lots in a row before its setup may be left
STEP_TOOL int - tool, for upkeep by tool
STEP_LOOP int flag the lot starts its route again after it instead of leaving
STEP_OWN_SETUP float time setup time from any other setup, negative for the matrix
STEP_HOLD_EXTRA float time added to the interval
STEP_REWORK_SHARE float share lots that go back after it
STEP_SCRAP float share lots scrapped after it
STEP_LIMIT float time queue-time limit from its end
STEP_MEAN float time mean process time, but for what each piece adds
STEP_COUNT_LEFT float count it and all that follow
STEP_PIECE_MEAN float time what each piece adds to the mean process time
STEP_PIECE_LEFT float time what each piece adds to that of it and all that follow
""",
    "token_use": """
USE_TOKEN int address which
USE_COUNT int count how many
""",
    "token": """
TOKEN_FREE int count free ones
TOKEN_HEAD int address first lot that waits
TOKEN_TAIL int address last of them
TOKEN_AREA* float token-time integral of the free ones
TOKEN_SINCE float time the integral is complete to here
""",
    "family": """
FAMILY_WAITING int count pieces in the queue
""",
    "station": """
STATION_FREE int count machines of it that are free and up
STATION_HEAD int address first lot that waits
STATION_TAIL int address last
STATION_WAITING int count lots that wait
STATION_ROOM int count places ahead of its machines, negative without limit
STATION_PLAIN int flag a free machine means an empty queue
STATION_BLOCKED_HEAD int address first lot that waits for a place
STATION_SORTED int flag the queue is kept in the order of its rule
STATION_BY_SETUP int flag the queue is kept in the order of its rule but for the key that is the setup
STATION_ORDER int address first term of the order in which the queue is kept
STATION_ORDER_SETUP int address term of that order before which the setup would be compared
STATION_ORDER_END int address behind its last term
STATION_LOWEST int address first membership whose machine may be free
STATION_AREA* float lot-time integral of the lots that wait
STATION_SINCE float time the integral is complete to here
STATION_WAIT* float time sum of the waits of the lots started
STATION_STARTS* int count lots started
STATION_TERM int address first term of its rule
STATION_TERM_END int address behind the last
STATION_MEMBER int address first membership
STATION_PLACE int - where it is
STATION_RESERVED int count places kept for lots on their way
STATION_BLOCKED_TAIL int address last
STATION_SETUPS int flag a lot takes the free machine with the least setup, else the first
STATION_PEOPLE int flag some of its steps need a person
STATION_MEMBER_END int address behind the last
""",
    "member": """
MEMBER_MACHINE int address the machine
MEMBER_STATION int address the station
MEMBER_FACTOR float - process time on it is multiplied by this
""",
    "term": """
TERM_KEY int - place of the key that it belongs to
TERM_FEATURE int code the feature compared
TERM_WEIGHT float - its weight; the smaller sum goes first
""",
    "machine": """
MACHINE_STATE int code free, setup, process, blocked
MACHINE_DOWN int count stops under way
MACHINE_DUE int count upkeep that waits for the operation to end
MACHINE_SHUT int flag its shift is over, it begins nothing
MACHINE_CUT int address stop that will interrupt the process, 0 for none
MACHINE_STATION int address its only station, 0 when it has several
MACHINE_SERVE int address first of the memberships it serves
MACHINE_CHAIN int address first lot on it
MACHINE_ON int count lots on it
MACHINE_STEP int address step under way
MACHINE_SCORE int code how it stood when its figures were last brought up to date
MACHINE_SINCE float time its figures are up to date to here
MACHINE_RUN_FROM float time the clock of its operation is up to date to here
MACHINE_SETUP int - setup it is in
MACHINE_PERSON int address who attends
MACHINE_USES int flag some stop counts running time
MACHINE_COUNTS int code 0 no stop counts what it does, 1 some do, 2 all that do count pieces of any work
MACHINE_PIECES int count pieces made since its stops were last counted down
MACHINE_NEAREST float count pieces until the nearest of these stops
MACHINE_RUN_LEFT int count lots before the setup may be changed
MACHINE_OPERATIONS* int count lots processed
MACHINE_WORK float time process time that follows a setup under way
MACHINE_PIPE int address first lot that it let go on in its pipe
MACHINE_BUSY* float time processing
MACHINE_IDLE* float time free
MACHINE_SET_UNTIL float time end of the setup under way; while down, what is left of it
MACHINE_SERVE_END int address behind the last
MACHINE_STOP int address first of its stops
MACHINE_STOP_END int address behind the last
MACHINE_LEFT float time what is left of an operation that stopped
MACHINE_SETTING* float time in setup
MACHINE_BLOCKED* float time blocked
MACHINE_FAILED* float time down by failure
MACHINE_KEPT* float time down by upkeep
MACHINE_OFF* float time outside its shift
""",
    "stop": """
STOP_TRIGGER int code clock, use, pieces, calendar
STOP_STATE int code armed, due, waiting, under way
STOP_LEFT float - use or pieces until the next
STOP_TOOL int - tool whose use it counts, 0 for all
STOP_FAILURE int flag strikes at once; upkeep waits for the end of the operation
STOP_FIXED int flag the next is counted from when this one was due, not from its end
STOP_MACHINE int address whose
STOP_KEY int key its streams
STOP_N int count times drawn
STOP_GAP int address law of the time, use or pieces between
STOP_LENGTH int address law of its length
STOP_SKILL int bits skill of the person it needs, 0 for none
STOP_PERSON int address who is at it
STOP_NEXT int address next that waits for a person
STOP_HAPPENED* int count times it began
STOP_FIRST int address law of the first gap
STOP_AT float time when it was due
""",
    "person": """
PERSON_SKILLS int bits what the person can do
PERSON_BUSY int flag at work
PERSON_HERE int flag in the shift
PERSON_SINCE float time figures up to date to here
PERSON_WORKED* float time at work
""",
    "calendar": """
CALENDAR_EDGE int address first edge
CALENDAR_EDGE_END int address behind the last
CALENDAR_NEXT int address edge that is next
CALENDAR_LINK int address first thing that follows it
CALENDAR_LINK_END int address behind the last
CALENDAR_PERIOD float time after which it repeats
CALENDAR_START float time beginning of the present period
""",
    "edge": """
EDGE_OPEN int flag opens, else closes
EDGE_AT float time from the beginning of the period
""",
    "link": """
LINK_MACHINE int address a machine that follows the calendar, or 0
LINK_PERSON int address a person who follows it, or 0
LINK_FINISH int flag the machine ends what it does, else it stops there
""",
    "record": """
RECORD_CLASS int - number of the class
RECORD_SERIAL int - number of the lot in its class
RECORD_GOOD int flag finished, else scrapped
RECORD_RELEASED float time release
RECORD_ENDED float time end
""",
    "lot": """
LOT_STATE int code where it stands
LOT_NEXT int address next in the list it is in
LOT_BEFORE int address the one before
LOT_STEP int address its step
LOT_MATE int address next lot on the machine
LOT_MACHINE int address machine it is on, blocks or, while it waits, must come back to
LOT_ARRIVED float time arrival at the queue
LOT_PRIORITY float - priority
LOT_DUE float time due date
LOT_LIMIT_STEP int address step with a running queue-time limit
LOT_PIECES int count pieces
LOT_KEY int key its streams
LOT_VISIT int count steps begun, numbers its draws
LOT_FROM int - place it comes from
LOT_CLASS int address its class
LOT_SERIAL int - number in its class
LOT_USE int address token use it waits for
LOT_LIMIT_BACK int address step that set the limit
LOT_KEPT_1 int address machine kept in memory 1
LOT_KEPT_2 int address machine kept in memory 2
LOT_KEPT_3 int address machine kept in memory 3
LOT_KEPT_4 int address machine kept in memory 4
LOT_RELEASED float time release
LOT_LIMIT float time latest start of the limited step
LOT_UNTIL float time end of its process in a pipe
LOT_RANK float - rank given from outside
""",
}
# Within a row the words that most events touch come first, so that they share cache lines.
OWNERS = (*_TABLES,)
LINED = ("law", "step", "station", "machine", "stop", "lot")


def _columns() -> tuple[Column, ...]:
    found: list[Column] = []
    for owner, text in _TABLES.items():
        lines = (_COMMON if owner in KINDS else "") + text
        for line in filter(None, lines.splitlines()):
            name, dtype, unit, doc = line.split(" ", 3)
            starred = name.endswith("*")
            found.append(Column(owner, name.rstrip("*"), "int" if dtype == "int" else "float", unit, doc, starred))
    return tuple(found)


COLUMNS = _columns()
OF = {owner: tuple(column for column in COLUMNS if column.owner == owner) for owner in OWNERS}
WIDTH = {owner: -(-len(columns) // LINE) * LINE if owner in LINED else len(columns) for owner, columns in OF.items()}


def columns_source() -> str:
    """Return the text of ``columns.py``: the number of each word in its row, the width of each row."""
    lines = [
        '"""Words of the kernel\'s memory by name. Generated: ``python -m nightmill.simulation.factory.kernel.schema``."""',
        "",
    ]
    for name, number in zip(("LEAF", "AGENDA"), range(2), strict=True):
        lines.append(f"{name} = {number}")
    for owner, columns in OF.items():
        lines += ["", f"{owner.upper()}_WORDS = {WIDTH[owner]}"]
        own = enumerate(columns)
        lines += [f"{c.name} = {k}" for k, c in own if c.name not in ("LEAF", "AGENDA")]
    return "\n".join(lines) + "\n"


def columns_page() -> str:
    """Return the text of ``docs/simulation-kernel.md``."""
    lines = ["# The memory of the twin's kernel", "", "Generated from `simulation/factory/kernel/schema.py`.", ""]
    lines += ["Owner = table; * = a statistic, zeroed when the statistics are reset.", ""]
    lines += ["| owner | word | type | unit | meaning |", "| --- | --- | --- | --- | --- |"]
    lines += [
        f"| {c.owner} | {c.name}{'*' if c.statistic else ''} | {c.dtype} | {c.unit.replace('|', '/')} | {c.doc} |"
        for c in COLUMNS
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the generated files into the source tree."""
    here = Path(__file__).resolve()
    (here.parent / "columns.py").write_text(columns_source(), encoding="utf-8")
    (here.parents[5] / "docs" / "simulation-kernel.md").write_text(columns_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
