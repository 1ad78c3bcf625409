"""How kernels are compiled by numba, and the random numbers that they draw; only modules with kernels import this one.

The same numbers come out as plain Python (``NUMBA_DISABLE_JIT=1``).
"""

from collections.abc import Callable
from typing import Any

from numba import config, njit, types


def compiled(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """Return how a kernel is compiled that makes no arrays: it doesn't count who holds those it is given.

    Counting takes a fifth of a search's time, since numba does so at every call.
    """
    return _compiled(njit(cache=True, nogil=True, error_model="numpy", _nrt=False)(kernel))


def compiled_inline(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """``compiled``, and put into its callers: for small kernels whose call would cost as much as their work."""
    return _compiled(njit(cache=True, nogil=True, error_model="numpy", forceinline=True, _nrt=False)(kernel))


def compiled_with_arrays(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """Return how a kernel is compiled that makes arrays of its own."""
    return _compiled(njit(cache=True, nogil=True, error_model="numpy")(kernel))


def _compiled(made: Any) -> Callable[..., Any]:
    """Compiled once for a whole number, whichever constant it is called with.

    By itself numba compiles a callee anew for each constant that a caller passes, though inlining brings every constant in anyway.
    """
    if config.DISABLE_JIT:
        return made
    found_for = made.get_call_template
    made.get_call_template = lambda args, kws: found_for(
        tuple(types.unliteral(one) for one in args), {name: types.unliteral(one) for name, one in kws.items()}
    )
    return made


@compiled_inline
def draw(state: Any, below: int) -> int:
    """Next number below ``below`` of the Lehmer generator in ``state[0]`` (Park & Miller 1988, multiplier 48271)."""
    state[0] = state[0] * 48271 % 2147483647
    return int(state[0] % below)
