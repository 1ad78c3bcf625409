"""Read the reasons in plan files whose uncut areas have no ``code``: those of other programs and of older versions.

This is the only place where a reason's text is read, and only if the file gives no code.
"""

import re

import msgspec

from nightmill.vocabulary.plan import Uncut
from nightmill.vocabulary.uncut_reasons import LEFT_BY_CHOICE, REASON_TEXTS, UncutReason

_IMPOSSIBLE = re.compile(
    r"tight|undercut|not visible|hidden|no (listed )?tool|too (deep|narrow|small)|unreachable|out of reach|cannot"
)


def coded(record: Uncut) -> Uncut:
    """Return a record with a code: its own, or the code that its text stands for; ``UNKNOWN`` if the text isn't one of
    Nightmill's and claims nothing about reach.
    """
    if record.code is not UncutReason.UNKNOWN:
        return record
    known = next((code for code, text in REASON_TEXTS.items() if text == record.reason), None)
    if known is not None:
        return msgspec.structs.replace(record, code=known)
    left = tuple(code for code in LEFT_BY_CHOICE if REASON_TEXTS[code] in record.reason)
    claimed = UncutReason.CLAIMED_OUT_OF_REACH if _IMPOSSIBLE.search(record.reason) else UncutReason.UNKNOWN
    return msgspec.structs.replace(record, code=claimed, left_by_plan=left)
