"""The reference target and strange, broken and hostile clients: each gets its answer, and nobody else suffers."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset

from scansim.wire import pdu as p
from tests.support.raw_client import (
    Raw,
    associated,
    command,
    connected,
    items_of,
    pdata,
    raw_request,
    request,
)
from tests.support.reference_client import (
    COMMITMENT,
    CT,
    IMPLICIT,
    MPPS,
    STUDY_FIND,
    STUDY_MOVE,
    VERIFICATION,
    WORKLIST,
    Scu,
    encode,
    instance,
)

ARTIM = 0.4  # s
DEFLATED = "1.2.840.10008.1.2.1.99"
MEMORY = 300 << 20  # bytes that the target never needs, whatever it is sent
LONGEST = 64 << 20  # bytes that it stores

ABORTED, UNRECOGNIZED, UNEXPECTED, INVALID = p.Abort(0, 0), p.Abort(2, 1), p.Abort(2, 2), p.Abort(2, 6)
REJECTED = p.AssociateRJ(1, 2, 1)
ECHO = command("C-ECHO-RQ")


@dataclass
class Target:
    """A reference target in a process of its own, with all that it writes to standard error."""

    port: int
    pid: int
    errors: Path

    def memory(self) -> int:
        """The most memory that it has had, in bytes."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) * 1024


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    folder = tmp_path_factory.mktemp("strange")
    errors = folder / "errors"
    argv = [sys.executable, "-m", "scansim.reference", "--exit-with-parent", "--folder", str(folder / "target")]
    argv += ["--artim", str(ARTIM), "--longest", str(LONGEST), "--commitment", "same", "--delay", "0"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    with errors.open("wb") as file:
        process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=file, env=environment, bufsize=0
        )
    try:
        assert process.stdout is not None
        line = process.stdout.readline().decode()
        yield Target(int(line.split()[0].rpartition(":")[2]), process.pid, errors)
    finally:
        process.terminate()
        assert process.wait(5) == 0
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


@pytest.fixture(autouse=True)
def _unharmed(running: Target) -> Iterator[None]:
    """After each of them another client is served, and nothing broke down, with a traceback or without."""
    before = running.errors.stat().st_size
    with Scu(running.port) as bystander:
        yield
        assert bystander.echo() == 0
    written = running.errors.read_bytes()[before:].decode()
    assert written == ""
    assert running.memory() < MEMORY


# --- before there is an association -----------------------------------------------------------------------------------


@pytest.mark.parametrize("sent", [b"", b"\x01", p.encode(request())[:40], p.encode(request())[:-1]])
def test_who_says_nothing_or_half_of_it_is_cut_off(running: Target, sent: bytes) -> None:
    with connected(running.port) as raw:
        raw.send(sent)
        assert raw.pdu() is None
        assert raw.closed


def test_who_says_it_byte_by_byte_is_cut_off(running: Target) -> None:
    with connected(running.port) as raw:
        began = time.monotonic()
        raw.sock.settimeout(0.02)
        for byte in p.encode(request()):
            raw.send(bytes((byte,)))
            try:
                if not raw.sock.recv(1):
                    break
            except TimeoutError:
                pass
            except ConnectionError:
                break
        assert ARTIM / 2 < time.monotonic() - began < ARTIM + 1


@pytest.mark.parametrize(
    "sent",
    [
        pdata((1, 3, ECHO)),
        p.encode(p.ReleaseRQ()),
        p.encode(p.ReleaseRP()),
        p.encode(p.AssociateAC("REFERENCE", "STRANGER", (p.ContextResult(1, 0, IMPLICIT),))),
        p.encode(p.AssociateRJ(1, 1, 1)),
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
        struct.pack(">BxI", 0x0B, 4) + bytes(4),
        struct.pack(">BxI", 0x01, 1 << 30) + bytes(1000),
        struct.pack(">BxI", 0x01, 10) + bytes(10),
        struct.pack(">BxI", 0x01, 0),
    ],
    ids=["p-data", "release-rq", "release-rp", "ac", "rj", "http", "tls", "type 0B", "2^30", "short", "empty"],
)
def test_what_is_no_request_for_an_association_is_aborted(running: Target, sent: bytes) -> None:
    """State 2: action AA-1, whose source is the service user (PS3.8 Table 9-9, 9-10)."""
    with connected(running.port) as raw:
        raw.send(sent)
        assert raw.pdu() == ABORTED


