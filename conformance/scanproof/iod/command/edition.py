"""--edition: findings as an earlier edition of the standard has them, where a rule is known to have changed.

The structure of the IODs (modules, types, nesting, conditions) is of one edition, whatever is asked for; a report says
so. What is known of an earlier one is its dictionary, its UIDs, and its table of Photometric Interpretations.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property

from pydicom._uid_dict import UID_dictionary

from scanproof.iod.finding import Checked, IodFinding, IodLevel
from scanproof.iod.tables import edition_2020c
from scanproof.iod.tables.knowledge import load_knowledge
from scansim.inputs import InputError, did_you_mean
from scansim.wire.dataset import tag_of

_UIDS, _ATTRIBUTES = "PS3.6 A (2020c)", "PS3.6 6 (2020c)"


def edition_of(name: str | None) -> Edition | None:
    """The edition that is asked for; None for that of the tables.

    Raises
    ------
    InputError
        For one that nothing is known of.
    """
    own = load_knowledge().edition
    if name is None or name == own:
        return None
    if name != edition_2020c.EDITION:
        known = (edition_2020c.EDITION, own)
        hint = did_you_mean(name, known) or ";"
        raise InputError(f"--edition {name}: no facts of it are here{hint} allowed: {', '.join(known)}")
    return Edition()


class Edition:
    """Edition 2020c, as far as it is known."""

    name = edition_2020c.EDITION

    @property
    def told(self) -> str:
        """What the reader of a report has to know of it."""
        return (
            f"--edition {self.name}: attributes, SOP Classes, Transfer Syntaxes and Photometric Interpretations are "
            f"those of {self.name}; modules, types, nesting and conditions are those of {load_knowledge().edition}"
        )

    @cached_property
    def wanted(self) -> Mapping[int, str]:
        """Tags whose presence it wants to know of, with their keywords."""
        return {tag_of(name): name for name in edition_2020c.LATER_ATTRIBUTES}

    def measured(self, checked: Checked, findings: list[IodFinding]) -> list[IodFinding]:
        """The findings of a data set as this edition has them."""
        return [*filter(None, map(_earlier, findings)), *_later(checked)]


def _earlier(finding: IodFinding) -> IodFinding | None:
    """A finding as the edition has it; None where it has none."""
    if finding.rule.endswith("-missing") and not finding.rule.startswith("profile-"):
        steps = (step.partition("[")[0] for step in finding.tag.split(" > "))
        return None if any(step in edition_2020c.LATER_ATTRIBUTES for step in steps) else finding
    if finding.rule == "attribute-retired":
        last = finding.tag.rpartition(" > ")[2].partition("[")[0]
        return None if last in edition_2020c.RETIRED_LATER else finding
    if finding.rule == "photometric-by-syntax" and finding.level is IodLevel.WARNING:
        # told mildly because a later edition has a row for it
        return replace(finding, level=IodLevel.ERROR, clause="PS3.5 8.2.4 (2020)")
    return finding


def _later(checked: Checked) -> Iterator[IodFinding]:
    """Yield notes of what came later."""
    for tag, uid in (("SOPClassUID", checked.sop_class), ("TransferSyntaxUID", checked.transfer_syntax)):
        if uid in edition_2020c.LATER_UIDS:
            text = f"{UID_dictionary[uid][0]} ({uid}) came after edition {edition_2020c.EDITION}"
            yield IodFinding("edition-newer", IodLevel.INFO, tag, text, _UIDS)
    for name in checked.facts:
        if name in edition_2020c.LATER_ATTRIBUTES:
            text = f"the attribute came after edition {edition_2020c.EDITION}"
            yield IodFinding("edition-newer", IodLevel.INFO, name, text, _ATTRIBUTES)
