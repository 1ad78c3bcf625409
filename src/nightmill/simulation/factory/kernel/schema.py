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
LEAF int - leaf in the timer tree, 0 without a timer
AGENDA int address next on the agenda, -1 when not on it
"""
_TABLES: dict[str, str] = {
    "header": """
SEED int key key of the replication, mixed into every stream
MASK int bits all 64 bits set: -1 compiled, 2^64 - 1 in plain Python
TREE int address node 0 of the timer tree
FIRST_LEAF int count inner nodes of the timer tree, and so the number of the first leaf
FIRST_SON int address of node 0: the number of the child that is due first; followed by those of the other inner nodes
CALENDAR_LEAF int count first leaf of a calendar; the leaves before it belong to sources
LOT_LEAF int count first leaf of a lot
MACHINE_LEAF int count first leaf of a machine
STOP_LEAF int count first leaf of a stop
AGENDA_HEAD int address first row to handle before time advances
AGENDA_TAIL int address last row to handle before time advances
FREE_LOT int address first unused lot row
FREE_LOTS int count unused lot rows
LOT_TIMERS int flag lots have timers: something moves, delays or pipes them
LOTS int address first lot row
LOTS_END int address end of the lot rows
SOURCES int address first source row
SOURCES_END int address end of the source rows
CLASSES int address first class row
CLASSES_END int address end of the class rows
STOPS int address first stop row
STOPS_END int address end of the stop rows
STATIONS int address first station row
STATIONS_END int address end of the station rows
MACHINES int address first machine row
MACHINES_END int address end of the machine rows
PERSONS int address first person row
PERSONS_END int address end of the person rows
CALENDARS int address first calendar row
CALENDARS_END int address end of the calendar rows
REPAIR_HEAD int address first stop that waits for a person
REPAIR_TAIL int address last stop that waits for a person
PEOPLE_CHANGED int flag a person became free or arrived
SETUPS int count setups, the first being none
SETUP_AT int address setup times, seconds from row to column
PLACES int count places, the first being everywhere
MOVE_AT int address moves, from row to column
RECORDS int count finished lots recorded since the last read
RECORD_AT int address first record
RECORD_ROOM int count number of records that fit
STUCK int code why the run ended: 0 time, 1 more lot rows needed, 2 the records are full
EVENTS* int count timers that came due
OPERATIONS* int count operations ended, counted for each lot
INSIDE int count lots in the system
NOW float time current time
AREA* float lot-time integral over time of the lots in the system
AREA_SINCE float time time up to which the integral is complete
SOJOURN* float time sum of the times in the system of lots that have left
""",
    "tree": """
DUE float time earliest time below this node; in a leaf, when its row is due
""",
    "law": """
LAW int code kind of distribution
LAW_TABLE int address first value of an empirical distribution
LAW_COUNT int count number of values, or stages of an Erlang distribution
LAW_A float - first parameter
LAW_B float - second parameter
LAW_C float - third parameter
""",
    "value": """
VALUE float - number in a table
""",
    "move": """
MOVE_LAW int address distribution of the time from place to place, 0 for none
MOVE_FLEET int address token of the transporters, 0 if none is needed
""",
    "source": """
SOURCE_KEY int key stream of the source's gaps
SOURCE_N int count arrivals drawn
SOURCE_GAP int address distribution of the time between arrivals
SOURCE_LOTS int count lots that arrive together
SOURCE_LEFT int count arrivals still to come, negative without limit
SOURCE_MIX int address first class in the source's mix
SOURCE_MIX_END int address end of the mix
SOURCE_LOSES int flag 1: a lot that finds no room is lost, 0: it waits
SOURCE_FIRST float time first arrival, negative if it is drawn
""",
    "class": """
CLASS_KEY int key streams of the lots of this class
CLASS_N int count lots released
CLASS_STEP int address first step of the route
CLASS_PIECES int count pieces in a lot
CLASS_RECORD int flag finished lots of this class are recorded
CLASS_NUMBER int - number of the class
CLASS_RELEASED* int count lots released
CLASS_FINISHED* int count lots finished
CLASS_ON_TIME* int count finished lots not later than their due date
CLASS_SCRAPPED* int count lots scrapped
CLASS_LOST* int count lots that found no room
CLASS_LATE_STEPS* int count starts after a queue-time limit
CLASS_SHARE float share cumulative fraction of the source's lots
CLASS_PRIORITY float - priority; larger goes first
CLASS_DUE float time allowance from release to due date
CLASS_SUM* float time sum of the cycle times
CLASS_SQUARES* float time^2 sum of the squares of the cycle times
""",
    "step": """
