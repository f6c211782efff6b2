"""The storage battery on the embedded target: in which forms things are sent, and that nothing wrong is said of it."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydicom import dcmread

from scanproof.results import Results
from scansim.network.exchange import Exchange
from scansim.network.transcript import AssociationRecord, load_transcript
from scansim.vocabulary.syntaxes import SYNTAXES
from scansim.wire import pdu as p
from tests.support.command_line import deviations, main, results, target
from tests.support.peers import Peer
from tests.support.processes import free_port

#: Of each case what its store steps say.
TOLD = {
    "plain": ["6 instances answered 0000H"],
    "one-by-one": ["1 instances answered 0000H"] * 3,
    "private-elements": ["3 instances answered 0000H"],
    "lookalike[compressed]": ["3 instances answered 0000H"],
    "syntax[rle]": ["3 instances answered 0000H (3 in RLE Lossless)"],
    "syntax[deflated]": ["3 instances answered 0000H (3 in Deflated Explicit VR Little Endian)"],
    "contexts": [
        "3 instances answered 0000H (2 in RLE Lossless, 1 in JPEG 2000 Image Compression (Lossless Only))",
    ],
    "again-all": ["3 instances answered 0000H"] * 2,
    "frames": ["1 instances answered 0000H"],
    "slow": ["2 instances answered 0000H"],
    "parallel": ["3 associations at a time: 6 instances answered 0000H"],
    "changed[pixels]": ["3 instances answered 0000H", "1 instances answered 0000H", "1 instances answered 0000H"],
    "conflict[uid]": ["2 instances answered 0000H, 1 instances answered A900H"],
    "conflict[class]": ["2 instances answered 0000H, 1 instances answered A900H"],
    "data-set[none]": ["2 instances answered 0000H, 1 instances answered 0212H"],
    "lacks[PixelData]": ["3 instances answered 0000H"],
    "faulty[cut-in-value]": ["8 instances answered 0000H, 1 instances answered C000H"],
    "compressed-alone[rle]": ["3 instances answered 0000H (3 in RLE Lossless)"],
}


@dataclass(frozen=True)
class Run:
    out: Path
    results: Results

    def told(self) -> dict[str, list[str]]:
        """What the store steps of each case say."""
        return {
            case.case.partition("/")[2]: [step.detail for step in case.steps if step.verb == "store"]
            for case in self.results.scenarios
        }

    def associations(self, case: str) -> list[AssociationRecord]:
        """The associations of one case that were opened for storage."""
        transcript = load_transcript(self.out / "transcript" / "storage-battery" / case)
        return [each for each in transcript.associations if each.service == "storage"]

    def sent(self, case: str) -> list[Exchange]:
        """The C-STORE-RQs of one case."""
        every = (exchange for each in self.associations(case) for exchange in each.exchanges)
        return [exchange for exchange in every if exchange.name == "C-STORE-RQ"]


@pytest.fixture(scope="module")
def some(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Cases of each kind."""
    out = tmp_path_factory.mktemp("storage") / "out"
    only = [word for case in TOLD for word in ("--only", f"storage-battery/{case}")]
    done = main("run", "storage-battery", *only, "--out", out, "--seed", 5)
    assert done.returncode == 0, done.stdout
    return Run(out, results(out))


@pytest.mark.long
def test_what_each_case_sends(some: Run) -> None:
    assert some.told() == TOLD
    assert deviations(some.results) == set()
    assert {case.verdict.value for case in some.results.scenarios} == {"PASS"}


