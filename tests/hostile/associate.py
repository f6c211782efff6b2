"""What a peer answers to an A-ASSOCIATE-RQ."""

from __future__ import annotations

import struct

from scansim.vocabulary.uids import COMMITMENT
from scansim.wire import pdu as p
from tests.hostile.peers import Act, Line, behaviour, message, raw, variants

RQ = "A-ASSOCIATE-RQ"
BAD_PDU = "association.pdu-well-formed"
ANSWERED = "association.answered-properly"


def associate_body(line: Line, items: bytes) -> bytes:
    """The fixed fields of an A-ASSOCIATE-AC, and items of any kind behind them."""
    names = (line.rq.called_ae.encode().ljust(16), line.rq.calling_ae.encode().ljust(16))
    return struct.pack(">H2x16s16s32x", 1, *names) + items


def items_of(line: Line) -> tuple[bytes, bytes, bytes]:
    """Application Context, Presentation Contexts and User Information, as they should be."""
    whole = p.encode(line.ac())[74:]
    first = 4 + struct.unpack_from(">H", whole, 2)[0]
    user = whole.index(b"\x50\x00", first)
    return whole[:first], whole[first:user], whole[user:]


# --- no answer --------------------------------------------------------------------------------------------------------


@behaviour(RQ, "echo", "INCONCLUSIVE")
def answers_no_request_for_an_association(line: Line, _: object) -> None:
    line.silence()


@behaviour(RQ, "echo", "INCONCLUSIVE")
def closes_when_asked(line: Line, _: object) -> None:
    line.close()


@behaviour(RQ, "echo", "INCONCLUSIVE")
def resets_when_asked(line: Line, _: object) -> None:
    line.reset()


@behaviour(RQ, "exam", "FAIL", [ANSWERED])
def takes_the_first_association_and_none_after_it(line: Line, _: object) -> None:
    if line.peer.times[RQ] > 1:
        line.silence()
    line.say(line.ac())


@behaviour(RQ, "exam", "FAIL", [ANSWERED])
def resets_the_third_association(line: Line, _: object) -> None:
    if line.peer.times[RQ] == 3:
        line.reset()
        return
    line.say(line.ac())


@behaviour(RQ, "echo", "INCONCLUSIVE")
def answers_by_its_own_request(line: Line, _: object) -> None:
    line.say(line.rq)
    line.listen()


@behaviour(RQ, "echo", "FAIL", [ANSWERED])
def answers_by_a_release_request(line: Line, _: object) -> None:
    line.say(p.ReleaseRQ())
    line.listen()


@behaviour(RQ, "echo", "FAIL", [ANSWERED])
def answers_by_a_release_response(line: Line, _: object) -> None:
    line.say(p.ReleaseRP())
    line.listen()


@behaviour(RQ, "echo", "FAIL", [ANSWERED])
def answers_by_a_message(line: Line, _: object) -> None:
    line.say(message(1, {"CommandField": 0x8030, "MessageIDBeingRespondedTo": 1, "Status": 0}))
    line.listen()


@behaviour(RQ, "echo", "FAIL|INCONCLUSIVE", may=[ANSWERED, "dimse.operation-ends"])
def answers_by_messages_for_ever(line: Line, _: object) -> None:
    line.for_ever(message(1, {"CommandField": 0x8030, "MessageIDBeingRespondedTo": 1, "Status": 0}))


@behaviour(RQ, "echo", "INCONCLUSIVE")
def aborts_when_asked(line: Line, _: object) -> None:
    line.say(p.Abort(2, 0))
    line.close()


@behaviour(RQ, "echo", "FAIL", ["association.abort-defined"])
def aborts_when_asked_for_reasons_unheard_of(line: Line, _: object) -> None:
    line.say(p.Abort(7, 77))
    line.close()


@behaviour(RQ, "echo", "INCONCLUSIVE")
def aborts_a_hundred_times(line: Line, _: object) -> None:
    line.say(*[p.Abort(2, 0)] * 100)
    line.listen()


# --- rejections -------------------------------------------------------------------------------------------------------