def test_an_abort_before_anything_ends_it(running: Target) -> None:
    with connected(running.port) as raw:
        raw.send(p.encode(p.Abort(1, 77)))
        assert raw.pdu() is None
        assert raw.ended() < ARTIM


def _ids(*numbers: int) -> p.AssociateRQ:
    return request(contexts=tuple(p.ProposedContext(number, VERIFICATION, (IMPLICIT,)) for number in numbers))


CONTEXT, USER_INFORMATION, NAME = items_of(request())[1], items_of(request())[2], items_of(request())[0]
NO_ABSTRACT = p.encode_item(0x20, b"\1\0\0\0" + p.encode_item(0x40, IMPLICIT.encode()))
NO_SYNTAX = p.encode_item(0x20, b"\1\0\0\0" + p.encode_item(0x30, VERIFICATION.encode()))
TWO_ABSTRACT = p.encode_item(0x20, CONTEXT[4:8] + p.encode_item(0x30, CT.encode()) + CONTEXT[8:])
RESULT = p.encode_item(0x21, b"\1\0\0\0" + p.encode_item(0x40, IMPLICIT.encode()))


@pytest.mark.parametrize(
    "sent",
    [
        p.encode(_ids(2)),
        p.encode(_ids(1, 2, 3)),
        p.encode(_ids(0)),
        p.encode(_ids(1, 1)),
        p.encode(_ids(*range(1, 256, 2), 1)),
        p.encode(_ids()),
        raw_request(NAME, CONTEXT),
        raw_request(CONTEXT, USER_INFORMATION),
        raw_request(NAME, USER_INFORMATION),
        raw_request(),
        raw_request(NAME, NAME, CONTEXT, USER_INFORMATION),
        raw_request(NAME, CONTEXT, USER_INFORMATION, USER_INFORMATION),
        raw_request(NAME, NO_ABSTRACT, USER_INFORMATION),
        raw_request(NAME, NO_SYNTAX, USER_INFORMATION),
        raw_request(NAME, TWO_ABSTRACT, USER_INFORMATION),
        raw_request(NAME, RESULT, USER_INFORMATION),
        raw_request(NAME, CONTEXT, RESULT, USER_INFORMATION),
        p.encode(request(user=p.UserInformation(4, "2.25.1"))),
    ],
    ids=[
        *("even ID", "even among odd", "ID 0", "doubled ID", "129 contexts", "no context", "no user information"),
        *("no application context", "no presentation context", "no item", "two application contexts"),
        *("two user informations", "no abstract syntax", "no transfer syntax", "two abstract syntaxes"),
        *("result for context", "result too", "no room for a fragment"),
    ],
)
def test_a_request_that_is_not_as_it_has_to_be_is_rejected(running: Target, sent: bytes) -> None:
    """Action AE-6: not acceptable to the service provider (PS3.8 Table 9-6); the client may try again at once."""
    with connected(running.port) as raw:
        raw.send(sent)
        assert raw.pdu() == REJECTED


@pytest.mark.parametrize(
    ("rq", "reason"),
    [(request(called_ae=""), 7), (request(calling_ae=""), 3), (request(application_context="1.2.3"), 2)],
)
def test_who_has_no_name_is_not_known(running: Target, rq: p.AssociateRQ, reason: int) -> None:
    """Sixteen blanks are not to be used for a title (PS3.8 Table 9-11)."""
    with connected(running.port) as raw:
        assert raw.associate(rq) == p.AssociateRJ(1, 1, reason)


