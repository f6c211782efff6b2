"""What a peer answers to an A-RELEASE-RQ, and releases that nobody asked for."""

from __future__ import annotations

from scansim.wire import pdu as p
from scansim.wire.stream import Message
from tests.hostile.correct import PENDING, worklist_item
from tests.hostile.peers import Line, answer, behaviour, message, raw

AT = "A-RELEASE-RQ"
RELEASE = "association.release"
BAD_PDU = "association.pdu-well-formed"
NOTHING_BEHIND = "association.nothing-after-release"
ECHO = {"CommandField": 0x0030, "MessageID": 7, "AffectedSOPClassUID": "1.2.840.10008.1.1"}


@behaviour(AT, "echo", "FAIL", [RELEASE])
def does_not_answer_a_release(line: Line, _: object) -> None:
    line.silence()


@behaviour(AT, "echo", "FAIL", [RELEASE])
def closes_when_asked_for_release(line: Line, _: object) -> None:
    line.close()


@behaviour(AT, "echo", "FAIL", [RELEASE])
def resets_when_asked_for_release(line: Line, _: object) -> None:
    line.reset()


@behaviour(AT, "echo", "WARN")
def aborts_when_asked_for_release(line: Line, _: object) -> None:
    line.say(p.Abort(0, 0))
    line.close()


@behaviour(AT, "echo", "FAIL", [NOTHING_BEHIND])
def releases_and_aborts(line: Line, _: object) -> None:
    line.say(p.ReleaseRP(), p.Abort(0, 0))
    line.close()


@behaviour(AT, "echo", "FAIL", [NOTHING_BEHIND], may=["dimse.one-final-response"])
def releases_and_answers_once_more(line: Line, _: object) -> None:
    line.say(p.ReleaseRP(), message(1, {"CommandField": 0x8030, "MessageIDBeingRespondedTo": 1, "Status": 0}))
    line.listen()


@behaviour(AT, "echo", "FAIL", [NOTHING_BEHIND])
def releases_twice(line: Line, _: object) -> None:
    line.say(p.ReleaseRP(), p.ReleaseRP())
    line.listen()


@behaviour(AT, "echo", "FAIL|PASS", may=[NOTHING_BEHIND])
def releases_for_ever(line: Line, _: object) -> None:
    line.for_ever(p.ReleaseRP())


@behaviour(AT, "echo", "FAIL", may=[NOTHING_BEHIND, BAD_PDU], fails=[])
def releases_and_sends_noise(line: Line, _: object) -> None:
    line.say(p.ReleaseRP(), b"\xee" * 500)
    line.listen()


@behaviour(AT, "echo", "PASS")
def releases_and_never_closes(line: Line, _: object) -> None:
    line.say(p.ReleaseRP())
    line.peer.ending.wait()


@behaviour(AT, "echo", "FAIL", [RELEASE])
def asks_for_release_itself_and_answers_nothing(line: Line, _: object) -> None:
    line.say(p.ReleaseRQ())
    line.silence()


@behaviour(AT, "echo", "FAIL", may=[RELEASE, "dimse.operation-ends", "association.release-collision"], fails=[])
def asks_for_release_for_ever(line: Line, _: object) -> None:
    line.for_ever(p.ReleaseRQ())


@behaviour(AT, "echo", "FAIL", may=[RELEASE], fails=[])
def asks_for_release_now_and_then_for_ever(line: Line, _: object) -> None:
    line.for_ever(p.ReleaseRQ(), 0.1)


@behaviour(AT, "echo", "FAIL", [RELEASE], may=[BAD_PDU])
def asks_for_an_association_instead_of_release(line: Line, _: object) -> None:
    line.say(line.rq)
    line.silence()


@behaviour(AT, "echo", "FAIL", may=[RELEASE, BAD_PDU], fails=[])
def asks_for_associations_for_ever_instead_of_release(line: Line, _: object) -> None:
    line.for_ever(line.rq, 0.05)


@behaviour(AT, "echo", "FAIL", may=[RELEASE, BAD_PDU], fails=[])
def accepts_instead_of_release(line: Line, _: object) -> None:
    line.for_ever(line.ac(), 0.05)


@behaviour(AT, "echo", "FAIL", may=[RELEASE, "dimse.one-final-response"], fails=[])
def answers_messages_for_ever_instead_of_release(line: Line, _: object) -> None:
    line.for_ever(message(1, {"CommandField": 0x8030, "MessageIDBeingRespondedTo": 1, "Status": 0}), 0.01)


@behaviour(AT, "echo", "FAIL", [RELEASE])
def asks_for_echoes_instead_of_release(line: Line, _: object) -> None:
    line.for_ever(message(1, ECHO), 0.02)


@behaviour(AT, "echo", "FAIL", [BAD_PDU], may=[RELEASE])
def releases_without_a_body(line: Line, _: object) -> None:
    line.say(raw(6))
    line.silence()


@behaviour(AT, "echo", "FAIL", [BAD_PDU])
def releases_at_length(line: Line, _: object) -> None:
    line.say(raw(6, bytes(60_000)))
    line.silence()


@behaviour(AT, "echo", "FAIL", may=[BAD_PDU, RELEASE], fails=[])
def releases_half_and_is_silent(line: Line, _: object) -> None:
    line.say(p.encode(p.ReleaseRP())[:7])
    line.silence()


@behaviour(AT, "echo", "FAIL", may=[BAD_PDU, RELEASE], fails=[])
def releases_half_and_closes(line: Line, _: object) -> None:
    line.say(p.encode(p.ReleaseRP())[:7])
    line.close()


@behaviour(AT, "echo", "FAIL", may=[BAD_PDU, RELEASE], fails=[])
def releases_in_a_gibibyte(line: Line, _: object) -> None:
    line.say(raw(6, length=1 << 30))
    line.for_ever(bytes(1 << 16))


@behaviour(AT, "echo", "FAIL", may=[BAD_PDU, RELEASE], fails=[])
def answers_a_release_by_a_type_that_is_none(line: Line, _: object) -> None:
    line.say(raw(9, bytes(4)))
    line.silence()


@behaviour(AT, "echo", "PASS")
def releases_at_the_last_moment(line: Line, _: object) -> None:
    line.wait(0.25)
    line.say(p.ReleaseRP())


@behaviour("C-ECHO-RQ", "echo", "FAIL", may=["dimse.response-received", "dimse.operation-ends"], fails=[])
def asks_for_release_instead_of_answering(line: Line, _: object) -> None:
    line.say(p.ReleaseRQ())
    line.listen()


@behaviour("C-FIND-RQ", "worklist", "FAIL", may=["dimse.response-received"])
def asks_for_release_instead_of_the_final_response(line: Line, request: Message) -> None:
    line.say(answer(request, PENDING, worklist_item(line, request)), p.ReleaseRQ())
    line.listen()


@behaviour("C-STORE-RQ", "store", "FAIL|INCONCLUSIVE", may=["dimse.response-received"])
def asks_for_release_between_images(line: Line, request: Message) -> None:
    line.say(answer(request), p.ReleaseRQ())


@behaviour(
    "C-STORE-RQ",
    "store",
    "FAIL",
    may=["dimse.response-received", "dimse.operation-ends", RELEASE, NOTHING_BEHIND],
    fails=[],
)
def releases_what_nobody_asked_to(line: Line, _: object) -> None:
    line.say(p.ReleaseRP())
    line.listen()