@pytest.mark.long
def test_a_case_whose_codec_is_an_extra_that_is_not_there_is_not_tested(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "imagecodecs", None)
    only = [word for case in ("plain", "syntax[jpeg-lossless]") for word in ("--only", f"storage-battery/{case}")]
    done = main("run", "storage-battery", *only, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stdout
    found = results(tmp_path / "out")
    assert [case.verdict.value for case in found.scenarios] == ["PASS", "NOT_TESTED"]
    steps = {step.verb: step for step in found.scenarios[1].steps}
    assert steps["store"].outcome.value == "blocked"
    assert steps["store"].detail.endswith("needs imagecodecs, which is not installed: pip install 'scanproof[jpeg]'")
    assert any(
        finding.check == "storage.accepted"
        and finding.verdict.value == "NOT_TESTED"
        and "scanproof[jpeg]" in finding.actual
        for finding in found.all_findings
    )


@pytest.mark.long
def test_in_which_contexts_it_is_offered(some: Run) -> None:
    (one,) = some.associations("syntax[rle]")
    assert one.request is not None
    assert isinstance(one.request.pdu, p.AssociateRQ)
    rle, native = SYNTAXES["rle"].uid, {SYNTAXES["explicit"].uid, SYNTAXES["implicit"].uid}
    offered = [context.transfer_syntaxes for context in one.request.pdu.contexts[:3]]
    assert [len(each) for each in offered] == [1, 1, 1]
    assert {uid for each in offered for uid in each} == {rle} | native
    (alone,) = some.associations("compressed-alone[rle]")
    assert alone.request is not None
    assert isinstance(alone.request.pdu, p.AssociateRQ)
    assert [context.transfer_syntaxes for context in alone.request.pdu.contexts[:-1]] == [(rle,)]
    (many,) = some.associations("contexts")
    assert many.request is not None
    assert isinstance(many.request.pdu, p.AssociateRQ)
    assert len(many.request.pdu.contexts) == 128
    assert {each.transfer_syntax for each in some.sent("syntax[rle]")} == {rle}


@pytest.mark.long
def test_the_one_in_the_middle_is_spoiled(some: Run) -> None:
    first, middle, last = some.sent("conflict[uid]")
    assert [each.intent for each in (first, last)] == [None, None]
    assert middle.intent is not None
    assert middle.dataset is not None
    assert middle.dataset.text("SOPInstanceUID") == "2.25.4711" != middle.command.sop_instance_uid
    intents = [each.intent for each in some.sent("faulty[cut-in-value]")]
    assert [intent is None for intent in intents] == [True] * 4 + [False] + [True] * 4


@pytest.mark.long
def test_under_the_same_uid_come_other_pixels(some: Run) -> None:
    *three, changed, new = some.sent("changed[pixels]")
    same = next(each for each in three if each.command.sop_instance_uid == changed.command.sop_instance_uid)
    assert same.encoded == changed.encoded
    assert same.digest != changed.digest
    assert new.command.sop_instance_uid not in {each.command.sop_instance_uid for each in three}


@pytest.mark.long
def test_associations_are_open_at_the_same_time(some: Run) -> None:
    opened = some.associations("parallel")
    assert [each.facts.get("beside") for each in opened] == [None, 1, 2]
    answered = max(each.answer.ended for each in opened if each.answer is not None)
    assert answered < min(operation.request.message.began for each in opened for operation in each.operations)
    assert sorted(len(each.operations) for each in opened) == [2, 2, 2]


@pytest.mark.long
def test_a_long_image_is_streamed_with_its_digest(some: Run) -> None:
    (cine,) = some.sent("frames")
    assert cine.dataset is not None
    assert cine.dataset.text("NumberOfFrames") == "200"
    assert cine.message.elided == 200 * 64 * 64 * 2
    assert len(bytes.fromhex(cine.digest)) == hashlib.sha256().digest_size


@pytest.mark.long
@pytest.mark.whole
def test_the_whole_battery_passes(tmp_path: Path) -> None:
    done = main("run", "storage-battery", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stdout
    found = results(tmp_path / "out")
    assert deviations(found) == set()
    verdicts = {case.case: case.verdict.value for case in found.scenarios}
    assert {case for case, verdict in verdicts.items() if verdict != "PASS"} == {
        f"storage-battery/{name}" for name in ("many", "multi-frame", "saturation")
    }


# --- own files --------------------------------------------------------------------------------------------------------

OWN = """\
id: mine
title: Files of our own
modality: CT
procedure: {code: C, meaning: M, protocol_code: P, protocol_meaning: PM}
proves: [storage]
cases:
  - {id: own, title: Own files, steps: [{store: {files: files}}, query-study]}
"""


@pytest.mark.long
def test_own_files_are_stored_as_they_are_and_found(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(OWN)
    made = tmp_path / "files"
    made.mkdir()
    for name, *more in (("a", "j2k"), ("b", "deflated"), ("c", "explicit", "--mutant", "type1-missing-modality")):
        argv = ("--protocol", "ct-small", "--instances", 1, "--transfer-syntax", *more, "--out", made / name)
        assert main("generate", "ct", *argv).returncode == 0
        (made / f"{name}.manifest.json").unlink()
    data = tmp_path / "data"
    out = tmp_path / "out"
    with target("--folder", data) as (address, _):
        argv = ("run", tmp_path / "mine.yaml", "--target", address, "--listen", free_port(), "--out", out)
        assert main(*argv, "--own-files").returncode == 0
        kept = {path.name: path for path in (data / "instances").iterdir()}
        for path in made.rglob("*.dcm"):
            sent, got = dcmread(path), dcmread(kept[f"{dcmread(path).SOPInstanceUID}.dcm"])
            assert got == sent
            assert got.file_meta.TransferSyntaxUID == sent.file_meta.TransferSyntaxUID
    found = results(out)
    assert deviations(found) == set()
    assert [step.detail for step in found.scenarios[0].steps if step.verb == "query-study"] == [
        "1 study, 3 instances found"
    ]
    assert any(note.startswith("3 own files of 3 patients were sent: this folder holds") for note in found.notes)
    modes = {path.stat().st_mode & 0o777 for path in out.rglob("*") if path.is_file()}
    assert modes == {0o600}
    again = main("run", tmp_path / "mine.yaml", "--out", tmp_path / "other")
    assert "--own-files" in again.stdout
    assert [case.verdict.value for case in results(tmp_path / "other").scenarios] == ["NOT_TESTED"]


# --- real servers -----------------------------------------------------------------------------------------------------


def asked(peer: Peer, *more: str) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Of each check that says FAIL, and of each that warns, the cases in which it does."""
    out = peer.folder / "out"
    done = peer.scanproof("run", "storage-battery", "--site", peer.site, "--out", out, "--odd-data", *more, timeout=500)
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    found: dict[str, dict[str, set[str]]] = {"FAIL": {}, "WARN": {}}
    for finding in results(out).all_findings:
        if finding.verdict.value in found and finding.root is None:
            cases = found[finding.verdict.value].setdefault(finding.check, set())
            cases.add(finding.case.partition("/")[2].partition("[")[0])
    return found["FAIL"], found["WARN"]


@pytest.mark.peer
@pytest.mark.long
@pytest.mark.whole
def test_storescp(storescp_peer: Peer) -> None:
    failed, warned = asked(storescp_peer)
    assert failed == {}
    # what it cannot parse it answers by an abort
    assert warned == {"association.no-abort": {"command-lacks", "data-set", "faulty", "malformed-uid"}}
