"""The report of a run and the page of a plan, each as one file to keep, mail or print."""

from pathlib import Path
from typing import Any

import msgspec

from nightmill.formats import write_atomic
from nightmill.plant.views import view_plan, view_shop
from nightmill.vocabulary.errors import UNREADABLE, BadInput, Finding
from nightmill.vocabulary.ordinary_files import is_there, read_ordinary
from nightmill.web.report.page import render_page, render_plan

MOST_BYTES = 1 << 20


def write_report(folder: Path) -> Path:
    """Write ``FOLDER/.nightmill/report.html``; see ``nightmill.web.write_report``."""
    view = view_shop(folder)
    target = folder / ".nightmill" / "report.html"
    write_atomic(target, render_page(view, comparison=read_comparison(folder)).encode())
    return target


def write_plan_page(folder: Path) -> Path:
    """Write ``FOLDER/plan.html``; see ``nightmill.web.write_plan_page``."""
    target = folder / "plan.html"
    write_atomic(target, render_plan(view_plan(folder)).encode())
    return target


def read_comparison(folder: Path) -> dict[str, Any] | None:
    """Return the figures of both policies, if both were run: ``{"closed-loop": …, "conventional": …, "remarks": […]}``; else ``None``."""
    path = folder / ".nightmill" / "comparison.json"
    if not is_there(path):
        return None
    try:
        found = msgspec.json.decode(read_ordinary(path, MOST_BYTES), type=dict[str, Any])
    except UNREADABLE as error:
        remedy = "Delete it, or run both policies again."
        raise BadInput(Finding(str(path), "", str(error), "a JSON object of both policies", remedy)) from error
    return found
