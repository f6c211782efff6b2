"""Presentation Contexts as a case names them, and how they are put into associations (PS3.8 7.1.1.13, 9.3.2.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydicom._uid_dict import UID_dictionary

from scansim.inputs import Strict, did_you_mean
from scansim.network.association import Proposal
from scansim.vocabulary.uids import SOP_CLASSES, TRANSFER_SYNTAXES
from scansim.wire.dataset import IMPLICIT_LITTLE

#: Contexts that an association has room for (PS3.8 9.3.2.2), Verification left out, which goes along with each.
ROOM = 127

_UID = re.compile(r"(?=.{1,64}$)(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))+")
_CLASSES = ("SOP Class", "Meta SOP Class")
_SYNTAXES = ("Transfer Syntax",)


_OF_KEYWORD = {entry[4]: uid for uid, entry in UID_dictionary.items() if entry[4]}


def _uid(written: str, kinds: tuple[str, ...]) -> str:
    uid = _OF_KEYWORD.get(written, written)
    if not _UID.fullmatch(uid):
        known = [keyword for keyword, of in _OF_KEYWORD.items() if UID_dictionary[of][1] in kinds]
        hint = did_you_mean(written, known)
        raise ValueError(f"{written!r} is neither a UID (PS3.5 9.1) nor the keyword of a {kinds[0]}{hint}")
    entry = UID_dictionary.get(uid)
    if entry is not None and entry[1] not in kinds:
        raise ValueError(f"{written} is the {entry[1]} {entry[0]!r}, where a {kinds[0]} belongs")
    return uid


def _sop_class(written: str) -> str:
    return _uid(written, _CLASSES)


def _transfer_syntax(written: str) -> str:
    return _uid(written, _SYNTAXES)


SopClass = Annotated[str, AfterValidator(_sop_class)]
TransferSyntax = Annotated[str, AfterValidator(_transfer_syntax)]


class Proposed(Strict):
    """SOP Classes that are proposed with the same Transfer Syntaxes."""

    sop_classes: Literal["all"] | Annotated[tuple[SopClass, ...], Field(min_length=1)] = Field(
        description="UIDs or keywords; or all, for every one of PS3.6"
    )
    transfer_syntaxes: Literal["all"] | Annotated[tuple[TransferSyntax, ...], Field(min_length=1)] = Field(
        description="UIDs or keywords; or all, for every one of PS3.6"
    )

    @property
    def classes(self) -> tuple[str, ...]:
        """UIDs of the SOP Classes, each once."""
        return SOP_CLASSES if self.sop_classes == "all" else tuple(dict.fromkeys(self.sop_classes))

    @property
    def syntaxes(self) -> tuple[str, ...]:
        """UIDs of the Transfer Syntaxes, each once."""
        return TRANSFER_SYNTAXES if self.transfer_syntaxes == "all" else tuple(dict.fromkeys(self.transfer_syntaxes))


class ProposedRole(Strict):
    """The roles that we propose for a SOP Class (PS3.7 D.3.3.4)."""

    sop_class: SopClass = Field(description="UID or keyword")
    scu: bool = Field(True, description="whether we are SCU of it")
    scp: bool = Field(False, description="whether we are SCP of it")


EVERYTHING = Proposed(sop_classes="all", transfer_syntaxes="all")


def each_alone(groups: Sequence[Proposed]) -> Iterator[Proposal]:
    """Yield one context for each pair of SOP Class and Transfer Syntax, those of a class one after the other."""
    wanted: dict[str, dict[str, None]] = {}
    for group in groups:
        for sop_class in group.classes:
            wanted.setdefault(sop_class, {}).update(dict.fromkeys(group.syntaxes))
    for sop_class, syntaxes in wanted.items():
        for syntax in sorted(syntaxes, key=lambda each: each != IMPLICIT_LITTLE):  # the default one first
            yield Proposal(sop_class, (syntax,))


def all_together(groups: Sequence[Proposed], *, turned: bool = False) -> Iterator[Proposal]:
    """Yield one context for each SOP Class with all its Transfer Syntaxes; `turned`: once with each of them in front.

    Turned, the others follow in the order given and then, with the same one in front, in the reverse of it: which of
    two that stand behind is preferred shows as well.
    """
    for group in groups:
        syntaxes = group.syntaxes
        orders = [syntaxes]
        if turned:
            rests = [(first, [each for each in syntaxes if each != first]) for first in syntaxes]
            orders = [(first, *rest) for first, others in rests for rest in (others, others[::-1])]
        for sop_class in group.classes:
            yield from (Proposal(sop_class, order) for order in dict.fromkeys(orders))


def in_associations(proposals: Sequence[Proposal], room: int) -> Iterator[list[Proposal]]:
    """Yield the contexts of one association after the other, `room` at most in each.

    Whoever proposes a SOP Class proposes it in the default Transfer Syntax too (PS3.5 10.1 a), so that a class that
    goes on in a second association has it there as well; one for which it was not asked gets it in none.
    """
    default = {each.abstract_syntax for each in proposals if IMPLICIT_LITTLE in each.transfer_syntaxes}
    batch: list[Proposal] = []
    there: set[str] = set()
    for each in proposals:
        uid = each.abstract_syntax
        lacks = uid in default and IMPLICIT_LITTLE not in each.transfer_syntaxes
        if batch and len(batch) + 1 + (lacks and uid not in there) > room:
            yield batch
            batch, there = [], set()
        if lacks and uid not in there:
            batch.append(Proposal(uid, (IMPLICIT_LITTLE,)))
        there.add(uid)
        batch.append(each)
    if batch:
        yield batch
