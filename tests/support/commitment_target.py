"""A target that takes requests for Storage Commitment, and reports as a script says: when, where, and of what."""

from __future__ import annotations

import contextlib
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from pydicom.dataset import Dataset

from scansim.network.acceptor import acceptance
from scansim.network.association import Association
from scansim.network.channel import Channel
from scansim.network.failures import AssociationError
from scansim.network.recording import Recorder
from scansim.site import Timeouts
from scansim.vocabulary.uids import COMMITMENT, COMMITMENT_INSTANCE, VERIFICATION
from scansim.wire import pdu as p
from scansim.wire.dataset import EXPLICIT_LITTLE, IMPLICIT_LITTLE, read
from scansim.wire.dimse import FIELD_OF
from scansim.wire.encoding import encode
from scansim.wire.stream import Message

WAITS = Timeouts(connect=2, associate=2, response=5)


def report(transaction: str, instances: Sequence[str]) -> Dataset:
    """Event Information that says of each instance that it is not there, as is true of one that was never sent."""
    ds = Dataset()
    if transaction:
        ds.TransactionUID = transaction
    ds.FailedSOPSequence = []
    for uid in instances:
        item = Dataset()
        item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", uid
        item.FailureReason = 0x0112
        ds.FailedSOPSequence.append(item)
    return ds


class Asked:
    """An N-ACTION that came, and what may be done about it."""

    def __init__(self, target: CommitmentTarget, channel: Channel, action: Message, syntax: str) -> None:
        self._target = target
        self._channel = channel
        self._action = action
        self._syntax = syntax
        content = read(action.dataset or b"", syntax)
        self.transaction = content.text("TransactionUID")
        self.instances = [item.text("ReferencedSOPInstanceUID") for item in content.items("ReferencedSOPSequence")]
        self.number = len(target.asked)

    def answer(self, status: int = 0) -> None:
        """N-ACTION-RSP."""
        command = {
            "AffectedSOPClassUID": COMMITMENT,
            "AffectedSOPInstanceUID": COMMITMENT_INSTANCE,
            "CommandField": FIELD_OF["N-ACTION-RSP"],
            "MessageIDBeingRespondedTo": self._action.command.number("MessageID") or 0,
            "ActionTypeID": 1,
            "Status": status,
        }
        self._channel.send_message(self._action.context_id, command)

    def here(self, transaction: str | None = None, instances: Sequence[str] | None = None) -> int | None:
        """Report on the association of the request; status of the response."""
        data = encode(self._content(transaction, instances), self._syntax)
        self._channel.send_message(self._action.context_id, {**_REPORT, "MessageID": 7}, [data])
        answer = self._channel.next_message(5)
        return answer.command.status if answer is not None else None

    def there(
        self,
        transaction: str | None = None,
        instances: Sequence[str] | None = None,
        called: str = "SCANPROOF",
        calling: str = "PACS",
    ) -> int | None:
        """Report on a new association; status of the response, None when there was none."""
        contexts = (p.ProposedContext(1, COMMITMENT, (IMPLICIT_LITTLE, EXPLICIT_LITTLE)),)
        user = p.UserInformation(16384, "1.2", roles=(p.RoleSelection(COMMITMENT, 0, 1),))
        with contextlib.suppress(AssociationError):
            association = Association.request(
                self._target.host,
                self._target.listener,
                p.AssociateRQ(called, calling, contexts, user),
                self._target.recorder(),
                WAITS,
            )
            agreed = association.context(COMMITMENT)
            data = encode(self._content(transaction, instances), agreed.transfer_syntax)
            answer = association.response(agreed, _REPORT, [data])
            association.release()
            return answer.command.status
        return None

    def _content(self, transaction: str | None, instances: Sequence[str] | None) -> Dataset:
        return report(
            self.transaction if transaction is None else transaction,
            self.instances if instances is None else instances,
        )


_REPORT = {
    "CommandField": FIELD_OF["N-EVENT-REPORT-RQ"],
    "AffectedSOPClassUID": COMMITMENT,
    "AffectedSOPInstanceUID": COMMITMENT_INSTANCE,
    "EventTypeID": 2,
}


class CommitmentTarget:
    """Listens on loopback; ``listener`` is our listener's port, ``asked`` every request that came."""

    def __init__(self, folder: Path, script: Callable[[Asked], None], host: str) -> None:
        self.host = host
        self.listener = 0
        self.asked: list[Asked] = []
        self._folder = folder
        self._script = script
        self._records = 0
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.create_server((host, 0), family=family)
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def recorder(self) -> Recorder:
        """A record that nobody reads."""
        self._records += 1
        return Recorder(self._folder / f"{self._records}.wire", 0, {})

    def close(self) -> None:
        """Take no more."""
        self._socket.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self._socket.accept()
                threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        channel = Channel(sock, self.recorder(), WAITS)
        with contextlib.suppress(AssociationError):
            rq = channel.next_pdu(5, "A-ASSOCIATE-RQ")
            assert isinstance(rq, p.AssociateRQ)
            answer = acceptance(rq)
            syntaxes = {context.context_id: context.transfer_syntax or "" for context in answer.contexts}
            channel.send_pdu(answer)
            while (message := channel.next_message(20)) is not None:
                if message.command.name == "N-ACTION-RQ":
                    asked = Asked(self, channel, message, syntaxes[message.context_id])
                    self.asked.append(asked)
                    self._script(asked)
                elif message.command.name == "C-ECHO-RQ":
                    command = {"AffectedSOPClassUID": VERIFICATION, "CommandField": FIELD_OF["C-ECHO-RSP"]}
                    number = message.command.number("MessageID") or 0
                    channel.send_message(
                        message.context_id, {**command, "MessageIDBeingRespondedTo": number, "Status": 0}
                    )
            if channel.release_asked:
                channel.send_pdu(p.ReleaseRP())
        channel.close()


@contextlib.contextmanager
def commitment_target(script: Callable[[Asked], None], host: str = "127.0.0.1") -> Iterator[CommitmentTarget]:
    """A target for the time of a test."""
    with tempfile.TemporaryDirectory() as folder:
        target = CommitmentTarget(Path(folder), script, host)
        try:
            yield target
        finally:
            target.close()
