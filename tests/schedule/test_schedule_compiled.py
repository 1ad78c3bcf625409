"""How the scheduler's kernels are compiled."""

from nightmill.schedule.memory import compiled


def _double(value: int) -> int:
    return 2 * value


def test_a_kernel_is_compiled_once_whichever_constants_it_is_called_with() -> None:
    callee = compiled(_double)

    def caller(value: int) -> int:
        return int(callee(3) + callee(4) + callee(value))

    assert compiled(caller)(5) == 24
    assert len(callee.signatures) == 1  # type: ignore[attr-defined]
