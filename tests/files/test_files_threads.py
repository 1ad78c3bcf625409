"""Threads as people write them."""

import pytest

from nightmill.files import thread_asked
from nightmill.vocabulary.plan import Thread


def test_sizes_with_and_without_pitch() -> None:
    assert thread_asked("M6:12,13") == Thread(6.0, 1.0, (12, 13))
    assert thread_asked("M6x0.75:12@10") == Thread(6.0, 0.75, (12,), 10.0)
    assert thread_asked("m10:4").pitch_mm == 1.5


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("M6", "faces"),
        ("M6:a", "faces"),
        ("M6:3@deep", "faces"),
        ("1/4-20:3", "no metric thread"),
        ("M7.3:3", "no coarse pitch"),
        ("M6x5:3", "pitch_mm"),
        ("M6:3@-2", "depth_mm"),
    ],
)
def test_what_is_no_thread_is_named(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        thread_asked(text)
