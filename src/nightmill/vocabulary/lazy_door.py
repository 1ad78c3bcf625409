"""Package doors that load a name on first use, so that small commands start quickly."""

from collections.abc import Callable, Mapping
from importlib import import_module


def lazy_door(package: str, modules: Mapping[str, str]) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Return ``__getattr__`` and ``__dir__`` for ``package``; ``modules`` maps each public name to the submodule that holds it.
    A value that ends in a colon is the module itself. The package imports the same names under ``TYPE_CHECKING`` for type checkers.
    """

    def load(name: str) -> object:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module = import_module(f"{package}.{modules[name].rstrip(':')}")
        return module if modules[name].endswith(":") else getattr(module, name)

    def listed() -> list[str]:
        return sorted(modules)

    return load, listed
