"""Messages whose fragments are wrong, other PDUs in their place, and answers that come late."""

from __future__ import annotations

import struct

from scansim.wire import pdu as p
from scansim.wire.stream import Message
from tests.hostile.correct import PENDING, worklist_item
from tests.hostile.peers import Line, answer, behaviour, command, elements_of_answer, pdata, raw

RECEIVED = "dimse.response-received"
ENCODING = "dimse.command-set-encoding"
BAD_PDU = "association.pdu-well-formed"


@behaviour("C-ECHO-RQ", "echo", "FAIL", ["association.pdv-even"])
def answers_in_single_bytes_each_a_fragment(line: Line, request: Message) -> None:
    body = command(elements_of_answer(request))
    last = len(body) - 1
    line.say(*(p.PData((p.PDV(1, True, at == last, body[at : at + 1]),)) for at in range(len(body))))


@behaviour("C-ECHO-RQ", "echo", "FAIL", ["association.pdv-not-empty"])
def sends_a_thousand_empty_fragments_first(line: Line, request: Message) -> None:
    line.say(*[p.PData((p.PDV(1, True, False, b""),))] * 1000, answer(request))


@behaviour("C-FIND-RQ", "worklist", "FAIL", ["association.pdata-one-message"])
def packs_two_messages_into_one(line: Line, request: Message) -> None:
    item = worklist_item(line, request)
    first = elements_of_answer(request, PENDING)
    pdvs = [
        p.PDV(request.context_id, True, True, command(first, item)),
        p.PDV(request.context_id, False, True, item),
        p.PDV(request.context_id, True, True, command(elements_of_answer(request))),
    ]
    line.say(p.PData(tuple(pdvs)))


@behaviour(
    "C-FIND-RQ",
    "worklist",
    "FAIL",
    may=["association.pdata-one-message", "dimse.data-set-type", RECEIVED],
    fails=["association.pdata-one-message"],
)
def changes_the_context_within_an_item(line: Line, request: Message) -> None:
    item = worklist_item(line, request)
    head = command(elements_of_answer(request, PENDING), item)
    line.say(pdata(request.context_id, True, head), pdata(3, False, item), answer(request))


@behaviour("C-ECHO-RQ", "echo", "FAIL", [BAD_PDU], may=[RECEIVED, ENCODING])
def sends_a_fragment_longer_than_its_pdu(line: Line, _: object) -> None:
    line.say(raw(4, struct.pack(">IBB", 4000, 1, 3) + bytes(10)))
    line.listen()


@behaviour("C-ECHO-RQ", "echo", "FAIL", [BAD_PDU], may=[RECEIVED])
def sends_a_fragment_of_length_zero(line: Line, _: object) -> None:
    line.say(raw(4, struct.pack(">IBB", 0, 1, 3)))
    line.listen()


@behaviour("C-ECHO-RQ", "echo", "FAIL", [BAD_PDU], may=[RECEIVED])
def sends_three_bytes_for_a_fragment(line: Line, _: object) -> None:
    line.say(raw(4, b"\0\0\0"))
    line.listen()


@behaviour("C-ECHO-RQ", "echo", "PASS", may=[])
def sets_the_reserved_bits(line: Line, request: Message) -> None:
    body = command(elements_of_answer(request))
    line.say(raw(4, struct.pack(">IBB", len(body) + 2, 1, 0xFF) + body))


@behaviour("C-FIND-RQ", "worklist", "FAIL", ["association.pdu-length-limit"], may=[])
def sends_more_than_we_take(line: Line, request: Message) -> None:
    item = worklist_item(line, request)
    padded = item + b"\xfc\xff\xfc\xffOB\0\0" + struct.pack("<I", 150_000) + bytes(150_000)
    head = pdata(request.context_id, True, command(elements_of_answer(request, PENDING), padded))
    line.say(head, pdata(request.context_id, False, padded, room=1 << 20), answer(request))


@behaviour("C-ECHO-RQ", "echo", "FAIL", [BAD_PDU], may=[RECEIVED])
def answers_by_an_unknown_pdu(line: Line, _: object) -> None:
    line.say(raw(0x42, b"what?"))
    line.listen()


@behaviour("C-ECHO-RQ", "echo", "FAIL", [RECEIVED], may=[BAD_PDU])
def answers_by_a_rejection(line: Line, _: object) -> None:
    line.say(p.AssociateRJ(1, 1, 1))
    line.listen()


@behaviour("C-FIND-RQ", "worklist", "FAIL", ["association.no-abort"])
def aborts_between_two_items(line: Line, request: Message) -> None:
    line.say(answer(request, PENDING, worklist_item(line, request)), p.Abort(0, 0))
    line.close()


@behaviour("N-CREATE-RQ", "mpps", "FAIL", ["association.no-abort", "association.abort-defined"])
def aborts_a_step_from_an_unknown_source(line: Line, _: object) -> None:
    line.say(p.Abort(1, 3))
    line.close()


@behaviour(
    "C-STORE-RQ", "store", "FAIL", [BAD_PDU], may=["association.no-abort", "association.abort-defined", RECEIVED]
)
def aborts_without_a_body(line: Line, _: object) -> None:
    line.say(raw(7))
    line.close()


@behaviour("C-STORE-RQ", "store", "FAIL", may=[RECEIVED, BAD_PDU], fails=[RECEIVED])
def aborts_half(line: Line, _: object) -> None:
    line.say(p.encode(p.Abort(2, 0))[:8])
    line.close()


@behaviour("C-ECHO-RQ", "echo", "PASS")
def answers_just_in_time(line: Line, request: Message) -> None:
    line.wait(0.25)
    line.say(answer(request))


@behaviour("C-ECHO-RQ", "echo", "FAIL|INCONCLUSIVE", may=[RECEIVED])
def answers_too_late(line: Line, request: Message) -> None:
    line.wait(1.1)
    line.say(answer(request))
