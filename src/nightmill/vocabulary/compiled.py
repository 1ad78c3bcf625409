"""How numba compiles kernels, and the kernels' random numbers; only modules with kernels import this module.

Plain Python (``NUMBA_DISABLE_JIT=1``) gives the same numbers.
"""

import fcntl
import hashlib
import os
import sys
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from numba import config, njit, types
from numba.core.dispatcher import Dispatcher


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
    made.compile = _compiled_by_one_process(made)
    found_for = made.get_call_template
    made.get_call_template = lambda args, kws: found_for(
        tuple(types.unliteral(one) for one in args), {name: types.unliteral(one) for name, one in kws.items()}
    )
    return made


def _compiled_by_one_process(made: Any) -> Callable[..., Any]:
    """Return ``made.compile`` behind a lock that all processes with this cache share: a process that had to wait then finds the kernel in
    the cache.

    Each kernel has its own byte of the lock file. Kernels call each other without cycles, so processes can't wait for one another
    in a circle. Without a folder that can be written to, nothing is locked.
    """
    plain = made.compile
    name = f"{made.py_func.__module__}.{made.py_func.__qualname__}".encode()
    byte = int.from_bytes(hashlib.blake2b(name, digest_size=4).digest(), "big")

    def compile_once(signature: Any) -> Any:
        file = _lock_file(str(made._cache.cache_path))
        if file is None or signature in made.overloads:
            return plain(signature)
        try:
            fcntl.lockf(file, fcntl.LOCK_EX, 1, byte)
        except OSError:
            return plain(signature)
        try:
            return plain(signature)
        finally:
            fcntl.lockf(file, fcntl.LOCK_UN, 1, byte)

    return compile_once


def load_cached_kernels() -> Iterator[None]:
    """Load the cached kernels of all modules of this package imported so far, one per step; nothing is compiled."""
    own = [module for name, module in sys.modules.items() if name.startswith(f"{__name__.partition('.')[0]}.")]
    kernels: dict[int, Any] = {
        id(found): found for module in own for found in vars(module).values() if isinstance(found, Dispatcher)
    }
    for made in kernels.values():
        cache, target = made._cache, made.targetctx.codegen()
        cached = getattr(cache, "_cache_file", None)  # kernels that aren't cached have no file
        for key in cached._load_index() if cached else ():
            if key == cache._index_key(key[0], target):
                made.compile(key[0])
                yield


@lru_cache
def _lock_file(folder: str) -> int | None:
    """Return the open lock file of a folder of cached kernels; closing any descriptor of it would release all locks of this process."""
    try:
        os.makedirs(folder, exist_ok=True)
        return os.open(os.path.join(folder, "kernels.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return None


@compiled_inline
def draw(state: Any, below: int) -> int:
    """Return the next number less than ``below`` from the Lehmer generator in ``state[0]`` (Park & Miller 1988, multiplier 48271)."""
    state[0] = state[0] * 48271 % 2147483647
    return int(state[0] % below)
