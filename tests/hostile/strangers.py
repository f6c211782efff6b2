"""Strangers at our listener: whatever they do, the target's report that comes meanwhile is taken."""

from __future__ import annotations

import contextlib
import os
import struct
from collections.abc import Callable

from scansim.vocabulary.uids import COMMITMENT, VERIFICATION
from scansim.wire import pdu as p
from scansim.wire.dataset import IMPLICIT_LITTLE
from scansim.wire.encoding import encode
from tests.hostile.calls import CONTEXT, Stage, stranger
from tests.hostile.peers import Gone, message, pdata, raw

MALFORMED = "association.stray-well-formed"
IDS = "association.proposed-ids"
ROOM = "association.room-for-answers"
SYNTAX = "association.default-syntax-proposed"
STRAY = "commitment.stray-transaction"
ROLE = "commitment.stray-role"
ECHO = {"CommandField": 0x0030, "MessageID": 7, "AffectedSOPClassUID": VERIFICATION}


# --- what never becomes an association --------------------------------------------------------------------------------


@stranger()
def connects_and_says_nothing(stage: Stage) -> None:
    stage.call().listen()


@stranger()
def connects_and_closes(stage: Stage) -> None:
    for _ in range(50):
        stage.call().close()


@stranger()
def connects_and_resets(stage: Stage) -> None:
    for _ in range(50):
        stage.call().reset()


@stranger()
def two_hundred_connections_that_say_nothing(stage: Stage) -> None:
    for _ in range(200):
        stage.call()


@stranger(may=[MALFORMED])
def sixty_connections_that_say_half_a_request(stage: Stage) -> None:
    half = p.encode(stage.request())[:60]
    for _ in range(60):
        stage.call().say(half)


def says(data: bytes) -> Callable[[Stage], None]:
    def act(stage: Stage) -> None:
        line = stage.call()
        line.say(data)
        line.silence()

    return act


for _case, _data in {
    "http": b"GET / HTTP/1.1\r\nHost: scanner\r\n\r\n",
    "tls": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
    "ssh": b"SSH-2.0-Go\r\n",
    "socks": b"\x05\x01\x00",
    "rdp": b"\x03\0\0\x13\x0e\xe0\0\0\0\0\0\x01\0\x08\0\x03\0\0\0",
}.items():
    stranger(may=[MALFORMED], name=f"speaks_{_case}")(says(_data))


@stranger(may=[MALFORMED])
def sends_noise(stage: Stage) -> None:
    line = stage.call()
    line.say(b"\xfa" + os.urandom(5000))
    line.silence()


@stranger(may=[MALFORMED], heavy=True)
def sends_noise_for_ever(stage: Stage) -> None:
    stage.call().for_ever(b"\xfa" * (1 << 16))


@stranger(may=[MALFORMED], heavy=True)
def promises_a_gibibyte_of_a_request(stage: Stage) -> None:
    line = stage.call()
    line.say(raw(1, length=1 << 30))
    line.for_ever(bytes(1 << 16))


@stranger(may=[MALFORMED])
def promises_four_gibibytes_of_a_request(stage: Stage) -> None:
    line = stage.call()
    line.say(raw(1, length=0xFFFFFFFF))
    line.for_ever(bytes(1 << 16))


@stranger(may=[MALFORMED])
def sends_its_request_a_byte_at_a_time(stage: Stage) -> None:
    stage.call().trickle(p.encode(stage.request(calling_ae="STRANGER")), 0.02)


@stranger(may=[MALFORMED])
def sends_a_request_without_a_body(stage: Stage) -> None:
    line = stage.call()
    line.say(raw(1))
    line.silence()


@stranger(may=[MALFORMED, IDS])
def proposes_nothing(stage: Stage) -> None:
    stage.associate(contexts=(), calling_ae="STRANGER").silence()


@stranger(may=[MALFORMED, IDS], heavy=True)
def proposes_twenty_thousand_contexts(stage: Stage) -> None:
    many = tuple(p.ProposedContext(index % 256, VERIFICATION, (IMPLICIT_LITTLE,)) for index in range(20_000))
    stage.associate(contexts=many, calling_ae="STRANGER").silence()


@stranger(may=[MALFORMED])
def proposes_with_items_without_number(stage: Stage) -> None:
    body = p.encode(stage.request(calling_ae="STRANGER"))[6:]
    line = stage.call()
    line.say(raw(1, body[:68] + b"\x77\0\0\0" * 50_000 + body[68:]))
    line.silence()