@pytest.mark.parametrize(
    "items",
    [
        (NAME, CONTEXT, USER_INFORMATION[:-3]),
        (NAME, CONTEXT[:2] + struct.pack(">H", 0xFFFF) + CONTEXT[4:], USER_INFORMATION),
        (NAME, CONTEXT, USER_INFORMATION, b"\x50\0"),
        (NAME, p.encode_item(0x20, b"\1"), USER_INFORMATION),
        (NAME, p.encode_item(0x20, CONTEXT[4:8] + b"\x30\0\xff\xff1.2"), USER_INFORMATION),
        (NAME, CONTEXT, p.encode_item(0x50, p.encode_item(0x51, b"\0\1"))),
        (NAME, CONTEXT, p.encode_item(0x50, USER_INFORMATION[4:] + p.encode_item(0x54, b"\0\xff1.2"))),
        (NAME, CONTEXT, p.encode_item(0x50, USER_INFORMATION[4:] + p.encode_item(0x58, b"\1"))),
        (NAME, CONTEXT, p.encode_item(0x50, USER_INFORMATION[4:] + p.encode_item(0x53, b""))),
    ],
    ids=["cut", "false length", "half a header", "no ID", "sub-item", "max length", "role", "identity", "window"],
)
def test_a_request_that_cannot_be_read_is_aborted(running: Target, items: tuple[bytes, ...]) -> None:
    with connected(running.port) as raw:
        raw.send(raw_request(*items))
        assert raw.pdu() == ABORTED


def _user(*items: bytes) -> bytes:
    return raw_request(NAME, CONTEXT, p.encode_item(0x50, USER_INFORMATION[4:] + b"".join(items)))


@pytest.mark.parametrize(
    "sent",
    [
        raw_request(NAME, CONTEXT, USER_INFORMATION, p.encode_item(0x7F, b"what is this")),
        _user(p.encode_item(0x5F, b"or this"), p.encode_item(0x00, b"")),
        raw_request(USER_INFORMATION, CONTEXT, NAME),
        raw_request(NAME, CONTEXT, p.encode_item(0x50, b"")),
        _user(p.encode_item(0x52, b"1.2.3")),
        _user(p.encode_item(0x56, struct.pack(">H", len(STUDY_FIND)) + STUDY_FIND.encode() + b"\1")),
        p.encode(request(protocol_version=0xFFFF)),
        p.encode(request(reserved=b"\xff" * 32)),
        p.encode(request(user=p.UserInformation(0, "2.25.1"))),
        p.encode(_ids(*range(1, 256, 2))),
        p.encode(_ids(255, 1, 7)),
    ],
    ids=[
        *("item 7F", "sub-items 5F and 00", "order", "empty user information", "two versions", "extended"),
        *("protocol FFFF", "reserved", "unlimited", "128 contexts", "any order"),
    ],
)
def test_what_is_odd_and_does_no_harm_is_taken(running: Target, sent: bytes) -> None:
    with connected(running.port) as raw:
        raw.send(sent)
        answer = raw.pdu()
        assert isinstance(answer, p.AssociateAC)
        assert raw.ask(answer.contexts[0].context_id, ECHO) == 0
        raw.send(p.encode(p.ReleaseRQ()))
        assert raw.pdu() == p.ReleaseRP()


@pytest.mark.parametrize(
    "rq",
    [
        request(contexts=(p.ProposedContext(1, "not a UID" * 9, (IMPLICIT,)),)),
        request(contexts=(p.ProposedContext(1, VERIFICATION, ("", "x" * 70)),)),
        request(user=p.UserInformation(16384, "9" * 80, "a version of more than 16 characters")),
        request(user=p.UserInformation(16384, "2.25.1", None, (p.RoleSelection(VERIFICATION, 7, 9),), (65535, 0))),
        request(user=p.UserInformation(16384, "2.25.1", other=((0x58, b"\x09\x09\0\2me\0\0"),))),
        request(called_ae="\xff\xfe", calling_ae="\1\2\3"),
        request(called_ae=""),
    ],
    ids=["abstract syntax", "transfer syntax", "version", "roles", "identity", "titles", "no called title"],
)
def test_whatever_values_a_request_has_it_is_answered(running: Target, rq: p.AssociateRQ) -> None:
    with connected(running.port) as raw:
        assert isinstance(raw.associate(rq), p.AssociateAC | p.AssociateRJ)