STEP_STATION int address station, 0 for a delay that needs none
STEP_FLAGS int bits actions after the step; 0 if only the next step follows
STEP_CHANCE float share fraction of lots that do the step
STEP_QUICK int bits rules that can be skipped: 1 on the way to the step, 2 at its start
STEP_TAKE int address first token use before the step
STEP_TAKE_END int address end of the token uses before the step
STEP_SETUP int - required setup, 0 for any
STEP_BATCH int address batch family, 0 if lots go alone
STEP_SKILL int bits skill of the person, 0 for none
STEP_RETURN int - memory whose machine must be used, 0 for none
STEP_LEFT float time mean process time of this step and all that follow, without the time per piece
STEP_LAW int address process time
STEP_EXTRA float time added to the process time: load and unload
STEP_INTERVAL float time time after which the machine takes the next lot, 0 for the end of the process
STEP_PIECE_INTERVAL float time time added to the interval for each piece, and to the process for each piece but the first
STEP_PER_PIECE int flag the process time is per piece
STEP_KEEP int - memory of the lot that stores the machine, 0 for none
STEP_LAST int flag the step is the last in its route
STEP_BATCH_MIN int count pieces that must wait before a batch starts
STEP_BATCH_MAX int count pieces in a full batch
STEP_ATTEND int code 0 nobody, 1 throughout, 2 during the setup
STEP_GIVE int address first token given after the step
STEP_GIVE_END int address end of the tokens given after the step
STEP_REWORK int address step that rework goes back to
STEP_LIMIT_TO int address step that must start within the limit, 0 for none
STEP_LIMIT_DEED int code action if the lot is late: 0 counted, 1 scrapped, 2 back to the step that set the limit
STEP_MIN_RUN int count lots in a row before the setup may be changed
STEP_TOOL int - tool, for maintenance by tool
STEP_LOOP int flag after this step the lot starts its route again instead of leaving
STEP_OWN_SETUP float time setup time from any other setup, negative to use the matrix
STEP_HOLD_EXTRA float time added to the interval
STEP_REWORK_SHARE float share fraction of lots that go back after the step
STEP_SCRAP float share fraction of lots scrapped after the step
STEP_LIMIT float time queue-time limit, from the end of the step
STEP_MEAN float time mean process time, without the time per piece
STEP_COUNT_LEFT float count number of steps left, including this one
STEP_PIECE_MEAN float time mean process time per piece
STEP_PIECE_LEFT float time mean process time per piece of this step and all that follow
""",
    "token_use": """
USE_TOKEN int address token
USE_COUNT int count number used
""",
    "token": """
TOKEN_FREE int count free tokens
TOKEN_HEAD int address first lot that waits
TOKEN_TAIL int address last lot that waits
TOKEN_AREA* float token-time integral of the number of free tokens
TOKEN_SINCE float time time up to which the integral is complete
""",
    "family": """
FAMILY_WAITING int count pieces in the queue
""",
    "station": """
STATION_FREE int count machines of the station that are free and up
STATION_HEAD int address first lot that waits
STATION_TAIL int address last lot that waits
STATION_WAITING int count number of lots that wait
STATION_ROOM int count places ahead of the machines, negative without limit
STATION_PLAIN int flag a free machine means an empty queue
STATION_BLOCKED_HEAD int address first lot that waits for a place
STATION_SORTED int flag the queue is kept in the order of its rule
STATION_BY_SETUP int flag the queue is kept in the order of its rule except for the setup key
STATION_ORDER int address first term of the order in which the queue is kept
STATION_ORDER_SETUP int address term in that order before which the setup would be compared
STATION_ORDER_END int address end of the terms of that order
STATION_LOWEST int address first membership whose machine may be free
STATION_AREA* float lot-time integral of the number of lots that wait
STATION_SINCE float time time up to which the integral is complete
STATION_WAIT* float time sum of the waits of started lots
STATION_STARTS* int count lots started
STATION_TERM int address first term of the rule
STATION_TERM_END int address end of the terms of the rule
STATION_MEMBER int address first membership
STATION_PLACE int - place of the station
STATION_RESERVED int count places kept for lots on their way
STATION_BLOCKED_TAIL int address last lot that waits for a place
STATION_SETUPS int flag a lot takes the free machine with the least setup, else the first free one
STATION_PEOPLE int flag some steps of the station need a person
STATION_MEMBER_END int address end of the memberships
""",
    "member": """
MEMBER_MACHINE int address the machine
MEMBER_STATION int address the station
MEMBER_FACTOR float - factor for process times on this machine
""",
    "term": """
TERM_KEY int - position of the key that the term belongs to
TERM_FEATURE int code the feature compared
TERM_WEIGHT float - weight; the smaller sum goes first
""",
    "machine": """
