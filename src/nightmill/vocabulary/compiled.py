"""How numba compiles kernels, and the kernels' random numbers; only modules with kernels import this module.

Plain Python (``NUMBA_DISABLE_JIT=1``) gives the same numbers.
"""

from collections.abc import Callable
from typing import Any

from numba import config, njit, types


def compiled(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a kernel that creates no arrays: it doesn't count references to its array arguments.

    Reference counting takes 20 % of a search's time, since numba does it at every call.
    """
    return _compiled(njit(cache=True, nogil=True, error_model="numpy", _nrt=False)(kernel))


def compiled_inline(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """Compile like ``compiled`` and inline into callers: for small kernels whose call would cost as much as their work."""
    return _compiled(njit(cache=True, nogil=True, error_model="numpy", forceinline=True, _nrt=False)(kernel))


def compiled_with_arrays(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a kernel that creates arrays."""
    return _compiled(njit(cache=True, nogil=True, error_model="numpy")(kernel))


def _compiled(made: Any) -> Callable[..., Any]:
    """Compile once for all integer arguments, whatever constants the kernel is called with.

    By default numba compiles a callee again for each constant that a caller passes, although inlining inserts every constant anyway.
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
    """Return the next number less than ``below`` from the Lehmer generator in ``state[0]`` (Park & Miller 1988, multiplier 48271)."""
    state[0] = state[0] * 48271 % 2147483647
    return int(state[0] % below)