def rejects(numbers: tuple[int, int, int]) -> Act:
    def act(line: Line, _: object) -> None:
        line.say(p.AssociateRJ(*numbers))
        line.close()

    return act


SITE = "site.association-accepted"
variants(
    RQ, "echo", "FAIL", [ANSWERED], rejects,
    no_result=(0, 1, 3), odd_result=(3, 1, 1), odd_source=(1, 0, 1), wild=(255, 255, 255), reason_of_another=(1, 2, 7),
    unknown_title=((1, 1, 3), "FAIL", [SITE]), congested=((2, 3, 1), "INCONCLUSIVE", []),
)  # fmt: skip


@behaviour(RQ, "echo", "FAIL", [BAD_PDU], may=[ANSWERED, SITE])
def rejects_without_a_body(line: Line, _: object) -> None:
    line.say(raw(3))
    line.silence()


@behaviour(RQ, "echo", "FAIL", [BAD_PDU], may=[ANSWERED, SITE])
def rejects_at_length(line: Line, _: object) -> None:
    line.say(raw(3, bytes((0, 1, 1, 3)) * 500))
    line.silence()


@behaviour(RQ, "echo", "FAIL", [SITE], may=[BAD_PDU, ANSWERED])
def rejects_and_accepts_at_once(line: Line, _: object) -> None:
    line.say(p.AssociateRJ(1, 1, 3), line.ac())
    line.listen()


@behaviour(RQ, "echo", "INCONCLUSIVE")
def is_congested_for_ever_and_stays_connected(line: Line, _: object) -> None:
    line.say(p.AssociateRJ(2, 3, 2))
    line.listen()


@behaviour(RQ, "exam", "FAIL", may=["association.admitted-again", SITE, "association.slots-given-back"])
def accepts_every_second_time(line: Line, _: object) -> None:
    if line.peer.times[RQ] % 2:
        line.say(line.ac())
    else:
        line.say(p.AssociateRJ(1, 1, 3))
        line.close()


# --- malformed acceptances --------------------------------------------------------------------------------------------


@behaviour(RQ, "echo", "FAIL", [ANSWERED], may=[BAD_PDU])
def accepts_without_a_body(line: Line, _: object) -> None:
    line.say(raw(2))
    line.silence()


@behaviour(RQ, "echo", "FAIL", [ANSWERED], may=[BAD_PDU])
def accepts_in_two_bytes(line: Line, _: object) -> None:
    line.say(raw(2, b"\x00\x01"))
    line.listen()


@behaviour(
    RQ, "echo", "FAIL", [BAD_PDU], may=[ANSWERED, "association.context-results", "association.application-context"]
)
def accepts_without_items(line: Line, _: object) -> None:
    line.say(raw(2, associate_body(line, b"")))
    line.listen()


@behaviour(RQ, "echo", "FAIL", may=[BAD_PDU, ANSWERED])
def accepts_and_lies_about_its_length(line: Line, _: object) -> None:
    body = p.encode(line.ac())[6:]
    line.say(raw(2, body, length=len(body) + 100))
    line.silence()


@behaviour(RQ, "echo", "FAIL", [BAD_PDU])
def accepts_in_less_than_there_is(line: Line, _: object) -> None:
    body = p.encode(line.ac())[6:]
    line.say(raw(2, body, length=len(body) - 9))
    line.listen()


@behaviour(RQ, "echo", "FAIL", may=[BAD_PDU, ANSWERED])
def accepts_half_and_is_silent(line: Line, _: object) -> None:
    line.say(p.encode(line.ac())[:90])
    line.silence()


@behaviour(RQ, "echo", "FAIL", may=[BAD_PDU, ANSWERED])
def accepts_half_and_closes(line: Line, _: object) -> None:
    line.say(p.encode(line.ac())[:90])
    line.close()


@behaviour(RQ, "echo", "FAIL", may=[BAD_PDU, ANSWERED])
def accepts_half_and_resets(line: Line, _: object) -> None:
    line.say(p.encode(line.ac())[:90])
    line.wait(0.05)
    line.reset()


