"""One exam while it runs: what the steps share."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from pydicom.dataset import Dataset

from scansim.exam.scenario import Scenario
from scansim.identity.ids import Identity
from scansim.identity.ledger import Ledger
from scansim.identity.orders import CODING_SCHEME, Procedure
from scansim.identity.people import Person
from scansim.images import Acquisition, Instance
from scansim.network.association import Agreed, Association, Proposal, propose
from scansim.network.channel import AssociationError, Rejected, Silent, Unreachable
from scansim.network.listener import Listener
from scansim.network.recording import TranscriptWriter
from scansim.site import Address, Site
from scansim.vocabulary.outcome import Cause, Initiator
from scansim.vocabulary.services import Service
from scansim.vocabulary.uids import VERIFICATION, uid_name
from scansim.wire.encoding import TRANSFER_SYNTAXES
from scansim.wire.pdu import RoleSelection


class Stopped(Exception):
    """A step cannot go on."""

    def __init__(self, reason: str, cause: Cause) -> None:
        super().__init__(reason)
        self.cause = cause


@dataclass
class Exam:
    """State of one running exam.

    ``orders`` puts an order into the worklist, or is None when what is there is used; ``patient`` gives the one whom
    the order is for, where it is not to be any. ``down`` holds the addresses
    that did not answer at all: nothing more is tried there, but for the last look whether they are back.
    """

    scenario: Scenario
    site: Site
    day: date
    identity: Identity
    writer: TranscriptWriter
    listener: Listener | None
    orders: Callable[[Dataset], None] | None
    patient: Callable[[Identity], Person] | None = None
    order: Dataset | None = None
    items: list[Dataset] = field(default_factory=list)
    ledger: Ledger | None = None
    instances: list[Instance] = field(default_factory=list)
    acquisition: Acquisition | None = None
    opened: list[str] = field(default_factory=list)
    down: dict[tuple[str, int], str] = field(default_factory=dict)
    not_offered: set[Service] = field(default_factory=set)
    progress: Callable[[str, int, int], None] = lambda _what, _done, _total: None

    def procedure(self) -> Procedure:
        """What the scenario orders."""
        codes = self.scenario.procedure
        return Procedure(
            codes.code, CODING_SCHEME, codes.meaning, codes.meaning, codes.protocol_code, codes.protocol_meaning
        )

    def address(self, service: Service) -> Address:
        """Address of a service; Stopped when the site does not offer it or it did not answer before."""
        address = self.site.address(service)
        if address is None:
            raise Stopped(f"the site offers no {service.name} service", Cause.NOT_OFFERED)
        gone = self.down.get((address.host, address.port))
        if gone is not None:
            raise Stopped(f"{address} did not answer before: {gone}", Cause.UNREACHABLE)
        return address

    def known(self) -> Ledger:
        """The exam's ledger; Stopped when no item was chosen."""
        if self.ledger is None:
            raise Stopped("no patient: no worklist item was chosen", Cause.BLOCKED)
        return self.ledger

    @contextlib.contextmanager
    def use(
        self, service: Service, sop_class: str, roles: Sequence[RoleSelection] = ()
    ) -> Iterator[tuple[Association, Agreed]]:
        """Open an association for one SOP Class of a service, and give it with the context that was agreed on.

        Raises
        ------
        Stopped
            When the site does not offer the service, the target does not accept the SOP Class, or the association
            does not come about or cannot go on.
        """
        address = self.address(service)
        proposals = [Proposal(sop_class, TRANSFER_SYNTAXES)]
        with self.association(address, service, proposals, roles) as association:
            agreed = association.contexts.get(sop_class)
            if agreed is None:
                text = f"{address} accepts no Presentation Context for {uid_name(sop_class)}"
                raise Stopped(text, Cause.NOT_OFFERED)
            yield association, agreed

    @contextlib.contextmanager
    def association(
        self,
        address: Address,
        service: Service,
        proposals: Sequence[Proposal],
        roles: Sequence[RoleSelection] = (),
    ) -> Iterator[Association]:
        """Open an association for a service, and release it.

        Verification is proposed along with it: some SCPs reject an association of which they know nothing, and a
        refused Presentation Context says more than that.

        Raises
        ------
        Stopped
            When there is none, or when it cannot go on, with the reason.
        """
        association = self._associate(address, service, proposals, roles)
        try:
            yield association
        except KeyboardInterrupt:
            # a release would wait for its answer, and might stand in the middle of a message
            association.abort()
            raise
        except AssociationError as error:
            raise Stopped(f"{address}: {error}", error.cause) from None
        finally:
            association.release()

    def _associate(
        self, address: Address, service: Service, proposals: Sequence[Proposal], roles: Sequence[RoleSelection]
    ) -> Association:
        calling_ae = self.site.calling(address)
        wanted = [*proposals]
        if all(proposal.abstract_syntax != VERIFICATION for proposal in wanted):
            wanted.append(Proposal(VERIFICATION, TRANSFER_SYNTAXES))
        recorder = self.writer.recorder(
            initiator=Initiator.HARNESS,
            service=service.name,
            host=address.host,
            port=address.port,
            called_ae=address.ae,
            calling_ae=calling_ae,
        )
        self.opened.append(recorder.name)
        try:
            return Association.request(
                address.host,
                address.port,
                propose(address.ae, calling_ae, wanted, roles),
                recorder,
                address.timeouts,
            )
        except (Unreachable, Silent) as error:
            self.down[address.host, address.port] = str(error)
            raise Stopped(f"{address}: {error}", Cause.UNREACHABLE) from None
        except Rejected as error:
            raise Stopped(f"{address}: {error}", Cause.REJECTED) from None
        except AssociationError as error:
            raise Stopped(f"{address}: {error}", error.cause) from None