@stranger(may=[IDS])
def proposes_the_same_number_twice(stage: Stage) -> None:
    stage.associate(contexts=(CONTEXT, CONTEXT), calling_ae="STRANGER").silence()


@stranger(may=[IDS, MALFORMED])
def proposes_even_numbers(stage: Stage) -> None:
    stage.associate(contexts=(p.ProposedContext(2, COMMITMENT, (IMPLICIT_LITTLE,)),), calling_ae="STRANGER").silence()


@stranger()
def calls_somebody_else(stage: Stage) -> None:
    stage.associate(called_ae="SOMEBODYELSE", calling_ae="STRANGER").silence()


@stranger(may=[MALFORMED])
def calls_itself_by_escapes_and_paths(stage: Stage) -> None:
    stage.associate(calling_ae="\x1b[2J../../etc", called_ae="SCANPROOF").silence()


@stranger()
def speaks_another_version(stage: Stage) -> None:
    stage.associate(protocol_version=2, calling_ae="STRANGER").silence()


@stranger(may=[SYNTAX])
def proposes_what_we_are_not_there_for(stage: Stage) -> None:
    line = stage.associate(
        contexts=(p.ProposedContext(1, "1.2.840.10008.5.1.4.1.1.2", ("1.2.840.10008.1.2.4.90",)),), calling_ae="STORAGE"
    )
    line.silence()


@stranger(may=[MALFORMED])
def answers_where_nobody_asked(stage: Stage) -> None:
    line = stage.call()
    line.say(p.AssociateAC("SCANPROOF", "STRANGER", ()))
    line.silence()


@stranger()
def aborts_at_once(stage: Stage) -> None:
    for _ in range(30):
        line = stage.call()
        line.say(p.Abort(0, 0))


# --- associations that bring nothing ----------------------------------------------------------------------------------


@stranger()
def associates_and_is_silent(stage: Stage) -> None:
    stage.associate(calling_ae="STRANGER").silence()


@stranger()
def thirty_associations_that_are_silent(stage: Stage) -> None:
    for number in range(30):
        line = stage.call()
        line.say(stage.request(calling_ae=f"STRANGER{number}"))


@stranger(verdict="PASS|INCONCLUSIVE")
def thirty_associations_under_the_targets_name(stage: Stage) -> None:
    for _ in range(30):
        stage.call().say(stage.request())


STORE = {
    "CommandField": 0x0001,
    "MessageID": 9,
    "AffectedSOPClassUID": "1.2.840.10008.5.1.4.1.1.2",
    "AffectedSOPInstanceUID": "2.25.666",
    "Priority": 0,
}


@stranger()
def sends_images_while_nobody_waits_for_any(stage: Stage) -> None:
    """Storage is not accepted then; it sends one all the same, on a context that is there, and on one that is not."""
    wanted = p.ProposedContext(5, "1.2.840.10008.5.1.4.1.1.2", (IMPLICIT_LITTLE,))
    for context_id in (5, 3, 1):
        line = stage.associate(contexts=(CONTEXT, wanted), calling_ae="STORAGE")
        line.say(message(context_id, STORE, bytes(4096)))
        line.silence()


@stranger()
def asks_for_an_echo_for_ever(stage: Stage) -> None:
    line = stage.associate(calling_ae="STRANGER")
    while True:
        line.say(message(3, ECHO))
        line.hear()


@stranger(heavy=True)
def asks_for_echoes_and_reads_no_answer(stage: Stage) -> None:
    line = stage.associate(calling_ae="STRANGER")
    line.for_ever(message(3, ECHO) * 100)


@stranger(may=[MALFORMED])
def associates_twice_on_one_connection(stage: Stage) -> None:
    line = stage.associate(calling_ae="STRANGER")
    line.for_ever(stage.request(calling_ae="STRANGER"), 0.02)


@stranger()
def asks_to_store(stage: Stage) -> None:
    line = stage.associate(calling_ae="STRANGER")
    line.say(message(1, {"CommandField": 1, "MessageID": 1, "AffectedSOPClassUID": "1.2"}, bytes(4000)))
    line.silence()


@stranger(may=[MALFORMED], heavy=True)
def a_command_set_of_a_stranger_without_end(stage: Stage) -> None:
    line = stage.associate(calling_ae="STRANGER")
    line.for_ever(pdata(1, True, bytes(16_000), whole=False))