# --- PDUs on an association -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (struct.pack(">BxI", 0x0B, 4) + bytes(4), UNRECOGNIZED),
        (b"GET / HTTP/1.1\r\n\r\n", UNRECOGNIZED),
        (p.encode(request()), UNEXPECTED),
        (p.encode(p.AssociateAC("REFERENCE", "STRANGER", (p.ContextResult(1, 0, IMPLICIT),))), UNEXPECTED),
        (p.encode(p.AssociateRJ(1, 1, 1)), UNEXPECTED),
        (p.encode(p.ReleaseRP()), UNEXPECTED),
        (struct.pack(">BxI", 0x05, 0), INVALID),
        (struct.pack(">BxI", 0x05, 1 << 30) + bytes(100), INVALID),
        (struct.pack(">BxI", 0x04, 1 << 30) + bytes(100_000), INVALID),
        (struct.pack(">BxI", 0x04, 0xFFFFFFFF) + bytes(100_000), INVALID),
        (struct.pack(">BxI", 0x04, 131074) + bytes(131074), INVALID),
        (struct.pack(">BxI", 0x04, 0), INVALID),
        (struct.pack(">BxI", 0x04, 3) + bytes(3), INVALID),
        (struct.pack(">BxIIBB", 0x04, 6, 1, 1, 3), INVALID),
        (struct.pack(">BxIIBB", 0x04, 6, 0, 1, 3), INVALID),
        (struct.pack(">BxIIBB", 0x04, 6, 100, 1, 3), INVALID),
        (struct.pack(">BxIIBB", 0x04, 6, 0xFFFFFFFF, 1, 3), INVALID),
        (pdata((3, 3, ECHO)), INVALID),
        (pdata((2, 3, ECHO)), INVALID),
        (pdata((1, 1, ECHO[:10]), (3, 3, ECHO[10:])), INVALID),
    ],
    ids=[
        *("type 0B", "http", "rq", "ac", "rj", "release-rp", "empty release", "long release", "2^30", "2^32"),
        *("above the maximum length", "no PDV", "3 bytes", "PDV of 1", "PDV of 0", "PDV beyond", "PDV of 2^32"),
        *("context not accepted", "context not proposed", "context changes"),
    ],
)
def test_what_is_no_pdu_here_is_aborted(running: Target, sent: bytes, expected: p.Abort) -> None:
    """Action AA-8: source 2, with the reason that Table 9-26 has for it."""
    with associated(running.port) as raw:
        raw.send(sent)
        assert raw.pdu() == expected


@pytest.mark.parametrize("source", [0, 1, 2, 255])
def test_any_abort_ends_it(running: Target, source: int) -> None:
    with associated(running.port) as raw:
        raw.send(p.encode(p.Abort(source, 200)))
        assert raw.pdu() is None
        assert raw.ended() < ARTIM


@pytest.mark.parametrize("sent", [p.encode(_ids(2)), bytes(8), p.encode(request(called_ae="NOBODY"))])
def test_who_does_not_close_is_cut_off(running: Target, sent: bytes) -> None:
    """The receiver of A-ABORT and A-ASSOCIATE-RJ closes; ARTIM is how long it has (PS3.8 9.1.5)."""
    with connected(running.port) as raw:
        raw.send(sent)
        assert isinstance(raw.pdu(), p.AssociateRJ | p.Abort)
        assert ARTIM / 2 < raw.ended() < ARTIM + 1


