"""Doors that load a name when it is first asked for, so that small work starts at once."""

from collections.abc import Callable, Mapping
from importlib import import_module


def lazy_door(package: str, modules: Mapping[str, str]) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """The ``__getattr__`` and ``__dir__`` of ``package``: ``modules`` gives each public name the submodule that holds it.

    A place that ends in a colon is the module itself. What a type checker sees is written beside it, under ``TYPE_CHECKING``.
    """

    def load(name: str) -> object:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module = import_module(f"{package}.{modules[name].rstrip(':')}")
        return module if modules[name].endswith(":") else getattr(module, name)

    def listed() -> list[str]:
        return sorted(modules)

    return load, listed
