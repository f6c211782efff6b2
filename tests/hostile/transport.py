"""What a peer does to a connection, and ports on which something else listens."""

from __future__ import annotations

import os
import socket
import struct

from scansim.wire import pdu as p
from scansim.wire.stream import Message
from tests.hostile.peers import Act, Line, answer, behaviour, message, raw, variants

OPENED = "connect"
RQ = "A-ASSOCIATE-RQ"
ANSWERED = "dimse.response-received"


# --- other protocols --------------------------------------------------------------------------------------------------


def greets_as(banner: bytes) -> Act:
    def act(line: Line, _: object) -> None:
        line.say(banner)
        line.silence()

    return act


variants(
    OPENED, "echo", "INCONCLUSIVE", [], greets_as,
    ssh=b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n",
    smtp=b"220 mail.hostile.example ESMTP Postfix\r\n",
    ftp=b"220 (vsFTPd 3.0.3)\r\n",
    mysql=b"J\0\0\0\n8.0.36\0\x0b\0\0\0abcdefgh\0",
)  # fmt: skip


def answers_as(reply: bytes) -> Act:
    def act(line: Line, _: object) -> None:
        line.say(reply)
        line.close()

    return act


variants(
    RQ, "echo", "INCONCLUSIVE", [], answers_as,
    http=b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\nContent-Length: 0\r\n\r\n",
    tls=b"\x15\x03\x03\0\x02\x02\x46",
    redis=b"-ERR unknown command\r\n",
    hl7=b"\x0bMSH|^~\\&|RIS|HOSTILE|||20260304||ACK|1|P|2.5\rMSA|AR|1\r\x1c\r",
    ldap=b"0\x0c\x02\x01\x01a\x07\x0a\x01\x02\x04\0\x04\0",
)  # fmt: skip


@behaviour(OPENED, "echo", "FAIL|INCONCLUSIVE", may=["association.answered-properly"])
def sends_back_what_it_reads(line: Line, _: object) -> None:
    while True:
        line.say(line.read())


@behaviour(OPENED, "echo", "INCONCLUSIVE")
def generates_characters_for_ever(line: Line, _: object) -> None:
    line.for_ever(bytes(range(32, 127)) * 700)


@behaviour(RQ, "echo", "INCONCLUSIVE")
def answers_in_zeros_for_ever(line: Line, _: object) -> None:
    line.for_ever(bytes(1 << 15))


@behaviour(RQ, "echo", "INCONCLUSIVE", may=["association.answered-properly", "association.pdu-well-formed"])
def answers_in_noise(line: Line, _: object) -> None:
    line.say(b"\xf0" + os.urandom(4000))
    line.listen()


# --- the connection ---------------------------------------------------------------------------------------------------


@behaviour(OPENED, "echo", "INCONCLUSIVE")
def resets_at_once(line: Line, _: object) -> None:
    line.reset()


@behaviour(OPENED, "echo", "INCONCLUSIVE")
def closes_at_once(line: Line, _: object) -> None:
    line.close()


@behaviour(OPENED, "store", "INCONCLUSIVE")
def takes_the_connection_and_reads_nothing(line: Line, _: object) -> None:
    line.peer.ending.wait()


@behaviour(OPENED, "echo", "INCONCLUSIVE")
def aborts_before_anything_is_asked(line: Line, _: object) -> None:
    line.say(p.Abort(2, 2))
    line.listen()


@behaviour(OPENED, "echo", "FAIL", ["association.implementation-class-uid"])
def accepts_before_anything_is_asked(line: Line, _: object) -> None:
    line.say(p.AssociateAC("SCANPROOF", "HOSTILE", (p.ContextResult(1, 0, "1.2.840.10008.1.2.1"),)))
    line.hear()


@behaviour(OPENED, "echo", "FAIL", ["association.answered-properly"])
def asks_for_an_association_on_ours(line: Line, _: object) -> None:
    line.say(
        p.AssociateRQ("SCANPROOF", "HOSTILE", (p.ProposedContext(1, "1.2.840.10008.1.1", ("1.2.840.10008.1.2",)),))
    )
    line.listen()


@behaviour("C-ECHO-RQ", "echo", "FAIL", [ANSWERED])
def closes_instead_of_answering(line: Line, _: object) -> None:
    line.close()


@behaviour("C-ECHO-RQ", "echo", "FAIL", [ANSWERED])
def resets_instead_of_answering(line: Line, _: object) -> None:
    line.reset()


@behaviour("C-FIND-RQ", "worklist", "FAIL", [ANSWERED])
def closes_its_half_and_reads_on(line: Line, _: object) -> None:
    line.sock.shutdown(socket.SHUT_WR)
    line.listen()


@behaviour(RQ, "store", "FAIL|INCONCLUSIVE", may=[ANSWERED])
def closes_right_behind_its_acceptance(line: Line, _: object) -> None:
    line.say(line.ac())
    line.close()


