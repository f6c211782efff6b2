"""Associations that the target should not open, or not so: each a planted defect."""

from __future__ import annotations

import socket
from contextlib import suppress

from scansim.reference.state import Target
from scansim.vocabulary.uids import COMMITMENT, COMMITMENT_INSTANCE, VERIFICATION
from scansim.wire import pdu as p
from scansim.wire.dataset import EXPLICIT_LITTLE, IMPLICIT_LITTLE
from scansim.wire.dimse import FIELD_OF, NO_DATASET, encode_command

_SYNTAXES = (IMPLICIT_LITTLE, EXPLICIT_LITTLE)
_LONGEST = 2.0  # s to wait for an answer
_PING = encode_command(
    {
        "AffectedSOPClassUID": VERIFICATION,
        "CommandField": FIELD_OF["C-ECHO-RQ"],
        "MessageID": 1,
        "CommandDataSetType": NO_DATASET,
    }
)
_NAMELESS = encode_command(
    {
        "AffectedSOPClassUID": COMMITMENT,
        "CommandField": FIELD_OF["N-EVENT-REPORT-RQ"],
        "MessageID": 1,
        "CommandDataSetType": NO_DATASET,
        "AffectedSOPInstanceUID": COMMITMENT_INSTANCE,
        "EventTypeID": 1,
    }
)


def open_one(target: Target, called: str, address: tuple[str, int]) -> None:
    """Open an association and release it again, when a defect wants one."""
    contexts = [p.ProposedContext(1, COMMITMENT, _SYNTAXES)]
    roles: tuple[p.RoleSelection, ...] = (p.RoleSelection(COMMITMENT, 0, 1),)
    message = b""
    if target.planted("stray-doubled-ids"):
        contexts.append(p.ProposedContext(1, VERIFICATION, _SYNTAXES))
    elif target.planted("stray-even-id"):
        contexts, message = [p.ProposedContext(2, VERIFICATION, _SYNTAXES)], _message(2, _PING)
    elif target.planted("stray-without-contexts"):
        contexts = []
    elif target.planted("stray-other-title"):
        contexts, message, called = [p.ProposedContext(1, VERIFICATION, _SYNTAXES)], _message(1, _PING), "SOMEBODY"
    elif target.planted("stray-max-length-2"):
        contexts, message = [p.ProposedContext(1, VERIFICATION, _SYNTAXES)], _message(1, _PING)
    elif target.planted("stray-without-role"):
        roles = ()
    elif target.planted("stray-nameless-report"):
        message = _message(1, _NAMELESS)
    elif not target.planted("stray-silent"):
        return
    user = p.UserInformation(2 if target.planted("stray-max-length-2") else 16384, "2.25.1", roles=roles)
    request = p.AssociateRQ(called, target.config.ae, tuple(contexts), user)
    with suppress(OSError), socket.create_connection(address, _LONGEST) as sock:
        sock.settimeout(_LONGEST)
        sock.sendall(p.encode(request))
        if sock.recv(65536)[:1] != bytes((p.ASSOCIATE_AC,)):
            return
        if message:
            sock.sendall(message)
            sock.recv(65536)
        sock.sendall(p.encode(p.ReleaseRQ()))
        sock.recv(65536)


def _message(context_id: int, command: bytes) -> bytes:
    return p.encode(p.PData((p.PDV(context_id, True, True, command),)))
