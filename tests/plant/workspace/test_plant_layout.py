import stat
from pathlib import Path

from nightmill.formats import write_atomic
from nightmill.plant.workspace.layout import close_to_others, open_log


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_state_folder_that_was_open_is_closed_to_others(tmp_path: Path) -> None:
    state = tmp_path / ".nightmill"
    (state / "plans" / "bracket").mkdir(parents=True)
    program = state / "plans" / "bracket" / "1.ngc"
    program.write_text("M30\n")
    outside = tmp_path / "orders.csv"
    outside.write_text("order\n")
    outside.chmod(0o644)
    (state / "link").symlink_to(outside)
    for path, mode in ((state, 0o755), (state / "plans", 0o777), (program, 0o666)):
        path.chmod(mode)
    close_to_others(state)
    assert [_mode(path) for path in (state, state / "plans", state / "plans" / "bracket", program)] == [0o700] * 3 + [
        0o600
    ]
    assert _mode(outside) == 0o644, "what a link leads to is nobody's state"
    close_to_others(tmp_path / "nowhere")


def test_a_log_is_opened_in_a_folder_of_its_owners_alone(tmp_path: Path) -> None:
    open_log(tmp_path, writer=True).close()
    assert _mode(tmp_path / ".nightmill") == 0o700


def test_what_is_written_whole_is_private_in_the_state_and_readable_elsewhere(tmp_path: Path) -> None:
    write_atomic(tmp_path / ".nightmill" / "morning" / "a.md", "a")
    write_atomic(tmp_path / "out" / "a.md", "a")
    assert _mode(tmp_path / ".nightmill" / "morning" / "a.md") == 0o600
    assert _mode(tmp_path / "out" / "a.md") == 0o644
