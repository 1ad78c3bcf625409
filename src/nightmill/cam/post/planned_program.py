"""Write the files of one setup's program: its toolpath, and the LinuxCNC text that is verified."""

from collections.abc import Sequence

import msgspec

from nightmill.cam.post.linuxcnc import LinuxcncPost
from nightmill.cam.toolpath.toolpath import TOOLPATH_SUFFIX, Toolpath, encoded
from nightmill.vocabulary.plan import Step


def planned_program(setup: str, toolpath: Toolpath, steps: Sequence[Step]) -> tuple[dict[str, bytes], tuple[Step, ...]]:
    """Return a setup's program as files by name, and its steps with ``line_from`` and ``line_to`` converted from block
    numbers to line numbers.
    """
    posted = LinuxcncPost.write(toolpath)
    text = posted.text.encode("ascii", "replace")
    ends = (*(each - 1 for each in posted.first[1:]), len(posted.lines))
    return {f"{setup}.ngc": text, f"{setup}{TOOLPATH_SUFFIX}": encoded(toolpath)}, tuple(
        msgspec.structs.replace(each, line_from=posted.first[each.line_from - 1], line_to=ends[each.line_to - 1])
        for each in steps
    )
