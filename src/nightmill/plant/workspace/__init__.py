"""A shop's folder: its layout, its log, its tables, and the supervision of all functions that use it."""

from typing import TYPE_CHECKING

from nightmill.vocabulary.lazy_door import lazy_door

if TYPE_CHECKING:
    from nightmill.plant.workspace.commit_position import commit_mark
    from nightmill.plant.workspace.event_log import read_events
    from nightmill.plant.workspace.layout import check_log, check_log_read, check_shop, log_place, state_folder
    from nightmill.plant.workspace.shop import whole_shop

__all__ = [
    "check_log",
    "check_log_read",
    "check_shop",
    "commit_mark",
    "log_place",
    "read_events",
    "state_folder",
    "whole_shop",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_door(__name__)
