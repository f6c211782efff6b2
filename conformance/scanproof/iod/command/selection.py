"""Which rules a check goes by: --only and --skip."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

from scanproof.iod.rules.catalogue import RULES
from scansim.inputs import InputError, did_you_mean


def is_pattern(text: str) -> bool:
    """Whether a name stands for several."""
    return any(sign in text for sign in "*?[")


def nearest_rule(name: str) -> str:
    """What may have been meant by a rule that is none."""
    return did_you_mean(name, RULES) or "; scanproof list rules shows them"


def fits_a_rule(pattern: str) -> bool:
    """Whether some rule has that id, or one that fits the pattern."""
    return any(fnmatchcase(rule, pattern) for rule in RULES)


class Selection:
    """The rules that are asked for.

    Parameters
    ----------
    only : sequence of str
        Ids of rules, or patterns of them; empty: all.
    skip : mapping of str to str
        The same of rules that are left out, each with its reason or nothing.

    Raises
    ------
    InputError
        For one that is no rule.
    """

    def __init__(self, only: Sequence[str], skip: Mapping[str, str]) -> None:
        _known("--only", only)
        _known("--skip", skip)
        self._only = only
        self._skip = skip

    def takes(self, rule: str, left_out: Counter[str]) -> bool:
        """Whether a finding of the rule counts; one that does not is counted by what leaves it out."""
        if self._only and not any(fnmatchcase(rule, pattern) for pattern in self._only):
            left_out["of other rules than --only names"] += 1
            return False
        for pattern, reason in self._skip.items():
            if fnmatchcase(rule, pattern):
                left_out[f"by --skip {pattern}" + (f": {reason}" if reason else "")] += 1
                return False
        return True


def _known(option: str, names: Iterable[str]) -> None:
    for name in names:
        if not fits_a_rule(name):
            raise InputError(f"{option} {name!r}: no rule of that id{nearest_rule(name)}")
