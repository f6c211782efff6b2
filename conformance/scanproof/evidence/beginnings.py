"""How an association began: what came in answer to our A-ASSOCIATE-RQ, also where that is no whole PDU."""

from __future__ import annotations

from collections.abc import Iterable

from scansim.network.transcript import AssociationRecord
from scansim.wire import parse
from scansim.wire import pdu as p

_HEADER = 6  # bytes of PDU-type, reserved and PDU-length (PS3.8 9.3)
#: No A-ASSOCIATE-AC of any use is longer; what states more is more likely another protocol.
_LONGEST_ACCEPT = 1 << 20
_LONGEST_WHOLE = 1 << 16
#: Protocol-version, which the body of an A-ASSOCIATE PDU begins with (PS3.8 9.3.2).
_VERSION = b"\0\1"
_CUT = ("item-length", "item-header-truncated")

#: Host and port.
Where = tuple[object, object]


def items_are_cut(association: AssociationRecord) -> bool:
    """Whether the answer's items do not fill it, so that what seems to be missing may have been in it."""
    problems = association.answer.problems if association.answer is not None else ()
    return any(problem.code in _CUT and problem.grade is p.Grade.FAULT for problem in problems)


def begun(association: AssociationRecord) -> int:
    """Type of the PDU that the peer began, and did not end, in answer to our A-ASSOCIATE-RQ; 0 for anything else.

    It has to look like that PDU as far as it came: many protocols begin with a small number.
    """
    data = association.unparsed
    if association.received or len(data) < 2 or data[0] not in p.PDU_NAMES or data[1]:
        return 0
    kind, length = data[0], int.from_bytes(data[2:_HEADER].ljust(4, b"\0"))
    if kind == p.ASSOCIATE_AC:
        sensible = length <= _LONGEST_ACCEPT or data[_HEADER : _HEADER + 2] == _VERSION
    else:
        fixed = (p.ASSOCIATE_RJ, p.RELEASE_RQ, p.RELEASE_RP, p.ABORT)
        sensible = kind in fixed and len(data) >= _HEADER and length == 4
    return kind if sensible else 0


def ends_before_its_length(association: AssociationRecord) -> int:
    """How many bytes an A-ASSOCIATE-AC has that came whole and states more; 0 when that cannot be said."""
    length = len(association.unparsed) - _HEADER
    if not 0 < length <= _LONGEST_WHOLE or begun(association) != p.ASSOCIATE_AC:
        return 0
    _, problems = parse.decode(p.ASSOCIATE_AC, association.unparsed[_HEADER:])
    return 0 if problems else length


def unreadable(association: AssociationRecord) -> str:
    """What is wrong with an answer that is an A-ASSOCIATE PDU of which nothing can be read; empty when it is not."""
    answer = association.answer
    if answer is None or not isinstance(answer.pdu, p.Unknown) or answer.pdu_type not in p.PDU_NAMES:
        return ""
    codes = {problem.code: problem.text for problem in answer.problems}
    if "not-a-pdu" in codes and answer.pdu.body[:2] != _VERSION:
        return ""  # a length that nobody can believe, and nothing else that speaks for DICOM
    return codes.get("not-a-pdu") or codes.get("associate-truncated", "")


def is_echo(association: AssociationRecord) -> bool:
    """Whether what came is our own A-ASSOCIATE-RQ: something sends back whatever it is sent."""
    request, answer = association.request, association.answer
    return association.ours and request is not None and answer is not None and answer.pdu == request.pdu


def where_of(association: AssociationRecord) -> Where:
    """Host and port of the other end."""
    return association.facts.get("host"), association.facts.get("port")


def spoke_dicom(associations: Iterable[AssociationRecord]) -> dict[Where, set[str]]:
    """On which associations of ours, by their ids, each host and port answered with a PDU: a DICOM node is there."""
    found: dict[Where, set[str]] = {}
    for association in associations:
        answer = association.answer
        if not association.ours or answer is None or is_echo(association):
            continue
        if not isinstance(answer.pdu, p.Unknown) or unreadable(association):
            found.setdefault(where_of(association), set()).add(association.id)
    return found