@behaviour(RQ, "store", "FAIL|INCONCLUSIVE", may=[ANSWERED])
def resets_right_behind_its_acceptance(line: Line, _: object) -> None:
    line.say(line.ac())
    line.reset()


@behaviour(RQ, "store", "FAIL", [ANSWERED], may=["association.release"])
def reads_nothing_once_it_has_accepted(line: Line, _: object) -> None:
    line.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    line.say(line.ac())
    line.peer.ending.wait()


@behaviour(RQ, "store", "FAIL", may=[ANSWERED, "dimse.operation-ends", "association.release"])
def reads_a_kilobyte_a_second(line: Line, _: object) -> None:
    line.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    line.say(line.ac())
    while True:
        line.read(1024)
        line.wait(1)


@behaviour(RQ, "store", "FAIL", may=[ANSWERED, "dimse.operation-ends", "association.release"])
def reads_a_byte_at_a_time(line: Line, _: object) -> None:
    line.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    line.say(line.ac())
    while True:
        line.read(1)
        line.wait(0.01)


@behaviour(RQ, "store", "FAIL", [ANSWERED])
def closes_in_the_middle_of_an_image(line: Line, _: object) -> None:
    line.say(line.ac())
    line.read(1 << 12)
    line.close()


@behaviour(RQ, "store", "FAIL", may=[ANSWERED], fails=[])
def resets_in_the_middle_of_an_image(line: Line, _: object) -> None:
    line.say(line.ac())
    line.read(1 << 12)
    line.reset()


@behaviour(RQ, "store", "FAIL", ["association.no-abort"], may=[ANSWERED])
def aborts_in_the_middle_of_an_image(line: Line, _: object) -> None:
    line.say(line.ac())
    line.read(1 << 12)
    line.say(p.Abort(2, 6))
    line.listen()


@behaviour(RQ, "store", "FAIL|INCONCLUSIVE", may=[ANSWERED, "association.no-abort"])
def asks_for_release_in_the_middle_of_an_image(line: Line, _: object) -> None:
    line.say(line.ac())
    line.read(1 << 12)
    line.say(p.ReleaseRQ())
    line.listen()


@behaviour(
    RQ,
    "store",
    "FAIL|INCONCLUSIVE",
    may=[ANSWERED, "dimse.operation-ends", "dimse.command-field", "dimse.status-legal"],
)
def floods_while_an_image_comes_in(line: Line, _: object) -> None:
    line.say(line.ac())
    line.for_ever(message(1, {"CommandField": 0x8030, "MessageIDBeingRespondedTo": 1, "Status": 0xFF00}))


@behaviour("C-ECHO-RQ", "echo", "FAIL", may=["association.pdu-well-formed", "association.closed-with-a-word"], fails=[])
def answers_and_sends_noise_behind_it(line: Line, request: Message) -> None:
    line.say(answer(request), b"\xff" * 300)


@behaviour("C-ECHO-RQ", "echo", "FAIL|WARN", may=["association.release"])
def answers_and_closes(line: Line, request: Message) -> None:
    line.say(answer(request))
    line.close()


@behaviour("C-ECHO-RQ", "echo", "FAIL|WARN", may=["association.release"])
def answers_and_resets(line: Line, request: Message) -> None:
    line.say(answer(request))
    line.wait(0.02)
    line.reset()


@behaviour("C-ECHO-RQ", "echo", "PASS")
def answers_a_byte_at_a_time(line: Line, request: Message) -> None:
    line.trickle(answer(request), 0.0)


@behaviour(
    "C-ECHO-RQ", "echo", "FAIL|INCONCLUSIVE", may=[ANSWERED, "association.pdu-well-formed", "association.release"]
)
def answers_a_byte_at_a_time_and_never_whole(line: Line, request: Message) -> None:
    line.trickle(answer(request)[:-1], 0.05)
    line.silence()


@behaviour(
    "C-FIND-RQ", "worklist", "FAIL", may=[ANSWERED, "dimse.operation-ends", "association.pdu-length-limit"], heavy=True
)
def promises_a_gibibyte_and_sends_it(line: Line, _: object) -> None:
    line.say(raw(4, length=1 << 30), struct.pack(">IBB", (1 << 30) - 4, 1, 3))
    line.for_ever(bytes(1 << 16))


@behaviour("C-FIND-RQ", "worklist", "FAIL", may=[ANSWERED, "association.pdu-well-formed"], fails=[])
def promises_four_gibibytes(line: Line, _: object) -> None:
    line.say(raw(4, b"\0\0\0\x04\x01\x03", length=0xFFFFFFFF))
    line.listen()


@behaviour(OPENED, "echo", "INCONCLUSIVE")
def fills_the_line_while_it_takes_nothing(line: Line, _: object) -> None:
    line.for_ever(b"\0" * 4096)


@behaviour("C-STORE-RQ", "store", "FAIL", [ANSWERED])
def dies_behind_the_first_image(line: Line, request: Message) -> None:
    line.say(answer(request))
    line.peer.end()
