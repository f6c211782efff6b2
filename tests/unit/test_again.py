"""How to see a finding again: the command, and the same query as a line of findscu, which a shell takes as it is."""

from __future__ import annotations

import socket
import subprocess
import threading
from pathlib import Path

import pytest
from pydicom.dataset import Dataset

from scanproof.again import TOLD, checked_commands, command_line, findscu, parts_of, quoted, see_again
from scanproof.cli.called import command
from scanproof.finding import Finding, Level, Verdict
from scanproof.report.terminal import _command as in_lines
from scansim.exam.scenario_files import Named, find_scenarios
from scansim.wire import pdu as p
from scansim.wire.dataset import EXPLICIT_LITTLE, read
from scansim.wire.dimse import NO_DATASET, encode_command, fragments
from scansim.wire.stream import MessageAssembler, PduDecoder
from tests.support.building import STUDY_ROOT_FIND, WORKLIST, Story
from tests.support.others import require

VALUES = [
    *(b"plain", b"DOE^JANE", b"A B -C", b"it's", b"a\\b", b"*", b"?", b"$HOME", b"`id`", b"", b"-k", b'"', b"#x"),
    *(b"\xbb\xee", b"\x1b$B;3\x1b(B", "山田".encode(), b"a;b&c|d", b"!!", b"\\x41", b"~"),
]


def keys() -> Dataset:
    ds = Dataset()
    ds.SpecificCharacterSet = "ISO_IR 144"
    ds.AccessionNumber = ""
    ds.PatientName = "Иванов^И*"
    ds.PatientID = "O'NEIL -K 1"
    step = Dataset()
    step.Modality = "CT"
    step.ScheduledProcedureStepStartDate = "20261101-20261130"
    code = Dataset()
    code.CodeValue = None
    step.ScheduledProtocolCodeSequence = [code]
    ds.ScheduledProcedureStepSequence = [step]
    ds.ReferencedStudySequence = []
    return ds