@behaviour(RQ, "echo", "FAIL|INCONCLUSIVE", may=[BAD_PDU, ANSWERED])
def accepts_a_byte_at_a_time_for_ever(line: Line, _: object) -> None:
    line.trickle(p.encode(line.ac()), 0.05)


@behaviour(RQ, "echo", "PASS")
def accepts_a_byte_at_a_time(line: Line, _: object) -> None:
    line.trickle(p.encode(line.ac()), 0.0)


@behaviour(RQ, "echo", "FAIL", [ANSWERED], may=[BAD_PDU], heavy=True)
def accepts_with_a_length_of_a_gibibyte(line: Line, _: object) -> None:
    line.say(raw(2, p.encode(line.ac())[6:], length=1 << 30))
    line.for_ever(bytes(1 << 16))


@behaviour(RQ, "echo", "FAIL", [BAD_PDU], may=[ANSWERED])
def accepts_with_items_of_no_length(line: Line, _: object) -> None:
    application, contexts, user = items_of(line)
    line.say(raw(2, associate_body(line, application + contexts + b"\x21\0\0\0" * 50 + user)))


@behaviour(RQ, "echo", "FAIL", [BAD_PDU], may=[ANSWERED])
def accepts_with_an_item_beyond_the_end(line: Line, _: object) -> None:
    application, contexts, user = items_of(line)
    line.say(raw(2, associate_body(line, application + contexts + user[:2] + b"\xff\xff" + user[4:])))


@behaviour(RQ, "echo", "FAIL", [BAD_PDU])
def accepts_in_the_wrong_order(line: Line, _: object) -> None:
    line.say(raw(2, associate_body(line, b"".join(reversed(items_of(line))))))


@behaviour(RQ, "echo", "FAIL", ["association.context-results"])
def accepts_twice_in_one(line: Line, _: object) -> None:
    line.say(line.ac(contexts=line.ac().contexts * 2))


@behaviour(RQ, "echo", "FAIL|INCONCLUSIVE", may=[BAD_PDU, "dimse.response-received", "association.unexpected-pdu"])
def accepts_twice(line: Line, _: object) -> None:
    line.say(line.ac(), line.ac())


@behaviour(RQ, "echo", "FAIL|INCONCLUSIVE", may=[ANSWERED, "dimse.response-received", "dimse.operation-ends"])
def accepts_for_ever(line: Line, _: object) -> None:
    line.for_ever(line.ac())


@behaviour(RQ, "echo", "PASS", heavy=True)
def accepts_with_20000_items_of_no_known_kind(line: Line, _: object) -> None:
    application, contexts, user = items_of(line)
    line.say(raw(2, associate_body(line, application + contexts + b"\x99\0\0\0" * 20_000 + user)))


@behaviour(RQ, "echo", "FAIL", [BAD_PDU], heavy=True)
def accepts_with_20000_application_contexts(line: Line, _: object) -> None:
    application, contexts, user = items_of(line)
    line.say(raw(2, associate_body(line, application * 20_000 + contexts + user)))


@behaviour(RQ, "echo", "FAIL", ["association.context-results"], may=[BAD_PDU], heavy=True)
def accepts_with_20000_contexts(line: Line, _: object) -> None:
    many = tuple(p.ContextResult(index % 256, 0, "1.2.840.10008.1.2") for index in range(20_000))
    line.say(line.ac(contexts=many))


@behaviour(RQ, "echo", "FAIL", [BAD_PDU, "association.accepted-syntax-offered"])
def accepts_with_a_context_of_5000_transfer_syntaxes(line: Line, _: object) -> None:
    application, _contexts, user = items_of(line)
    inner = p.encode_item(0x40, b"1.2.840") * 5000
    line.say(raw(2, associate_body(line, application + p.encode_item(0x21, bytes((1, 0, 0, 0)) + inner) + user)))


@behaviour(RQ, "echo", "FAIL", [BAD_PDU, "association.role-selection"])
def accepts_with_1900_roles(line: Line, _: object) -> None:
    roles = tuple(p.RoleSelection(COMMITMENT, 1, 1) for _ in range(1900))
    line.say(line.user(roles=roles))
