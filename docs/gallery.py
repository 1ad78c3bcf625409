"""A mkdocs hook that makes a page for each script ``examples/ROOM/plot_*.py``, with its picture, output and code.

The scripts run when the site is built, two at a time, but only if the script or the program has changed since the
last build (``build/gallery`` keeps the pictures). ``NIGHTMILL_GALLERY_RUN=0`` builds the pages without pictures.
``python docs/gallery.py`` runs all scripts and reports those that fail.
"""

import ast
import hashlib
import logging
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
KEPT = ROOT / "build" / "gallery"
LIMIT_S = 300.0
AT_ONCE = 2
log = logging.getLogger("mkdocs.hooks.gallery")


class Example(NamedTuple):
    """A script with its title and the text of its docstring."""

    path: Path
    room: str
    title: str
    text: str

    @property
    def page(self) -> str:
        """Path of the script's page in the site."""
        return f"gallery/{self.room}/{self.path.stem}.md"


class Outcome(NamedTuple):
    """The output and picture of a script; ``error`` is the reason why it failed, or empty."""

    printed: str
    picture: Path | None
    error: str = ""


def examples() -> tuple[Example, ...]:
    """Return all scripts, sorted by room and name."""
    found = []
    for path in sorted(EXAMPLES.glob("*/plot_*.py")):
        title, _, text = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or path.stem).partition("\n")
        found.append(Example(path, path.parent.name, title.rstrip("."), text.strip()))
    return tuple(found)


def run(example: Example, folder: Path) -> Outcome:
    """Run a script that draws into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    told = os.environ | {"NIGHTMILL_GALLERY": str(folder), "MPLBACKEND": "Agg", "PYTHONPATH": str(ROOT / "src")}
    try:
        done = subprocess.run(
            [sys.executable, str(example.path)], env=told, cwd=folder, capture_output=True, text=True, timeout=LIMIT_S, check=False
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return Outcome("", None, f"took longer than {LIMIT_S:.0f} s")
    pictures = sorted(path for path in folder.iterdir() if path.suffix in {".svg", ".png"})
    if done.returncode:
        return Outcome(done.stdout, None, done.stderr[-2000:])
    return Outcome(done.stdout, pictures[0] if pictures else None, "" if pictures else "drew nothing")


def kept(example: Example, program: str) -> Outcome:
    """Return the outcome of a script: that of the last build if script and program are unchanged, otherwise of a new run."""
    folder = KEPT / example.room / example.path.stem
    key = hashlib.sha256(program.encode() + example.path.read_bytes()).hexdigest()
    mark, printed = folder.with_suffix(".key"), folder.with_suffix(".txt")
    if mark.exists() and mark.read_text() == key:
        pictures = sorted(path for path in folder.iterdir() if path.suffix in {".svg", ".png"})
        if pictures:
            return Outcome(printed.read_text(encoding="utf-8"), pictures[0])
    outcome = run(example, folder)
    if not outcome.error:
        printed.write_text(outcome.printed, encoding="utf-8")
        mark.write_text(key)
    return outcome


def program_hash() -> str:
    """Return a hash of all source files that the scripts use."""
    digest = hashlib.sha256()
    for path in sorted((ROOT / "src").rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def on_config(config: Any, **_: Any) -> Any:
    """Insert the pages in the navigation in place of the word ``gallery``."""
    every = examples()
    rooms = dict.fromkeys(each.room for each in every)
    tree: list[Any] = ["gallery/README.md"]
    tree += [{room: [{each.title: each.page} for each in every if each.room == room]} for room in rooms]
    config.nav = [{"Gallery": tree} if isinstance(e, dict) and e.get("Gallery") == "gallery" else e for e in config.nav]
    return config


def on_files(files: Any, config: Any, **_: Any) -> Any:
    """Run the scripts that need it, and add the pages and pictures."""
    from mkdocs.structure.files import File

    every = examples()
    outcomes: dict[Path, Outcome] = {}
    if os.environ.get("NIGHTMILL_GALLERY_RUN") != "0":
        program = program_hash()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            outcomes = dict(zip((e.path for e in every), pool.map(lambda e: kept(e, program), every), strict=True))
    for example in every:
        outcome = outcomes.get(example.path)
        if outcome and outcome.error:
            log.warning("%s: %s", example.path.relative_to(ROOT), outcome.error)
        if outcome and outcome.picture:
            files.append(
                File.generated(config, _picture_page(example, outcome.picture), abs_src_path=str(outcome.picture))
            )
        files.append(File.generated(config, example.page, content=_page(example, outcome)))
    files.append(File.generated(config, "gallery/README.md", content=_index(every, outcomes)))
    return files


def _picture_page(example: Example, picture: Path) -> str:
    return f"gallery/{example.room}/{example.path.stem}{picture.suffix}"


def _page(example: Example, outcome: Outcome | None) -> str:
    code = example.path.read_text(encoding="utf-8")
    body = code.split('"""', 2)[2].strip() if code.startswith('"""') else code
    lines = [f"# {example.title}", "", example.text, ""]
    if outcome and outcome.picture:
        lines += [f"![{example.title}]({example.path.stem}{outcome.picture.suffix})", ""]
    lines += ["```python", body, "```", ""]
    if outcome and outcome.printed.strip():
        lines += ["Prints", "", "```text", outcome.printed.rstrip(), "```", ""]
    lines += [f"The script is `examples/{example.room}/{example.path.name}`."]
    return "\n".join(lines) + "\n"


def _index(every: tuple[Example, ...], outcomes: dict[Path, Outcome]) -> str:
    lines = [
        "# Gallery",
        "",
        "Each script runs on its own: `python examples/ROOM/NAME.py`. It uses data that ship with Nightmill and",
    ]
    lines += [
        "writes its picture to the folder in `NIGHTMILL_GALLERY`, or to a temporary folder. All shops are simulated.",
        "",
    ]
    for room in dict.fromkeys(each.room for each in every):
        lines += [f"## {room}", "", '<div class="grid cards" markdown>', ""]
        for example in (e for e in every if e.room == room):
            link = f"{room}/{example.path.stem}.md"
            outcome = outcomes.get(example.path)
            lines += [f"-   [{example.title}]({link})", ""]
            if outcome and outcome.picture:
                lines += [
                    f"    [![]({room}/{example.path.stem}{outcome.picture.suffix}){{ loading=lazy }}]({link})",
                    "",
                ]
        lines += ["</div>", ""]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Run every script; return 1 if any of them fails or draws nothing, otherwise 0."""
    failed = 0
    program = program_hash()
    for example in examples():
        outcome = kept(example, program)
        sys.stdout.write(f"{example.room}/{example.path.name}: {outcome.error or outcome.picture}\n")
        failed += bool(outcome.error)
    return int(failed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
