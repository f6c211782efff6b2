"""Conditions of Type 1C and 2C attributes and of modules of usage C, written by hand in three-valued logic.

`ATTRIBUTES` maps (module, path inside the module such as ``Sequence>Keyword``) to a `Condition`; (``*``, keyword) is
one that holds wherever the attribute stands. `MODULES` maps (IOD or ``*``, module) likewise. `WRITTEN_FOR` names the IODs
whose conditions are written as far as a data set can decide them; of the others the checker says that they are not.
"""

from __future__ import annotations

from scanproof.iod.logic import Condition

ATTRIBUTES: dict[tuple[str, str], Condition] = {}
MODULES: dict[tuple[str, str], Condition] = {}
WRITTEN_FOR: frozenset[str] = frozenset()
