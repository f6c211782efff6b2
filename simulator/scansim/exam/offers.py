"""Presentation Contexts that a scanner proposes for what it stores, and which of those that were accepted it takes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Literal

from pydicom._uid_dict import UID_dictionary

from scansim.images.coding import encoded
from scansim.images.instance import Instance
from scansim.network.association import Agreed, Proposal
from scansim.vocabulary.syntaxes import SYNTAXES, Syntax
from scansim.vocabulary.uids import PRIVATE_SYNTAX, is_storage_class
from scansim.wire.encoding import TRANSFER_SYNTAXES

#: together: one context with all transfer syntaxes; each: one context for each; alone: without the native ones.
Form = Literal["together", "each", "alone"]

#: A transfer syntax that nobody can know, beside those that we write.
PRIVATE = "private"
#: By UID: what we write.
BY_UID = {syntax.uid: syntax for syntax in SYNTAXES.values()}


def uid_of(name: str) -> str:
    """UID of a transfer syntax by its name."""
    return PRIVATE_SYNTAX if name == PRIVATE else SYNTAXES[name].uid


def picture(transfer_syntax: str) -> str:
    """What becomes of pixels in a transfer syntax: its UID where it is lossy, empty where they stay as they are."""
    known = BY_UID.get(transfer_syntax)
    return transfer_syntax if known is not None and known.lossy else ""


def proposals(sop_class: str, syntaxes: Sequence[str], form: Form) -> Iterator[Proposal]:
    """Propose a SOP Class in some transfer syntaxes, and in the native ones everybody has (PS3.5 10.1)."""
    native = [uid for uid in TRANSFER_SYNTAXES if uid not in syntaxes]
    if form == "alone":
        yield from (Proposal(sop_class, (uid,)) for uid in syntaxes or TRANSFER_SYNTAXES)
    elif form == "each":
        yield from (Proposal(sop_class, (uid,)) for uid in (*syntaxes, *native))
    else:
        yield Proposal(sop_class, (*syntaxes, *native))


def fillers(wanted: Sequence[Proposal], number: int) -> list[Proposal]:
    """Other Storage SOP Classes, so that there are so many contexts with that of Verification, which comes along."""
    taken = {proposal.abstract_syntax for proposal in wanted}
    others = (uid for uid in UID_dictionary if is_storage_class(uid) and uid not in taken)
    more = max(0, number - 1 - len(wanted))
    return [Proposal(uid, TRANSFER_SYNTAXES) for uid, _ in zip(others, range(more), strict=False)]


def holds(instance: Instance, syntax: Syntax) -> bool:
    """Whether a transfer syntax can hold an instance: what has no pixels cannot be compressed.

    Raises
    ------
    ValueError
        When the encoder is not installed.
    """
    if not syntax.encapsulated:
        return True
    if not instance.is_image:
        return False
    try:
        encoded(instance, syntax)
    except ValueError as error:
        if "not installed" in str(error):
            raise
        return False
    return True


def chosen(accepted: Collection[Agreed], sop_class: str, wanted: Sequence[str], turn: int) -> list[Agreed]:
    """The accepted contexts of a SOP Class in the order in which they are to be taken: wanted ones first, in turn.

    In a private transfer syntax nothing is sent: what is accepted there is told, and no more.
    """
    mine = [
        agreed
        for agreed in accepted
        if agreed.abstract_syntax == sop_class and agreed.transfer_syntax != PRIVATE_SYNTAX
    ]
    first = [agreed for agreed in mine if agreed.transfer_syntax in wanted]
    first.sort(key=lambda agreed: wanted.index(agreed.transfer_syntax))
    turned = [*first[turn % len(first) :], *first[: turn % len(first)]] if first else []
    return [*turned, *(agreed for agreed in mine if agreed not in first)]
