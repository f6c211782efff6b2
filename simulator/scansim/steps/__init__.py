"""The steps of scenarios, one module a verb; importing this package registers all of them."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from scansim.exam.registry import Verb, registered

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

#: Every verb by its name, in alphabetical order.
VERBS: dict[str, Verb] = dict(sorted(registered().items()))