@stranger(may=[MALFORMED, STRAY])
def a_report_without_end(stage: Stage) -> None:
    line = stage.associate(calling_ae="STRANGER")
    line.say(stage.report()[:140])
    line.for_ever(pdata(1, False, bytes(16_000), whole=False))


@stranger(may=[MALFORMED])
def empty_fragments_for_ever(stage: Stage) -> None:
    stage.associate(calling_ae="STRANGER").for_ever(p.PData((p.PDV(1, True, False, b""),)))


@stranger(may=[MALFORMED])
def pdus_of_no_length_for_ever(stage: Stage) -> None:
    stage.associate(calling_ae="STRANGER").for_ever(b"\x04\0\0\0\0\0" * 100)


@stranger(may=[MALFORMED])
def stops_in_the_middle_of_a_pdu(stage: Stage) -> None:
    line = stage.associate(calling_ae="STRANGER")
    line.say(struct.pack(">BxI", 4, 9999) + bytes(100))
    line.silence()


@stranger()
def asks_for_release_and_never_closes(stage: Stage) -> None:
    line = stage.associate(calling_ae="STRANGER")
    line.say(p.ReleaseRQ())
    stage.ending.wait()


@stranger()
def asks_for_release_for_ever(stage: Stage) -> None:
    stage.associate(calling_ae="STRANGER").for_ever(p.ReleaseRQ())


@stranger(may=[ROOM])
def leaves_no_room_for_an_answer(stage: Stage) -> None:
    user = p.UserInformation(3, "1.2.3")
    line = stage.associate(calling_ae="STRANGER", user=user)
    line.say(message(3, ECHO))
    line.silence()


# --- reports of others ------------------------------------------------------------------------------------------------


def other(stage: Stage, transaction: str) -> bytes:
    content = stage.content.__class__()
    content.TransactionUID = transaction
    return encode(content, IMPLICIT_LITTLE)


@stranger(may=[STRAY, ROLE])
def reports_on_another_transaction(stage: Stage) -> None:
    line = stage.associate(calling_ae="ARCHIVE2")
    line.say(stage.report(dataset=other(stage, "1.2.3.4")))
    line.hear()
    line.silence()


@stranger(may=[STRAY, ROLE])
def reports_on_other_transactions_for_ever(stage: Stage) -> None:
    line = stage.associate(calling_ae="ARCHIVE2")
    for number in range(1_000_000):
        line.say(stage.report(number % 60_000 + 1, dataset=other(stage, f"1.2.3.{number}")))
        line.hear()


@stranger(may=[STRAY, ROLE])
def reports_on_a_path(stage: Stage) -> None:
    line = stage.associate(calling_ae="ARCHIVE2")
    line.say(stage.report(dataset=other(stage, "../../../../tmp/x")))
    line.silence()


@stranger(may=[STRAY, ROLE])
def reports_in_noise(stage: Stage) -> None:
    line = stage.associate(calling_ae="ARCHIVE2")
    line.say(stage.report(dataset=b"\xee" * 3000))
    line.silence()


@stranger(may=[STRAY, ROLE])
def reports_without_a_role(stage: Stage) -> None:
    line = stage.associate(calling_ae="ARCHIVE2", user=p.UserInformation(16384, "1.2.3.4"))
    line.say(stage.report(dataset=other(stage, "1.2.3.5")))
    line.silence()


@stranger(may=[STRAY, ROLE])
def reports_on_a_sequence_a_thousand_deep(stage: Stage) -> None:
    opening = struct.pack("<HHI", 8, 0x1199, 0xFFFFFFFF) + struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF)
    line = stage.associate(calling_ae="ARCHIVE2")
    line.say(stage.report(dataset=opening * 1000))
    line.silence()


@stranger(may=[STRAY, ROLE, IDS])
def reports_on_a_context_that_is_none(stage: Stage) -> None:
    line = stage.associate(calling_ae="ARCHIVE2")
    line.say(stage.report(context=99, dataset=other(stage, "1.2.3.6")))
    line.silence()


@stranger(may=[STRAY, ROLE])
def many_reporters_at_once(stage: Stage) -> None:
    for number in range(12):
        with contextlib.suppress(Gone):
            line = stage.call()
            line.say(stage.request(calling_ae=f"ARCHIVE{number}"))
            line.say(stage.report(dataset=other(stage, f"1.2.3.{number}")))
