"""Our listener as an SCP of Storage: only while an exam waits, for that exam, and within bounds."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from pydicom.dataset import Dataset
from pydicom.filebase import DicomIO
from pydicom.filewriter import write_dataset
from pydicom.uid import JPEGBaseline8Bit

from scansim.network.association import Association, Proposal, propose
from scansim.network.failures import AssociationError
from scansim.network.listener import Listener
from scansim.network.recording import Recorder, TranscriptWriter
from scansim.network.retrievals import Accept, Answers, Awaited, Taking
from scansim.network.transcript import load_transcript
from scansim.site import Limits, ListenerAddress, Timeouts
from scansim.vocabulary.outcome import Happening
from scansim.vocabulary.uids import VERIFICATION
from scansim.wire.dataset import EXPLICIT_LITTLE, IMPLICIT_LITTLE
from scansim.wire.dimse import FIELD_OF, Value

CT, MR = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4"
FAST = Timeouts(connect=1, associate=2, response=5)
MINE, OTHERS = "2.25.11", "2.25.99"


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener(ListenerAddress(port=0), FAST, limits=Limits(operation=1)) as one:
        yield one


class Exam:
    """An exam that waits for instances."""

    def __init__(self, listener: Listener, folder: Path, *instances: str, message_id: int = 1, **how: object) -> None:
        self.listener = listener
        self.writer = TranscriptWriter(folder, {"id": folder.name})
        self.awaited = Awaited(
            "",
            frozenset(instances),
            self.writer,
            asked="PACS",
            originator="SCANPROOF",
            message_id=message_id,
            taking=Taking(**how),  # type: ignore[arg-type]
        )
        listener.expect_instances(self.awaited)

    def ends(self) -> None:
        self.listener.forget(self.awaited)

    def brought(self) -> list[list[str]]:
        """What came on each association that stands in its transcript."""
        found = load_transcript(self.writer.folder).associations
        assert all(not each.ours and each.service == "retrieve" for each in found)
        return [
            [each.request.command.sop_instance_uid or "" for each in association.operations] for association in found
        ]


class Sender:
    """A target that sends images."""

    def __init__(
        self, listener: Listener, folder: Path, *proposals: tuple[str, tuple[str, ...]], ae: str = "PACS"
    ) -> None:
        wanted = proposals or ((CT, (IMPLICIT_LITTLE, EXPLICIT_LITTLE)),)
        rq = propose("SCANPROOF", ae, [Proposal(*each) for each in (*wanted, (VERIFICATION, (IMPLICIT_LITTLE,)))])
        recorder = Recorder(folder / f"peer{len(list(folder.glob('peer*.wire')))}.wire", 0, {})
        self.association = Association.request("127.0.0.1", listener.port, rq, recorder, FAST)

    def send(self, uid: str, *, ours: bool = True, message_id: int = 1, length: int = 0) -> int | None:
        """One image; returns how it was answered."""
        agreed = self.association.context(CT)
        ds = Dataset()
        ds.SOPClassUID, ds.SOPInstanceUID = CT, uid
        if length:
            ds.add_new(0x7FE00010, "OW", bytes(length))
        stream = DicomIO(BytesIO())
        stream.is_implicit_VR, stream.is_little_endian = agreed.transfer_syntax == IMPLICIT_LITTLE, True
        write_dataset(stream, ds)
        command: dict[str, Value] = {
            "CommandField": FIELD_OF["C-STORE-RQ"],
            "AffectedSOPClassUID": CT,
            "AffectedSOPInstanceUID": uid,
            "Priority": 0,
        }
        if ours:
            originator = {"MoveOriginatorApplicationEntityTitle": "SCANPROOF", "MoveOriginatorMessageID": message_id}
            command = {**command, **originator}
        return self.association.response(agreed, command, [stream.parent.getvalue()]).command.status

    def leaves(self) -> None:
        self.association.release()


def test_storage_is_not_taken_while_nobody_waits(listener: Listener, tmp_path: Path) -> None:
    sender = Sender(listener, tmp_path)
    assert set(sender.association.contexts) == {VERIFICATION}
    sender.leaves()
    exam = Exam(listener, tmp_path / "exam", MINE)
    sender = Sender(listener, tmp_path)
    assert set(sender.association.contexts) == {VERIFICATION, CT}
    sender.leaves()
    exam.ends()
    sender = Sender(listener, tmp_path)
    assert set(sender.association.contexts) == {VERIFICATION}
    sender.leaves()


def test_what_comes_stands_in_the_exam_that_asked(listener: Listener, tmp_path: Path) -> None:
    exam = Exam(listener, tmp_path / "exam", MINE)
    sender = Sender(listener, tmp_path)
    assert [sender.send(MINE), sender.send("2.25.12")] == [0x0000, 0x0000]
    sender.leaves()
    assert exam.awaited.closed.wait(2)
    exam.ends()
    assert exam.brought() == [[MINE, "2.25.12"]]
    assert listener.strays == ()
    assert listener.facts["reached_by"] == ["PACS"]


def test_an_image_of_nobody_is_refused_and_a_stray(listener: Listener, tmp_path: Path) -> None:
    exam = Exam(listener, tmp_path / "exam", MINE)
    sender = Sender(listener, tmp_path, ae="STRANGER")
    assert [sender.send(OTHERS, ours=False), sender.send(OTHERS, message_id=7)] == [0x0124, 0x0124]
    sender.leaves()
    exam.ends()
    assert exam.brought() == []
    (told,) = listener.hand_over_strays(tmp_path / "strays", {"id": "strays"})
    assert OTHERS in told
    assert (tmp_path / "strays" / "a01.wire").exists()


def test_of_two_exams_each_gets_its_own(listener: Listener, tmp_path: Path) -> None:
    first = Exam(listener, tmp_path / "first", MINE)
    second = Exam(listener, tmp_path / "second", OTHERS)
    for uid in (MINE, OTHERS):
        sender = Sender(listener, tmp_path, ae="PACS2")
        assert sender.send(uid) == 0x0000  # both have Message ID 1: the instance says whose it is
        assert sender.send("2.25.55") == 0x0124  # and where it does not, nobody knows
        sender.leaves()
    for exam, uid in ((first, MINE), (second, OTHERS)):
        assert exam.awaited.closed.wait(2)
        exam.ends()
        assert exam.brought() == [[uid, "2.25.55"]]


def test_the_originator_comes_before_the_instance(listener: Listener, tmp_path: Path) -> None:
    first = Exam(listener, tmp_path / "first", MINE, message_id=1)
    second = Exam(listener, tmp_path / "second", OTHERS, message_id=2)
    sender = Sender(listener, tmp_path, ae="PACS2")
    assert sender.send(OTHERS, message_id=1) == 0x0000
    sender.leaves()
    assert first.awaited.closed.wait(2)
    first.ends()
    second.ends()
    assert (first.brought(), second.brought()) == ([[OTHERS]], [])


def test_answers(listener: Listener, tmp_path: Path) -> None:
    for answers, statuses in (
        (Answers.ALL, [0x0000] * 3),
        (Answers.FAIL_ALL, [0xA700] * 3),
        (Answers.FAIL_SOME, [0xA700, 0x0000, 0xA700]),
        (Answers.WARN_ALL, [0xB000] * 3),
        (Answers.WARN_SOME, [0xB000, 0x0000, 0xB000]),
    ):
        exam = Exam(listener, tmp_path / answers.value, MINE, answers=answers)
        sender = Sender(listener, tmp_path)
        assert [sender.send(MINE) for _ in statuses] == statuses
        sender.leaves()
        exam.ends()


def test_transfer_syntaxes(listener: Listener, tmp_path: Path) -> None:
    jpeg = str(JPEGBaseline8Bit)
    proposals = ((CT, (IMPLICIT_LITTLE, jpeg, EXPLICIT_LITTLE)), (MR, (jpeg,)))
    for accept, stored_in, expected in (
        (Accept.ANY, {}, {CT: EXPLICIT_LITTLE, MR: jpeg}),
        (Accept.ANY, {CT: [jpeg]}, {CT: jpeg, MR: jpeg}),
        (Accept.UNCOMPRESSED, {CT: [jpeg]}, {CT: EXPLICIT_LITTLE}),
        (Accept.NONE, {}, {}),
    ):
        exam = Exam(
            listener, tmp_path / f"{accept.value}{len(expected)}{len(stored_in)}", accept=accept, stored_in=stored_in
        )
        sender = Sender(listener, tmp_path, *proposals)
        agreed = {uid: each.transfer_syntax for uid, each in sender.association.contexts.items()}
        assert agreed == {VERIFICATION: IMPLICIT_LITTLE, **expected}
        sender.leaves()
        exam.ends()


def test_an_association_of_which_nothing_was_taken_is_the_exams(listener: Listener, tmp_path: Path) -> None:
    exam = Exam(listener, tmp_path / "exam", MINE, accept=Accept.NONE)
    Sender(listener, tmp_path).leaves()
    assert exam.awaited.closed.wait(2)
    exam.ends()
    assert exam.brought() == [[]]


def test_an_answer_is_held_back_until_the_cancel_has_gone_out(listener: Listener, tmp_path: Path) -> None:
    exam = Exam(listener, tmp_path / "exam", MINE, cancel_after=2)
    sender = Sender(listener, tmp_path)
    assert sender.send(MINE) == 0x0000
    taking, order = exam.awaited.taking, list[str]()

    def cancel() -> None:
        assert taking.reached.wait(5)
        order.append("cancelled")
        taking.cancelled.set()

    thread = threading.Thread(target=cancel)
    thread.start()
    assert sender.send(MINE) == 0x0000
    order.append("answered")
    thread.join()
    assert order == ["cancelled", "answered"]
    assert sender.send(MINE) == 0x0000
    sender.leaves()
    exam.ends()


def test_images_without_end_are_ended(listener: Listener, tmp_path: Path) -> None:
    exam = Exam(listener, tmp_path / "exam", MINE)
    sender = Sender(listener, tmp_path)
    sent: list[int | None] = []
    with pytest.raises(AssociationError):
        sent.extend(sender.send(MINE, length=1 << 17) for _ in range(100))
    assert 0 < len(sent) <= 8  # of 128 KiB each, where an operation may bring 1 MiB
    sender.association.close()
    assert exam.awaited.closed.wait(2)
    exam.ends()
    (brought,) = load_transcript(exam.writer.folder).associations
    ours = (Happening.OVERRUN, Happening.TURNED_AWAY)  # that the rest did not come is no fault of the target's
    assert any(brought.event(event) for event in ours)


def test_what_the_run_may_still_keep_bounds_it_as_well(listener: Listener, tmp_path: Path) -> None:
    listener.budget.spend(1 << 40)
    exam = Exam(listener, tmp_path / "exam", MINE)
    sender = Sender(listener, tmp_path)
    with pytest.raises(AssociationError):
        [sender.send(MINE, length=1 << 16) for _ in range(20)]
    sender.association.close()
    assert exam.awaited.closed.wait(2)
    exam.ends()
    (brought,) = load_transcript(exam.writer.folder).associations
    assert brought.overrun is not None
    assert 3 <= len(brought.operations) <= 5  # 256 KiB are kept in any case


def test_more_associations_than_images_are_strays(listener: Listener, tmp_path: Path) -> None:
    exam = Exam(listener, tmp_path / "exam", MINE)
    exam.awaited.most_records = 2
    for _ in range(4):
        sender = Sender(listener, tmp_path)
        assert sender.send(MINE) == 0x0000
        sender.leaves()
    exam.ends()
    assert len(exam.brought()) == 2
