"""Hostile peers, a small function each; importing the package registers them."""

from __future__ import annotations

from importlib import import_module

from tests.hostile.calls import CALLERS
from tests.hostile.peers import ALL

_SCU = ("associate", "accepted", "transport", "release", "unending", "messages", "fragments", "datasets", "services")
for name in (*_SCU, "strangers", "reporters"):
    import_module(f"tests.hostile.{name}")

ALL_SCU = ALL

__all__ = ["ALL_SCU", "CALLERS"]
