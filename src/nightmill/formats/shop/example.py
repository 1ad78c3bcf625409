"""The example shop that ships with Nightmill."""

import shutil
from importlib import resources
from pathlib import Path

from nightmill.vocabulary.errors import BadInput, EnvironmentFailed, Finding


def copy_example(target: Path) -> Path:
    """Write the example shop into ``target``, which must be empty or new; returns the folder.
    Raises ``BadInput`` if the target holds files, ``EnvironmentFailed`` if it can't be written.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BadInput(
            Finding(
                str(target),
                "",
                "files that are already there",
                "an empty or new folder",
                "Choose another folder, or move this one away.",
            )
        )
    source = resources.files("nightmill").joinpath("plant", "example")
    try:
        with resources.as_file(source) as folder:
            shutil.copytree(
                folder, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__", "*.py", ".*")
            )
    except OSError as error:
        raise EnvironmentFailed(
            Finding(
                str(target),
                "",
                error.strerror or str(error),
                "a folder that can be written",
                "Check free space and permissions.",
            )
        ) from error
    return target
