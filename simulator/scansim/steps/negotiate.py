"""negotiate: propose Presentation Contexts, see what is accepted, and release (PS3.8 7.1.1.13, 7.1.1.14)."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from scansim.exam.proposing import EVERYTHING, ROOM, Proposed, ProposedRole, all_together, each_alone, in_associations
from scansim.exam.registry import step
from scansim.exam.state import Exam, Stopped
from scansim.exam.step import Step
from scansim.network.association import Proposal
from scansim.site import Address
from scansim.vocabulary import services
from scansim.vocabulary.outcome import Cause
from scansim.wire.pdu import RoleSelection

#: Associations one after the other that do not come about, until no more is tried.
_ENOUGH = 3
#: So many contexts are answered in a second by a target that answers at once (measured: 4,191 in 1.1 s).
_A_SECOND = 4000


class Negotiate(Step):
    """Presentation Contexts are proposed and each association is released again: nothing else is sent.

    As many associations as are needed, one after the other. One that does not come about is asked for again in two
    halves, for some take fewer contexts; whether all the others are taken is for the judge, whatever the answers are.
    """

    verb = "negotiate"
    service = services.VERIFICATION
    only_asks = True

    at: Literal[*services.ADDRESSED] | None = Field(  # type: ignore[valid-type]
        None, description="the service whose AE is asked; left out: each AE that the site names, once"
    )
    contexts: Literal["all"] | Annotated[tuple[Proposed, ...], Field(min_length=1)] = Field(
        description="what is proposed, each with sop_classes and transfer_syntaxes; or all, for every SOP Class of "
        "PS3.6 with every Transfer Syntax"
    )
    offer: Literal["each", "together"] = Field(
        "each",
        description="each: a context for each pair, so that each is answered by itself; together: a context for each "
        "SOP Class with all its Transfer Syntaxes, of which the target chooses",
    )
    orders: Literal["given", "turned"] = Field(
        "given",
        description="order of the Transfer Syntaxes offered together: as given, or turned, with each of them in front",
    )
    roles: tuple[ProposedRole, ...] = Field(
        (), description="roles that we propose, each with sop_class, scu and scp; left out: none, so that we are SCU"
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.orders == "turned" and self.offer == "each":
            raise ValueError("orders: turned goes with offer: together, for a context of one has one order")
        return self

    @property
    def seconds(self) -> float:
        """By the number of contexts."""
        return self.takes + len(self.proposals) / _A_SECOND

    @property
    def proposals(self) -> list[Proposal]:
        """The Presentation Contexts, in the order in which they are proposed."""
        groups = (EVERYTHING,) if self.contexts == "all" else self.contexts
        if self.offer == "each":
            return list(each_alone(groups))
        return list(all_together(groups, turned=self.orders == "turned"))


@dataclass
class _Told:
    """What became of the contexts at one AE; ``failed`` tells of associations that did not come about."""

    associations: int = 0
    proposed: int = 0
    accepted: int = 0
    failed: list[Stopped] = field(default_factory=list)

    def __str__(self) -> str:
        of = f"{self.accepted} of {self.proposed} contexts accepted, {self.associations} associations"
        reasons = dict.fromkeys(map(str, self.failed))
        return f"{of}; {len(self.failed)} did not come about: {'; '.join(reasons)}" if reasons else of


@step(Negotiate)
def negotiate(exam: Exam, step: Negotiate) -> str:
    """Propose all of it at each distinct AE; an AE at which no association came about stops the step."""
    named = exam.site.offered().items()
    wanted = {str(address): address for service, address in named if step.at in (None, service)}
    if not wanted:
        raise Stopped(f"the site names no {step.at} service", Cause.NOT_OFFERED)
    told, failed = [], []
    for name, address in wanted.items():
        seen = _ask(exam, step, address)
        told.append(f"{name} {seen}")
        if not seen.associations:
            failed += seen.failed[:1]
    if failed:
        raise Stopped("; ".join(told), failed[0].cause)
    return "; ".join(told)


def _ask(exam: Exam, step: Negotiate, address: Address) -> _Told:
    """Propose all of it at one AE."""
    proposals = step.proposals
    proposed = {each.abstract_syntax for each in proposals}
    roles = [
        RoleSelection(each.sop_class, int(each.scu), int(each.scp)) for each in step.roles if each.sop_class in proposed
    ]
    waiting = deque((batch, False) for batch in in_associations(proposals, ROOM))
    told, room, in_a_row = _Told(), ROOM, 0
    while waiting and in_a_row < _ENOUGH:
        batch, halved = waiting.popleft()
        if len(batch) > room:
            waiting.extendleft((half, True) for half in reversed(_halves(batch, room)))
            continue
        try:
            told.accepted += _accepted(exam, address, batch, roles)
        except Stopped as error:
            told.failed.append(error)
            in_a_row += 1
            if not halved and len(batch) > 1:
                waiting.extendleft((half, True) for half in reversed(_halves(batch, -(-len(batch) // 2))))
            continue
        in_a_row = 0
        told.associations += 1
        told.proposed += len(batch)
        if halved:
            room = min(room, max(len(batch), 1))
    return told


def _halves(batch: Sequence[Proposal], room: int) -> list[list[Proposal]]:
    return list(in_associations(batch, room))


def _accepted(exam: Exam, address: Address, batch: Sequence[Proposal], roles: Sequence[RoleSelection]) -> int:
    """How many contexts of one association are accepted; Stopped when it does not come about."""
    here = {each.abstract_syntax for each in batch}
    mine = [role for role in roles if role.sop_class_uid in here]
    exam.down.pop((address.host, address.port), None)
    with exam.association(address, services.VERIFICATION, batch, mine) as association:
        return sum(1 for each in association.accepted if each.abstract_syntax in here)