def test_after_the_release_a_peer_has_time_to_close(running: Target) -> None:
    with associated(running.port) as raw:
        raw.send(p.encode(p.ReleaseRQ()))
        assert raw.pdu() == p.ReleaseRP()
        raw.send(pdata((1, 3, ECHO)) + p.encode(p.ReleaseRQ()))  # ignored, action AA-6
        raw.send(p.encode(request()))
        assert raw.pdu() == UNEXPECTED  # action AA-7
        assert ARTIM / 2 < raw.ended() < ARTIM + 1


def test_data_behind_the_release_are_too_late(running: Target) -> None:
    with associated(running.port) as raw:
        raw.send(p.encode(p.ReleaseRQ()) + pdata((1, 3, ECHO)))
        assert raw.pdu() in (p.ReleaseRP(), UNEXPECTED)
        assert raw.ended() < ARTIM + 1


def test_who_goes_on_sending_after_an_abort_is_cut_off(running: Target) -> None:
    with associated(running.port) as raw:
        raw.send(b"\x99" * 100_000)
        assert raw.pdu() == UNRECOGNIZED
        began = time.monotonic()
        try:
            while time.monotonic() - began < ARTIM + 2:
                raw.sock.sendall(bytes(1 << 18))
        except ConnectionError:
            pass
        assert time.monotonic() - began < ARTIM + 1


# --- messages ---------------------------------------------------------------------------------------------------------


def _with(name: str, tag: int, value: bytes) -> bytes:
    """A command set with one more element of group 0000 at its end."""
    body = command(name)[12:] + struct.pack("<HHI", tag >> 16, tag & 0xFFFF, len(value)) + value
    return struct.pack("<HHII", 0, 0, 4, len(body)) + body


STORE = command("C-STORE-RQ", CT, True, AffectedSOPInstanceUID="2.25.9", Priority=0)


@pytest.mark.parametrize(
    "sent",
    [
        pdata((1, 3, b"")),
        pdata((1, 3, b"\xff" * 50)),
        pdata((1, 3, ECHO[:-3])),
        pdata((1, 3, command("C-ECHO-RQ", CommandField=None))),
        pdata((1, 3, command("C-ECHO-RQ", CommandField=0x7777))),
        pdata((1, 3, command("C-ECHO-RQ", CommandField=0xFFFF))),
        pdata((1, 3, command("C-ECHO-RQ", MessageID=None))),
        pdata((1, 3, command("C-ECHO-RQ", CommandDataSetType=None))),
        pdata((1, 3, command("C-ECHO-RSP", MessageIDBeingRespondedTo=77, Status=0))),
        pdata((1, 3, command("C-ECHO-RSP", Status=0))),
        pdata((1, 3, command("C-STORE-RSP", MessageIDBeingRespondedTo=0, Status=0, MessageID=None))),
        pdata((1, 2, b"data")),
        pdata((1, 0, b"data")),
        pdata((1, 3, ECHO), (1, 2, b"data")),
        pdata((1, 3, STORE), (1, 3, ECHO)),
        pdata((1, 1, ECHO[:20]), (1, 2, b"data")),
    ],
    ids=[
        *("nothing", "FF", "cut", "no field", "field 7777", "field FFFF", "no Message ID", "no data set type"),
        *("response nobody asked for", "response to nothing", "response to 0", "data set alone"),
        *("data set alone, open", "data set not announced", "data set does not come", "data set in a command"),
    ],
)
def test_what_is_no_message_is_aborted(running: Target, sent: bytes) -> None:
    with associated(running.port) as raw:
        raw.send(sent)
        while (message := raw.message()) is not None:
            assert message.command.status == 0  # of what was right before
        assert raw.pdu() == ABORTED