def query_of(line: str, findscu: str) -> bytes:
    """The identifier that a line of findscu sends to $PORT, in Explicit VR Little Endian."""
    found: list[bytes] = []

    def serve() -> None:
        connection, _ = listener.accept()
        decoder, assembler = PduDecoder(), MessageAssembler()
        with connection:
            connection.settimeout(20)
            while data := connection.recv(1 << 16):
                for event in decoder.feed(data, 0):
                    if isinstance(event.pdu, p.AssociateRQ):
                        assert all(EXPLICIT_LITTLE in each.transfer_syntaxes for each in event.pdu.contexts)
                        contexts = tuple(
                            p.ContextResult(each.context_id, 0, EXPLICIT_LITTLE) for each in event.pdu.contexts
                        )
                        user = p.UserInformation(16384, "1.2.3.4", "PEER")
                        connection.sendall(p.encode(p.AssociateAC("A", "B", contexts, user)))
                    elif isinstance(event.pdu, p.ReleaseRQ):
                        connection.sendall(p.encode(p.ReleaseRP()))
                    for message in assembler.feed(event):
                        found.append(message.dataset or b"")
                        answer = {
                            "AffectedSOPClassUID": WORKLIST,
                            "CommandField": 0x8020,
                            "MessageIDBeingRespondedTo": message.command.number("MessageID"),
                            "CommandDataSetType": NO_DATASET,
                            "Status": 0,
                        }
                        for head, views in fragments(message.context_id, True, [encode_command(answer)], 16384):
                            connection.sendall(head + b"".join(views))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        environment = {"PORT": str(listener.getsockname()[1]), "PATH": "/usr/bin:/bin"}
        line = line.replace("findscu", findscu, 1)
        done = subprocess.run(["bash", "-c", line], capture_output=True, env=environment, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        thread.join(20)
    return found[0]


def finding(verdict: Verdict = Verdict.FAIL, exchange: str | None = "a01.r1", root: str | None = None) -> Finding:
    facts = {"title": "x", "expected": "x", "actual": "x", "clause": "", "level": Level.SITE, "scenario": "made"}
    return Finding.model_validate(
        {"check": "a.b", "verdict": verdict, "exchange": exchange, "root": root, "group": "g", **facts}
    )


def asked(tmp_path: Path, sop_class: str = WORKLIST) -> Story:
    story = Story(tmp_path, id="made")
    link = story.associate(sop_class, service="worklist")
    link.ask("C-FIND-RQ", keys())
    link.answer(0x0000)
    link.ask("C-ECHO-RQ")
    link.answer(0x0000)
    link.release()
    return story


@pytest.mark.parametrize("value", VALUES)
def test_a_shell_reads_what_was_meant(value: bytes) -> None:
    line = command_line("printf", ["%s", value])
    done = subprocess.run(["bash", "-c", line], capture_output=True, check=True)
    assert done.stdout == value
    assert parts_of(line)[-1].endswith(quoted(value))  # and its end is where we think it is


@pytest.mark.parametrize("width", [20, 60, 100])
def test_a_command_that_is_broken_into_lines_stays_one(width: int) -> None:
    line = command_line("echo", ["-n", "x", *(word for value in VALUES if value for word in ("-k", value))])
    lines = in_lines("  again: ", "         ", line, width)
    assert len(lines) > 1
    shown = "\n".join(lines).removeprefix("  again: ")
    outputs = [subprocess.run(["bash", "-c", each], capture_output=True, check=True).stdout for each in (line, shown)]
    assert outputs[0] == outputs[1]


def test_findscu_asks_for_the_same(tmp_path: Path) -> None:
    """DCMTK's own findscu sends the same keys, values and items."""
    (query, _) = asked(tmp_path).evidence().operations
    assert query.request.dataset is not None
    sent = query_of(findscu(query).replace("127.0.0.1 104 ", "127.0.0.1 $PORT "), require("findscu", "dcmtk"))
    again = read(sent, query.request.transfer_syntax)
    wanted = query.request.dataset
    assert again.elements.keys() == wanted.elements.keys()
    for tag, element in wanted.elements.items():
        if element.items is None:
            assert again.elements[tag].value.rstrip(b" \0") == element.value.rstrip(b" \0"), tag
    (step,), (wanted_step,) = (each.items("ScheduledProcedureStepSequence") for each in (again, wanted))
    assert {tag: element.value for tag, element in step.elements.items() if element.items is None} == {
        tag: element.value for tag, element in wanted_step.elements.items() if element.items is None
    }
    assert [list(item.elements) for item in step.items("ScheduledProtocolCodeSequence")] == [[0x00080100]]


def test_only_a_query_has_a_line_of_findscu(tmp_path: Path) -> None:
    evidence = asked(tmp_path).evidence()
    commands = {"": "all", "made": "one"}
    for place in ("a01.s1", "a01.r1"):
        assert [line[:10] for line in see_again(finding(exchange=place), evidence, commands)] == ["one", "findscu -W"]
    for place in ("a01.s2", "a01.r2", "a01", None):
        assert see_again(finding(exchange=place), evidence, commands) == ["one"]
    assert see_again(finding(), None, {"": "all"}) == ["all"]
    assert see_again(finding(), None, {}) == []


def test_the_model_is_the_one_that_was_asked(tmp_path: Path) -> None:
    (query, _) = asked(tmp_path, STUDY_ROOT_FIND).evidence().operations
    assert findscu(query).startswith("findscu -S -aet SCANNER -aec TARGET 127.0.0.1 104 ")
    (tmp_path / "other").mkdir()
    (query, _) = asked(tmp_path / "other", "1.2.3").evidence().operations
    assert findscu(query) == ""


@pytest.mark.parametrize("verdict", Verdict)
def test_only_a_root_that_somebody_acts_on_is_seen_again(verdict: Verdict) -> None:
    assert bool(see_again(finding(verdict), None, {"": "x"})) == (verdict in TOLD)
    assert see_again(finding(verdict, root="other#1"), None, {"": "x"}) == []


def test_the_command_calls_a_scenario_as_the_user_did(tmp_path: Path) -> None:
    text = find_scenarios(["ct-routine"])[0]
    path = tmp_path / "my own" / "mine.yaml"
    path.parent.mkdir()
    path.write_text("")
    mine = text.model_copy(update={"id": "mine"})
    options = {"--site": [Path("a b.yaml")], "--accession": [None], "--statement": ["x", "y"], "--seed": [7]}
    tail = "--site 'a b.yaml' --statement x --statement y --seed 7"
    named = Named((mine, text), {"mine": path}, {}, ())
    for names in ([str(path)], [str(path.parent)]):
        assert command(named, names, options, [], [mine]) == f"scanproof run '{path}' {tail}"
    assert command(named, [], options, ["--allow-remote"], [text]) == f"scanproof run ct-routine {tail} --allow-remote"


@pytest.mark.parametrize("wrong", [None, [], "x", {"a": 1}, {"a": ["b"]}])
def test_commands_that_no_run_writes(wrong: object) -> None:
    assert checked_commands(wrong) is None
    assert checked_commands({"": "scanproof run"}) == {"": "scanproof run"}
