"""The layout of the house: doors, rows, pure rooms, sizes, and what the command line must not load."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "nightmill"
ROOMS = sorted(path.name for path in SOURCE.iterdir() if (path / "__init__.py").exists())
FILES = sorted(SOURCE.rglob("*.py"))
DOORS = [room for room in ROOMS if room not in {"vocabulary", "stats", "cli"}]
HEAVY: tuple[str, ...] = (
    "OCP",
    "numba",
    "scipy",
    "shapely",
    "manifold3d",
    "lightgbm",
    "numpy",
    "litestar",
    "pyarrow",
    "PIL",
)
HEAVY += ("uvicorn", "asyncua", "gmqtt", "google.protobuf", "lxml", "defusedxml", "cryptography", "pymodbus", "asyncio")
MAX_FILE, MAX_FUNCTION = 600, 80


def _name(path: Path) -> str:
    return str(path.relative_to(SOURCE))


def _imports(path: Path) -> list[str]:
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.append(node.module)
        elif isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
    return found


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_other_rooms_are_entered_by_their_doors(path: Path) -> None:
    room = path.relative_to(SOURCE).parts[0]
    room = "library" if room == "__init__.py" else room
    inside = [
        name
        for name in _imports(path)
        if name.startswith("nightmill.")
        and len(name.split(".")) > (3 if name.startswith("nightmill.plant.") else 2)
        and name.split(".")[1] not in {room, "vocabulary", "stats"}
    ]
    assert not inside, f"{_name(path)} reaches past a door: {inside}"


@pytest.mark.parametrize("room", DOORS)
def test_a_door_says_what_goes_in_and_out_and_shows_at_most_fifteen_names(room: str) -> None:
    tree = ast.parse((SOURCE / room / "__init__.py").read_text(encoding="utf-8"))
    text = ast.get_docstring(tree) or ""
    assert len(text.splitlines()) >= 3, f"{room}: the door's docstring must say in, out and never"
    assert "Never" in text or "never" in text, f"{room}: the door must say what the room never does"
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
            assert isinstance(node.value, ast.List)
            assert len(node.value.elts) <= 15, f"{room}: {len(node.value.elts)} names in the door"


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_files_and_functions_stay_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= MAX_FILE, f"{_name(path)} is too long"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            assert lines <= MAX_FUNCTION, f"{_name(path)}:{node.lineno} {node.name} has {lines} lines"


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_no_file_is_a_drawer_for_everything(path: Path) -> None:
    assert path.stem not in {"utils", "helpers", "manager", "base", "misc", "common"}


def test_the_vocabulary_imports_nothing_of_ours_but_itself() -> None:
    for path in (SOURCE / "vocabulary").glob("*.py"):
        ours = [name for name in _imports(path) if name.startswith("nightmill.") and ".vocabulary" not in name]
        assert not ours, f"{path.name} imports {ours}"


def test_nobody_imports_the_virtual_shop() -> None:
    for path in FILES:
        if "virtual_shop" not in path.parts:
            assert not [name for name in _imports(path) if name.startswith("nightmill.drivers.virtual_shop")], _name(
                path
            )


def test_the_help_loads_nothing_heavy() -> None:
    program = (
        "import sys, nightmill.cli.app\n"
        "sys.argv = ['nightmill', '--help']\n"
        "try:\n    nightmill.cli.app.run()\nexcept SystemExit:\n    pass\n"
        f"print('LOADED', [name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300, check=False)
    assert "LOADED []" in done.stdout, done.stdout[-400:] + done.stderr[-400:]


SUPERVISED = {"api/middleware/admission.py", "plant/workspace/supervision.py"}
"""The edges of the server and of a run: whatever a request or a function of the run raises is logged with an id, and ends that one alone."""


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_no_broad_except_but_at_the_supervised_edge(path: Path) -> None:
    if _name(path) in SUPERVISED:
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ExceptHandler):
            caught = ast.unparse(node.type) if node.type else "everything"
            assert caught not in {"everything", "Exception", "BaseException"}, f"{_name(path)}:{node.lineno}"
