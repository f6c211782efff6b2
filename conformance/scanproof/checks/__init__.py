"""The checks, one module a subject; importing this package registers all of them."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from scanproof.check import Check, registered

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")


def all_checks() -> dict[str, Check]:
    """Every check by its id, sorted."""
    return registered()