@pytest.mark.parametrize(
    "sent",
    [
        ECHO[:8] + struct.pack("<I", 999) + ECHO[12:],
        ECHO[12:],
        _with("C-ECHO-RQ", 0x00080018, b"1.2"),
        command("C-ECHO-RQ", AffectedSOPClassUID=None),
        command("C-ECHO-RQ", AffectedSOPClassUID="x" * 90),
        _with("C-ECHO-RQ", 0x00000901, b"abc"),
    ],
    ids=["group length", "no group length", "group 0008", "no class", "no UID", "AT of 3"],
)
def test_a_command_set_that_is_wrong_gets_its_answer(running: Target, sent: bytes) -> None:
    """Mistyped argument (PS3.7 C.5.15), after which the association is as good as before."""
    with associated(running.port) as raw:
        assert raw.ask(1, sent) in (0x0212, 0x0122)
        assert raw.ask(1, ECHO) == 0


@pytest.mark.parametrize(
    "pdvs",
    [
        [(1, 1, ECHO[:7]), (1, 3, ECHO[7:])],
        [(1, 1, b""), (1, 1, ECHO), (1, 3, b"")],
        [(1, 0xFF, ECHO)],
        [*((1, 1, ECHO[at : at + 1]) for at in range(len(ECHO))), (1, 3, b"")],
    ],
    ids=["odd fragments", "empty fragments", "reserved bits", "byte by byte"],
)
def test_odd_fragments_are_taken(running: Target, pdvs: list[tuple[int, int, bytes]]) -> None:
    """Senders must not; receivers are advised to take them, and reserved bits are not tested (PS3.8 E.1, E.2)."""
    for together in (True, False):
        with associated(running.port) as raw:
            raw.send(pdata(*pdvs) if together else b"".join(pdata(pdv) for pdv in pdvs))
            assert raw.status() == 0


@pytest.mark.parametrize(
    ("sop_class", "name", "more"),
    [
        (CT, "C-STORE-RQ", {"AffectedSOPInstanceUID": "2.25.9", "Priority": 0}),
        (WORKLIST, "C-FIND-RQ", {"Priority": 0}),
        (STUDY_MOVE, "C-MOVE-RQ", {"Priority": 0, "MoveDestination": "NOBODY"}),
        (MPPS, "N-SET-RQ", {"RequestedSOPInstanceUID": "2.25.9"}),
    ],
)
def test_a_request_without_its_data_set_is_refused(
    running: Target, sop_class: str, name: str, more: dict[str, Any]
) -> None:
    with associated(running.port, sop_class) as raw:
        assert raw.ask(1, command(name, sop_class, **more)) == 0x0212
        assert raw.ask(1, command(name, sop_class, **more)) == 0x0212


def test_an_event_report_to_the_archive_is_not_its_operation(running: Target) -> None:
    with associated(running.port, COMMITMENT) as raw:
        report = command("N-EVENT-REPORT-RQ", COMMITMENT, AffectedSOPInstanceUID="2.25.9", EventTypeID=1)
        assert raw.ask(1, report) == 0x0211


def test_a_command_set_without_end(running: Target) -> None:
    with associated(running.port) as raw:
        for _ in range(100):
            raw.send(pdata((1, 1, bytes(16000))))
        assert raw.pdu() == ABORTED


def test_a_data_set_without_end(running: Target) -> None:
    with associated(running.port, CT) as raw:
        raw.send(pdata((1, 3, STORE)))
        piece = pdata((1, 0, bytes(130_000))) * 8
        sent = 0
        while sent < 3 * LONGEST and not raw.closed:
            try:
                raw.sock.sendall(piece)
            except ConnectionError:
                break
            sent += len(piece)
            raw.look()
        assert raw.pdu() == ABORTED or raw.closed


def test_an_identifier_without_end(running: Target) -> None:
    with associated(running.port, WORKLIST) as raw:
        raw.send(pdata((1, 3, command("C-FIND-RQ", WORKLIST, True, Priority=0))))
        for _ in range(300):
            raw.send(pdata((1, 0, bytes(130_000))))
        assert raw.pdu() == ABORTED or raw.closed


def test_half_a_message_does_not_wait_for_ever(running: Target) -> None:
    for sent in (pdata((1, 3, STORE), (1, 0, bytes(100))), pdata((1, 3, STORE))[:30]):
        with associated(running.port, CT) as raw:
            raw.send(sent)
            assert raw.pdu() == p.Abort(2, 0)