MACHINE_STATE int code free, setup, process, blocked
MACHINE_DOWN int count stops under way
MACHINE_DUE int count maintenance that waits for the operation to end
MACHINE_SHUT int flag its shift is over; it starts no work
MACHINE_CUT int address stop that will interrupt the process, 0 for none
MACHINE_STATION int address its only station, 0 if it has several
MACHINE_SERVE int address first membership of the machine
MACHINE_CHAIN int address first lot on the machine
MACHINE_ON int count number of lots on the machine
MACHINE_STEP int address step under way
MACHINE_SCORE int code state when its statistics were last updated
MACHINE_SINCE float time time up to which its statistics are updated
MACHINE_RUN_FROM float time time up to which the running time of its operation is counted
MACHINE_SETUP int - current setup
MACHINE_PERSON int address person who attends
MACHINE_USES int flag some stop counts running time
MACHINE_COUNTS int code 0 no stop counts its work, 1 some do, 2 all that do count pieces of any work
MACHINE_PIECES int count pieces made since its stops were last updated
MACHINE_NEAREST float count pieces until the nearest of these stops
MACHINE_RUN_LEFT int count lots before the setup may be changed
MACHINE_OPERATIONS* int count lots processed
MACHINE_WORK float time process time that follows the current setup
MACHINE_PIPE int address first lot that continues in its pipe
MACHINE_BUSY* float time processing
MACHINE_IDLE* float time free
MACHINE_SET_UNTIL float time end of the current setup; while down, the remaining setup time
MACHINE_SERVE_END int address end of the memberships of the machine
MACHINE_STOP int address first stop of the machine
MACHINE_STOP_END int address end of the stops of the machine
MACHINE_LEFT float time remaining time of an interrupted operation
MACHINE_SETTING* float time in setup
MACHINE_BLOCKED* float time blocked
MACHINE_FAILED* float time down by failure
MACHINE_KEPT* float time time down for maintenance
MACHINE_OFF* float time outside its shift
""",
    "stop": """
STOP_TRIGGER int code clock, use, pieces, calendar
STOP_STATE int code armed, due, waiting, under way
STOP_LEFT float - use or pieces until the next stop
STOP_TOOL int - tool whose use it counts, 0 for all
STOP_FAILURE int flag 1: it occurs at once, 0: maintenance that waits for the end of the operation
STOP_FIXED int flag the next stop is counted from the due time of this one, not from its end
STOP_MACHINE int address machine
STOP_KEY int key streams of the stop
STOP_N int count number of draws
STOP_GAP int address distribution of the time, use or pieces between stops
STOP_LENGTH int address distribution of the duration
STOP_SKILL int bits skill of the person needed, 0 for none
STOP_PERSON int address person who works on it
STOP_NEXT int address next stop that waits for a person
STOP_HAPPENED* int count number of times it has started
STOP_FIRST int address distribution of the first gap
STOP_AT float time when it was due
""",
    "person": """
PERSON_SKILLS int bits skills of the person
PERSON_BUSY int flag at work
PERSON_HERE int flag on shift
PERSON_SINCE float time time up to which the statistics are updated
PERSON_WORKED* float time at work
""",
    "calendar": """
CALENDAR_EDGE int address first edge
CALENDAR_EDGE_END int address end of the edges
CALENDAR_NEXT int address next edge
CALENDAR_LINK int address first link to a machine or person that follows the calendar
CALENDAR_LINK_END int address end of the links
CALENDAR_PERIOD float time time after which the calendar repeats
CALENDAR_START float time start of the current period
""",
    "edge": """
EDGE_OPEN int flag 1: the shift starts, 0: it ends
EDGE_AT float time time from the start of the period
""",
    "link": """
LINK_MACHINE int address machine that follows the calendar, or 0
LINK_PERSON int address person who follows the calendar, or 0
LINK_FINISH int flag 1: the machine finishes its operation, 0: it stops at once
""",
    "record": """
RECORD_CLASS int - number of the class
RECORD_SERIAL int - number of the lot in its class
RECORD_GOOD int flag 1: finished, 0: scrapped
RECORD_RELEASED float time release
RECORD_ENDED float time end
""",
    "lot": """
LOT_STATE int code state of the lot
LOT_NEXT int address next lot in the same list
LOT_BEFORE int address previous lot in the same list
LOT_STEP int address current step
LOT_MATE int address next lot on the machine
LOT_MACHINE int address machine that the lot is on, blocks or, while it waits, must return to
LOT_ARRIVED float time arrival at the queue
LOT_PRIORITY float - priority
LOT_DUE float time due date
LOT_LIMIT_STEP int address step with a running queue-time limit
LOT_PIECES int count pieces
LOT_KEY int key streams of the lot
LOT_VISIT int count number of steps started; numbers the draws
LOT_FROM int - place that the lot comes from
LOT_CLASS int address class of the lot
LOT_SERIAL int - number in its class
LOT_USE int address token use that the lot waits for
LOT_LIMIT_BACK int address step that set the limit
LOT_KEPT_1 int address machine kept in memory 1
LOT_KEPT_2 int address machine kept in memory 2
LOT_KEPT_3 int address machine kept in memory 3
LOT_KEPT_4 int address machine kept in memory 4
LOT_RELEASED float time release
LOT_LIMIT float time latest start of the limited step
LOT_UNTIL float time end of the process in a pipe
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
