"""What is done while the disk syncs is done once, has ended when the commit has, and its failure is told to whoever waits."""

import threading

import pytest

from nightmill.store.during_sync import Meanwhile


@pytest.fixture
def meanwhile() -> Meanwhile:
    return Meanwhile()


def test_it_is_done_in_another_thread_and_has_ended_when_one_has_waited(meanwhile: Meanwhile) -> None:
    said = list[str]()
    for n in range(100):
        meanwhile.begin(lambda n=n: said.append(f"{n} {threading.current_thread().name}"))  # type: ignore[misc]
        meanwhile.end()
        assert said == [f"{n} meanwhile"]
        said.clear()
    meanwhile.close()
    assert "meanwhile" not in {each.name for each in threading.enumerate()}


def test_one_that_nobody_waited_for_ends_before_the_next_begins(meanwhile: Meanwhile) -> None:
    go, said = threading.Event(), list[str]()

    def first() -> None:
        assert go.wait(120)
        said.append("first")

    meanwhile.begin(first)
    threading.Timer(0.05, go.set).start()
    meanwhile.begin(lambda: said.append("second"))
    meanwhile.end()
    assert said == ["first", "second"]
    meanwhile.close()


def test_what_breaks_off_is_told_and_the_next_is_done_all_the_same(
    meanwhile: Meanwhile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threading, "excepthook", lambda _: None)  # what it says of the thread isn't what this is about

    def broken() -> None:
        raise KeyError("no birth")

    meanwhile.begin(broken)
    with pytest.raises(KeyError, match="no birth"):
        meanwhile.end()
    said = list[str]()
    meanwhile.begin(lambda: said.append("next"))
    meanwhile.end()
    assert said == ["next"]
    meanwhile.close()


def test_nothing_was_begun_and_no_thread_was_made(meanwhile: Meanwhile) -> None:
    before = set(threading.enumerate())
    meanwhile.end()
    meanwhile.close()
    assert set(threading.enumerate()) <= before