def test_requests_in_a_row_without_reading_an_answer(running: Target) -> None:
    with associated(running.port) as raw:
        count = 400
        threading.Thread(target=raw.send, args=(pdata((1, 3, ECHO)) * count,), daemon=True).start()
        assert [raw.status() for _ in range(count)] == [0] * count


def test_more_associations_than_there_is_room_for(running: Target) -> None:
    crowd, answers = [], []
    for _ in range(105):
        crowd.append(Raw(running.port))
        answers.append(crowd[-1].associate(request()))
    refused = [answer for answer in answers if not isinstance(answer, p.AssociateAC)]
    assert set(refused) == {p.AssociateRJ(2, 3, 2)}
    assert 5 <= len(refused) <= 10
    for raw in crowd:
        raw.sock.close()
    until = time.monotonic() + 5
    while time.monotonic() < until:  # until there is room again
        with connected(running.port) as raw:
            if isinstance(raw.associate(request()), p.AssociateAC):
                return
    pytest.fail("no room any more")


def test_many_who_say_nothing(running: Target) -> None:
    crowd = [Raw(running.port) for _ in range(120)]
    with Scu(running.port) as scu:
        began = time.monotonic()
        assert scu.echo() == 0
        assert time.monotonic() - began < 1
    for raw in crowd:
        raw.ended()
        raw.sock.close()


# --- data sets --------------------------------------------------------------------------------------------------------


def _huge_private(length: int) -> bytes:
    return struct.pack("<HH2sHI", 0x0009, 0x1001, b"OB", 0, length)


