"""Package doors that load a name on first use, so that small commands start quickly."""

import ast
import sys
from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.abc import InspectLoader


def lazy_door(package: str) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Return ``__getattr__`` and ``__dir__`` for ``package``, which load what its source imports under ``if TYPE_CHECKING``.

    This way one list of imports serves the type checker, editors and the running program. The source is read when a name is first
    used; an installed wheel contains it.
    """

    @cache
    def places() -> dict[str, tuple[str, str]]:
        spec = sys.modules[package].__spec__
        source = spec.loader.get_source(package) if spec and isinstance(spec.loader, InspectLoader) else None
        if source is None:
            raise ImportError(f"{package} reads its source file to find its exported names, but the file is missing")
        return {
            alias.asname or alias.name: (node.module or "", alias.name)
            for block in ast.parse(source).body
            if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
            for node in block.body
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }

    def load(name: str) -> object:
        # Python itself asks for names such as __path__ and __wrapped__; a door contains none of them.
        if name.startswith("__") or name not in places():
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module, inside = places()[name]
        if module == package:  # a submodule that the door exposes as a whole
            return import_module(f"{package}.{inside}")
        found = import_module(module)
        return getattr(found, inside) if hasattr(found, inside) else import_module(f"{module}.{inside}")

    def listed() -> list[str]:
        return sorted(places())

    return load, listed