def test_a_deflated_bomb_is_not_stored(running: Target) -> None:
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    data = packer.compress(encode(instance())[:-524] + _huge_private(1536 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    megabyte = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    data += 1536 * megabyte + packer.flush()
    assert len(data) < 2 << 20
    with associated(running.port, CT, syntaxes=(DEFLATED,)) as raw:
        assert raw.ask(1, STORE, data) == 0xA700


@pytest.mark.parametrize(
    ("sop_class", "name", "more", "expected"),
    [
        (STUDY_FIND, "C-FIND-RQ", {"Priority": 0}, 0xC000),
        (MPPS, "N-CREATE-RQ", {"AffectedSOPInstanceUID": "2.25.9"}, 0x0110),
        (COMMITMENT, "N-ACTION-RQ", {"RequestedSOPInstanceUID": "1.2.840.10008.1.20.1.1", "ActionTypeID": 1}, 0x0110),
    ],
)
def test_items_without_number_are_not_read(
    running: Target, sop_class: str, name: str, more: dict[str, Any], expected: int
) -> None:
    """Eight bytes of an empty item are a kilobyte where it is read: a megabyte would be 128."""
    items = struct.pack("<HHI", 0xFFFE, 0xE000, 0) * 300_000
    for vr in (b"SQ", b"UN"):
        with associated(running.port, sop_class) as raw:
            undefined = struct.pack("<HH2sHI", 0x0040, 0x0100, vr, 0, 0xFFFFFFFF) + items
            end = struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
            assert raw.ask(1, command(name, sop_class, True, **more), undefined + end) == expected
            defined = struct.pack("<HH2sHI", 0x0040, 0x0100, vr, 0, len(items)) + items
            assert raw.ask(1, command(name, sop_class, True, **more), defined) == expected


def test_values_without_number_are_not_read(running: Target) -> None:
    data = encode(_study(StudyInstanceUID=""))[:-8] + struct.pack("<HH2sHI", 0x0020, 0x000D, b"UT", 0, 4_000_000)
    with associated(running.port, STUDY_FIND) as raw:
        assert raw.ask(1, FIND, data + b"\\" * 4_000_000) == 0xC000


def test_sequences_nested_without_end_are_not_read(running: Target) -> None:
    head = struct.pack("<HH2sHI", 0x0040, 0x0100, b"SQ", 0, 0xFFFFFFFF) + struct.pack(
        "<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF
    )
    with associated(running.port, CT, STUDY_FIND) as raw:
        assert raw.ask(3, FIND, head * 5000) == 0xC000
        assert raw.ask(1, STORE, encode(instance())[:-524] + head * 5000) == 0xC000


def test_a_large_instance_needs_no_memory(running: Target) -> None:
    data = encode(instance("2.25.9")) + struct.pack("<HH2sHI", 0x7FE1, 0x1001, b"OB", 0, 40 << 20) + bytes(40 << 20)
    before = running.memory()
    with associated(running.port, CT) as raw:
        assert raw.ask(1, STORE, data) == 0
    assert running.memory() - before < 20 << 20


def _study(name: str = "STUDY", **keys: Any) -> Dataset:
    ds = Dataset()
    ds.QueryRetrieveLevel = name
    for keyword, value in keys.items():
        setattr(ds, keyword, value)
    return ds


FIND = command("C-FIND-RQ", STUDY_FIND, True, Priority=0)


def test_a_hundred_thousand_uids(running: Target) -> None:
    ds = _study("IMAGE", StudyInstanceUID="2.25.1", SeriesInstanceUID="2.25.2")
    listed = "\\".join(f"2.25.{number:040}"[:64] for number in range(100_000)).encode()
    ds.add_new(0x0020000E, "UI", "2.25.2")
    key = struct.pack("<HHI", 0x0008, 0x0018, len(listed) + len(listed) % 2) + listed + b"\0" * (len(listed) % 2)
    head = b"".join(
        struct.pack("<HHI", tag >> 16, tag & 0xFFFF, len(value)) + value
        for tag, value in ((0x00080052, b"IMAGE "), (0x0020000D, b"2.25.1"), (0x0020000E, b"2.25.2"))
    )
    data = key + head
    with associated(running.port, CT, STUDY_FIND, syntaxes=(IMPLICIT,)) as raw:
        assert raw.ask(3, FIND, data) == 0


def test_a_wild_card_that_took_forty_seconds(running: Target) -> None:
    with Scu(running.port, (CT, STUDY_FIND)) as scu:
        assert scu.store(instance("2.25.77", study="2.25.78", StudyDescription="a" * 60)).command.status == 0
        began = time.monotonic()
        for pattern, found in (("*a" * 31 + "*b", 0), ("*a" * 31, 1), ("?" * 60, 1), ("?" * 61, 0)):
            ds = _study(StudyInstanceUID="2.25.78")
            ds.add_new(0x00081030, "LO", pattern)
            assert len(scu.find(ds, STUDY_FIND)[0]) == found
        assert time.monotonic() - began < 1


@pytest.mark.long
def test_the_commitment_of_a_large_exam(running: Target) -> None:
    """Thousands of instances are no attack."""
    wanted = Dataset()
    wanted.TransactionUID, wanted.ReferencedSOPSequence = "2.25.4711", []
    for number in range(2_000):
        item = Dataset()
        item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = CT, f"2.25.{number + 10**30}"
        wanted.ReferencedSOPSequence.append(item)
    action = command("N-ACTION-RQ", COMMITMENT, True, RequestedSOPInstanceUID="1.2.840.10008.1.20.1.1", ActionTypeID=1)
    with associated(running.port, COMMITMENT) as raw:
        raw.sock.settimeout(20)
        assert raw.ask(1, action, encode(wanted)) == 0
        report = raw.message()
        assert report is not None
        assert report.command.name == "N-EVENT-REPORT-RQ"
        answer = {"MessageIDBeingRespondedTo": report.command.number("MessageID"), "Status": 0, "MessageID": None}
        raw.send(pdata((1, 3, command("N-EVENT-REPORT-RSP", COMMITMENT, EventTypeID=2, **answer))))
        assert raw.ask(1, command("C-ECHO-RQ", COMMITMENT)) == 0x0211
