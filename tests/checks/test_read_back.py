"""Checks of what came back, on conversations made by hand: what was sent, how it was answered, what came."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset

from scanproof.causes import attributed
from scanproof.check import Fact, Observation
from scanproof.checks import all_checks
from scanproof.evidence import Evidence
from scanproof.evidence.pixels_back import Pixels
from scanproof.finding import Level, Verdict
from scanproof.judge import judge
from scansim.images.pixels import deflate, encode_frames
from scansim.network.elided import Elided
from scansim.vocabulary.deviations import Intent
from scansim.vocabulary.syntaxes import SYNTAXES
from scansim.wire.encoding import encode
from tests.support.building import (
    COMMITMENT,
    CT_IMAGE,
    STUDY_ROOT_FIND,
    Link,
    Story,
    deviations,
    facts,
    observe,
    verdict,
)
from tests.support.exam_messages import TRANSACTION_UID, _reference, action, image, ledger, study_answer
from tests.support.others import package

SECONDARY = "1.2.840.10008.5.1.4.1.1.7"
UID, OTHER = "2.25.7101", "2.25.7102"
Change = Callable[[Dataset], object]
CHECKS = [id for id in all_checks() if id.startswith("retrieve.") or id == "iod.received"]
MINE = (
    *("retrieve.attribute-kept", "retrieve.coercion-announced", "retrieve.text-kept", "retrieve.attribute-unchanged"),
    *("retrieve.pixels-kept", "retrieve.lossy-new-uid", "retrieve.same-object", "iod.received"),
)


def nothing(_: Dataset) -> None:
    """Leave everything as it is."""


def put(keyword: str, value: object) -> Change:
    return lambda ds: setattr(ds, keyword, value)


def without(keyword: str) -> Change:
    return lambda ds: delattr(ds, keyword)


def both(*changes: Change) -> Change:
    return lambda ds: [change(ds) for change in changes]


def small(ds: Dataset) -> None:
    """An image of few pixels, with text, a private block and a sequence."""
    ds.Rows = ds.Columns = 32
    ds.SpecificCharacterSet = "ISO_IR 100"
    ds.StudyDescription = "Schädel nativ"
    ds.add_new(0x00090010, "LO", "ACME 1.0")
    ds.add_new(0x00091001, "LO", "private value")
    ds.OtherPatientIDsSequence = []
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "T-D1100", "SRT", "Head"
    ds.AnatomicRegionSequence = [code]


def message(
    uid: str, syntax: str, *changes: Change, frames: np.ndarray | None = None, **how: object
) -> tuple[bytes, bytes, bytes]:
    """Head, value of Pixel Data, and native pixels, in a transfer syntax."""
    ds = image(uid, small)
    pixels = PIXELS if frames is None else frames
    made = encode_frames(pixels, SYNTAXES[syntax], bits_stored=int(ds.BitsStored), **how)
    ds.update(made.changes)
    for change in changes:  # behind the codec: what it says of itself may be changed as well
        change(ds)
    native, explicit = SYNTAXES[syntax], SYNTAXES["explicit"].uid
    value, little = made.pixel_data, "little" if syntax != "big-endian" else "big"
    length = b"\xff\xff\xff\xff" if native.encapsulated else len(value).to_bytes(4, little)
    tag = b"\xe0\x7f\x10\x00" if little == "little" else b"\x7f\xe0\x00\x10"
    head = encode(ds, explicit if native.encapsulated or syntax == "deflated" else native.uid) + tag
    head += length if syntax == "implicit" else made.vr.encode() + b"\0\0" + length
    return head, value, pixels.astype(pixels.dtype.newbyteorder("<")).tobytes()


PIXELS = (np.arange(1024).reshape((1, 32, 32)) * 3 % 4096).astype("uint16")


def sent(
    story: Story, syntax: str, *changes: Change, status: int = 0x0000, uid: str = UID, intent: str = "", port: int = 104
) -> None:
    """Record our C-STORE of an image, of whose pixels only the digests are kept."""
    link = story.associate(CT_IMAGE, service="storage", transfer_syntax=SYNTAXES[syntax].uid, port=port)
    head, value, native = message(uid, syntax, *changes)
    meant = Intent.of(intent) if intent else None
    if syntax == "deflated":
        link.ask("C-STORE-RQ", deflate(head + value), AffectedSOPInstanceUID=uid, intent=meant)
    else:
        link.ask("C-STORE-RQ", head, elided=len(value), AffectedSOPInstanceUID=uid, intent=meant)
        lossless = SYNTAXES[syntax].encapsulated and not SYNTAXES[syntax].lossy
        elided = Elided.of(value, native if lossless else None)
        link.recorder.digest(elided.sha256, elided.pixels, elided.stream)
    link.answer(status)
    link.release()


def came(
    story: Story, syntax: str, *changes: Change, uid: str = UID, by_move: bool = False, raw: bytes = b"", **how: object
) -> None:
    """Record the C-STORE of the target that gives an image back."""
    link = story.associate(
        CT_IMAGE, service="retrieve", transfer_syntax=SYNTAXES[syntax].uid, by_target=by_move, port=105
    )
    head, value, _ = message(uid, syntax, *changes, **how)
    data = raw or (deflate(head + value) if syntax == "deflated" else head + value)
    _given(link, data, uid)


def _given(link: Link, data: bytes, uid: str) -> None:
    link.ask("C-STORE-RQ", data, sent=False, AffectedSOPInstanceUID=uid)
    link.answer(sent=True)
    link.release()


def story(folder: Path, **more: object) -> Story:
    return Story(folder, ledger=ledger(), **more)


def back(
    folder: Path,
    *changes: Change,
    before: Sequence[Change] = (),
    status: int = 0x0000,
    syntax: str = "explicit",
    again: str = "explicit",
    **more: object,
) -> Evidence:
    """One image that was sent, and came back changed."""
    told = story(folder, **more)
    sent(told, syntax, *before, status=status)
    came(told, again, *before, *changes)
    return told.evidence()


def noticed(evidence: Evidence) -> dict[str, Verdict]:
    """What all checks of read-back find fault with, consequences left out."""
    found = {}
    for check in MINE:
        seen = [each for each in observe(check, evidence) if each.because is None]
        loud = [each.verdict for each in seen if each.verdict is not Verdict.PASS]
        if loud:
            found[check] = loud[0]
    return found


def test_all_of_them_are_looked_at() -> None:
    assert set(MINE) <= set(CHECKS)


# --- nothing is wrong -------------------------------------------------------------------------------------------------

LOSSLESS = [name for name, syntax in SYNTAXES.items() if not syntax.lossy and not syntax.needs_extra]


@pytest.mark.parametrize("again", LOSSLESS)
@pytest.mark.parametrize("syntax", LOSSLESS)
def test_what_comes_in_any_transfer_syntax_without_loss_is_the_same(tmp_path: Path, syntax: str, again: str) -> None:
    evidence = back(tmp_path, syntax=syntax, again=again)
    assert noticed(evidence) == {}
    (returned,) = evidence.read_back
    assert returned.pixels.state is Pixels.SAME
    assert returned.is_same
    assert {check: verdict(check, evidence) for check in MINE} == dict.fromkeys(MINE, Verdict.PASS)


@pytest.mark.parametrize("syntax", ["jpeg-lossless", "htj2k"])
def test_so_it_is_with_codecs_that_have_to_be_installed(tmp_path: Path, syntax: str) -> None:
    package("imagecodecs", "imagecodecs")
    assert noticed(back(tmp_path, syntax=syntax)) == {}
    assert noticed(back(tmp_path, again=syntax)) == {}


def test_fragments_and_offset_tables_are_no_pixels(tmp_path: Path) -> None:
    for syntax in ("jpegls", "jpegls-near"):
        told = story(tmp_path)
        sent(told, syntax)
        came(told, syntax, fragments=3, offset_table="empty")
        evidence = told.evidence()
        assert noticed(evidence) == {}
        assert evidence.read_back[0].pixels.how == "the same fragments"


def test_pixels_of_a_lossy_stream_that_come_decompressed_are_not_compared(tmp_path: Path) -> None:
    lossy = put("LossyImageCompression", "01")
    evidence = back(tmp_path, syntax="jpegls-near", before=(lossy,))
    assert "retrieve.pixels-kept" not in noticed(evidence)
    assert "not compared" in " ".join(facts("retrieve.pixels-kept", evidence))


def test_text_may_come_in_another_character_set(tmp_path: Path) -> None:
    evidence = back(tmp_path, put("SpecificCharacterSet", "ISO_IR 192"))
    assert noticed(evidence) == {}
    assert "the text came in ISO_IR 192" in " ".join(facts("retrieve.attribute-unchanged", evidence))


def test_nothing_is_said_of_what_we_did_not_send(tmp_path: Path) -> None:
    told = story(tmp_path)
    sent(told, "explicit")
    came(told, "explicit", put("PatientSex", "X"), uid=OTHER)
    assert [verdict(check, told.evidence()) for check in MINE] == [Verdict.NOT_APPLICABLE] * len(MINE)


def test_nothing_is_said_of_what_the_target_had_refused(tmp_path: Path) -> None:
    assert noticed(back(tmp_path, without("SeriesDescription"), status=0xA700)) == {}


# --- what is wrong ----------------------------------------------------------------------------------------------------


def test_nothing_is_said_of_what_cannot_be_read_in_its_transfer_syntax(tmp_path: Path) -> None:
    """That the bytes are of another one than the context's is one cause, which dimse.dataset-well-formed tells."""
    told = story(tmp_path)
    sent(told, "explicit")
    head, value, _ = message(UID, "explicit")
    came(told, "implicit", raw=head + value)
    evidence = told.evidence()
    assert noticed(evidence) == {}
    assert Verdict.FAIL in {each.verdict for each in observe("dimse.dataset-well-formed", evidence)}


def code(value: str, scheme: str) -> Change:
    def change(ds: Dataset) -> None:
        item = ds.AnatomicRegionSequence[0]
        item.CodeValue, item.CodingSchemeDesignator = value, scheme

    return change


def private_gone(ds: Dataset) -> None:
    del ds[0x00090010], ds[0x00091001]


WRONG: dict[str, tuple[Change, str, Verdict]] = {
    "element lost": (without("SeriesDescription"), "retrieve.attribute-kept", Verdict.FAIL),
    "value lost": (put("SeriesDescription", ""), "retrieve.attribute-kept", Verdict.FAIL),
    "zero lost": (without("RescaleIntercept"), "retrieve.attribute-kept", Verdict.FAIL),
    "sequence lost": (without("AnatomicRegionSequence"), "retrieve.attribute-kept", Verdict.FAIL),
    "private lost": (private_gone, "retrieve.attribute-kept", Verdict.FAIL),
    "other patient": (put("PatientID", "OTHER"), "retrieve.coercion-announced", Verdict.FAIL),
    "other study": (put("StudyInstanceUID", "2.25.4"), "retrieve.coercion-announced", Verdict.FAIL),
    "code converted": (code("69536005", "SCT"), "retrieve.coercion-announced", Verdict.FAIL),
    "other name": (put("PatientName", "Other^Person"), "retrieve.attribute-unchanged", Verdict.WARN),
    "other description": (put("SeriesDescription", "x"), "retrieve.attribute-unchanged", Verdict.WARN),
    "other number": (put("SliceThickness", "7"), "retrieve.attribute-unchanged", Verdict.WARN),
    "text damaged": (put("StudyDescription", "Sch?del nativ"), "retrieve.text-kept", Verdict.FAIL),
    "text cut": (put("StudyDescription", "Schädel"), "retrieve.text-kept", Verdict.FAIL),
    "value that is none added": (put("PatientSexNeutered", "MAYBE"), "iod.received", Verdict.FAIL),
    "greys turned round": (put("PhotometricInterpretation", "MONOCHROME1"), "retrieve.pixels-kept", Verdict.FAIL),
    "sign lost": (put("PixelRepresentation", 0), "retrieve.pixels-kept", Verdict.FAIL),
    "called lossy": (put("LossyImageCompression", "01"), "retrieve.lossy-new-uid", Verdict.FAIL),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_noticed_by_one_check(tmp_path: Path, name: str) -> None:
    change, check, expected = WRONG[name]
    before = (put("LossyImageCompression", "00"),)
    assert noticed(back(tmp_path, change, before=before)) == {check: expected}


@pytest.mark.parametrize("again", ["implicit", "rle", "deflated"])
def test_it_is_noticed_in_another_transfer_syntax_as_well(tmp_path: Path, again: str) -> None:
    for name in ("private lost", "other patient", "text damaged", "other number"):
        change, check, expected = WRONG[name]
        assert noticed(back(tmp_path, change, again=again)) == {check: expected}, name


@pytest.mark.parametrize("again", LOSSLESS)
def test_other_pixels_are_noticed_in_any_transfer_syntax(tmp_path: Path, again: str) -> None:
    changed = PIXELS.copy()
    changed[0, 5, 5] ^= 1
    for syntax in ("explicit", "jpegls"):
        told = story(tmp_path)
        sent(told, syntax)
        came(told, again, frames=changed)
        assert noticed(told.evidence()) == {"retrieve.pixels-kept": Verdict.FAIL}


@pytest.mark.parametrize(("command", "expected"), [(SECONDARY, {"retrieve.same-object": Verdict.FAIL}), (CT_IMAGE, {})])
def test_another_class_is_noticed_where_the_command_set_has_it_too(
    tmp_path: Path, command: str, expected: dict[str, Verdict]
) -> None:
    told = story(tmp_path)
    sent(told, "explicit")
    link = told.associate(command, service="retrieve", by_target=True, port=105)
    _given(link, b"".join(message(UID, "explicit", put("SOPClassUID", SECONDARY))[:2]), UID)
    assert noticed(told.evidence()) == expected


def test_inverted_pixels_are_others_whatever_they_are_called(tmp_path: Path) -> None:
    told = story(tmp_path)
    sent(told, "explicit")
    came(told, "explicit", put("PhotometricInterpretation", "MONOCHROME1"), frames=4095 - (PIXELS & 4095))
    assert noticed(told.evidence())["retrieve.pixels-kept"] is Verdict.FAIL


def test_pixels_that_are_gone_are_noticed(tmp_path: Path) -> None:
    told = story(tmp_path)
    sent(told, "explicit")
    came(told, "explicit", raw=message(UID, "explicit")[0][:-12])
    assert noticed(told.evidence()) == {"retrieve.pixels-kept": Verdict.FAIL}


@pytest.mark.parametrize("again", ["jpegls-near", "j2k-lossy"])
def test_a_lossy_image_under_the_same_uid_is_noticed(tmp_path: Path, again: str) -> None:
    assert noticed(back(tmp_path, again=again)) == {"retrieve.lossy-new-uid": Verdict.FAIL}


def test_jpeg_2000_that_says_nothing_of_loss_is_judged_by_its_pixels(tmp_path: Path) -> None:
    evidence = back(tmp_path, again="j2k-lossy", before=(put("LossyImageCompression", "00"),))
    assert noticed(evidence) == {"retrieve.pixels-kept": Verdict.FAIL}


def test_another_lossy_stream_is_a_warning(tmp_path: Path) -> None:
    told = story(tmp_path)
    sent(told, "jpegls-near")
    came(told, "jpegls-near", near=3)
    assert noticed(told.evidence())["retrieve.pixels-kept"] is Verdict.WARN


# --- what excuses it --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["other patient", "other study", "code converted", "other name", "other number"])
def test_a_change_that_was_announced_is_none(tmp_path: Path, name: str) -> None:
    assert noticed(back(tmp_path, WRONG[name][0], status=0xB000)) == {}


@pytest.mark.parametrize("name", ["element lost", "text damaged"])
def test_a_warning_makes_a_warning_of_a_loss_and_of_damage(tmp_path: Path, name: str) -> None:
    change, check, _ = WRONG[name]
    assert noticed(back(tmp_path, change, status=0xB000)) == {check: Verdict.WARN}


def test_elements_that_are_discarded_are_announced_by_b006(tmp_path: Path) -> None:
    evidence = back(tmp_path, private_gone, status=0xB006)
    assert noticed(evidence) == {}
    assert "(0009,1001): lost" in " ".join(facts("retrieve.attribute-kept", evidence))


def recorded(keyword: str, value: object) -> Change:
    def change(ds: Dataset) -> None:
        modified, item = Dataset(), Dataset()
        setattr(modified, keyword, value)
        item.ModifiedAttributesSequence = [modified]
        item.AttributeModificationDateTime, item.ModifyingSystem = "20260102120000", "ARCHIVE"
        item.SourceOfPreviousValues, item.ReasonForTheAttributeModification = "", "CORRECT"
        ds.OriginalAttributesSequence = [item]

    return change


def test_what_the_original_attributes_tell_is_a_note(tmp_path: Path) -> None:
    change = both(put("StudyDescription", "Corrected"), recorded("StudyDescription", "Schädel nativ"))
    evidence = back(tmp_path, change)
    assert noticed(evidence) == {}
    assert "StudyDescription: changed, as Original Attributes" in " ".join(
        facts("retrieve.attribute-unchanged", evidence)
    )
    lost = back(tmp_path, both(without("StudyDescription"), recorded("StudyDescription", "Schädel nativ")))
    assert noticed(lost) == {}


def test_an_identity_has_to_be_announced_although_it_is_recorded(tmp_path: Path) -> None:
    before = put("PatientID", "SENT")
    change = both(put("PatientID", "OTHER"), recorded("PatientID", "SENT"))
    evidence = back(tmp_path, change, before=(before,))
    assert noticed(evidence) == {"retrieve.coercion-announced": Verdict.FAIL}


def test_an_issuer_that_is_new_is_a_warning(tmp_path: Path) -> None:
    evidence = back(tmp_path, put("IssuerOfPatientID", "SITE"), before=(put("IssuerOfPatientID", ""),))
    assert noticed(evidence) == {"retrieve.coercion-announced": Verdict.WARN}


def test_what_was_added_is_a_note(tmp_path: Path) -> None:
    evidence = back(tmp_path, put("InstanceCoercionDateTime", "20260102120000"))
    assert noticed(evidence) == {}
    assert "InstanceCoercionDateTime: added" in facts("retrieve.attribute-unchanged", evidence)


def test_a_value_that_was_at_fault_when_it_was_sent_may_come_back_mended(tmp_path: Path) -> None:
    wrong = put("PatientPosition", "hfs")
    for change in (put("PatientPosition", "HFS"), without("PatientPosition"), nothing):
        assert noticed(back(tmp_path, change, before=(wrong,))) == {}


def test_of_an_instance_that_was_sent_twice_either_may_come(tmp_path: Path) -> None:
    for first, second in (("One", "Two"), ("Two", "One")):
        told = story(tmp_path)
        sent(told, "explicit", put("SeriesDescription", first))
        sent(told, "explicit", put("SeriesDescription", second), intent="storage.same-instance-again")
        came(told, "explicit", put("SeriesDescription", "One"))
        evidence = told.evidence()
        assert noticed(evidence) == {}
        which = 1 if first == "One" else 2
        note = f"under one UID number {which} of the 2 that were taken came back"
        assert facts("retrieve.same-object", evidence) == [note]


def test_of_the_same_that_was_sent_twice_nobody_asks_which_it_is(tmp_path: Path) -> None:
    told = story(tmp_path)
    sent(told, "explicit")
    sent(told, "explicit", intent="storage.same-instance-again")
    came(told, "explicit")
    assert facts("retrieve.same-object", told.evidence()) == []


def test_what_is_none_of_several_that_were_sent_under_one_uid_is_a_note(tmp_path: Path) -> None:
    told = story(tmp_path)
    sent(told, "explicit", put("SeriesDescription", "One"))
    sent(told, "explicit", both(put("SeriesDescription", "Two"), put("ProtocolName", "Another")))
    came(told, "explicit", put("SeriesDescription", "Three"))
    assert noticed(told.evidence()) == {}
    assert "other content was sent" in " ".join(facts("retrieve.attribute-unchanged", told.evidence()))


def test_a_loss_is_against_the_standard_once_the_archive_has_committed_the_instance(tmp_path: Path) -> None:
    told = story(tmp_path)
    sent(told, "explicit")
    came(told, "explicit", without("SeriesDescription"))
    (seen,) = observe("retrieve.attribute-kept", told.evidence())
    assert (seen.level, seen.clause) == (Level.EXPECTED, "")
    told = story(tmp_path)
    sent(told, "explicit")
    came(told, "explicit", without("SeriesDescription"))
    link = told.associate(COMMITMENT, service="commitment")
    link.ask("N-ACTION-RQ", action(instances=[UID]))
    link.answer()
    report = Dataset()
    report.TransactionUID, report.ReferencedSOPSequence = TRANSACTION_UID, [_reference(UID)]
    link.ask("N-EVENT-REPORT-RQ", report, sent=False)
    link.answer(sent=True)
    link.release()
    (seen,) = observe("retrieve.attribute-kept", told.evidence())
    assert seen.level is Level.SHALL
    assert "J.3.3.1.2" in seen.clause
    assert "commitment TARGET@127.0.0.1:104 had committed it (a03.r2)" in seen.actual


def test_a_run_with_the_uids_of_an_earlier_one_decides_nothing(tmp_path: Path) -> None:
    evidence = back(tmp_path, without("SeriesDescription"), repeated=True)
    assert noticed(evidence) == {"retrieve.attribute-kept": Verdict.INCONCLUSIVE}


def test_between_two_aes_nobody_is_accused_but_the_site(tmp_path: Path) -> None:
    site = {
        "storage": {"ae": "GATEWAY", "host": "127.0.0.1", "port": 104},
        "retrieve": {"ae": "ARCHIVE", "host": "127.0.0.1", "port": 105},
    }
    evidence = back(tmp_path, both(without("SeriesDescription"), put("PatientID", "OTHER")), site=site)
    (lost,) = observe("retrieve.attribute-kept", evidence)
    assert (lost.verdict, lost.level, lost.party) == (Verdict.FAIL, Level.SITE, "site")
    (changed,) = observe("retrieve.coercion-announced", evidence)
    assert (changed.verdict, changed.level, changed.party) == (Verdict.WARN, Level.SITE, "site")


def test_what_comes_by_move_is_compared_as_well(tmp_path: Path) -> None:
    told = story(tmp_path)
    sent(told, "explicit")
    came(told, "explicit", without("SeriesDescription"), by_move=True)
    assert deviations("retrieve.attribute-kept", told.evidence()) == [("FAIL", "SeriesDescription")]


def test_the_record_of_an_older_run_has_fewer_digests(tmp_path: Path) -> None:
    told = story(tmp_path)
    link = told.associate(CT_IMAGE, service="storage", transfer_syntax=SYNTAXES["rle"].uid)
    head, value, _ = message(UID, "rle")
    link.ask("C-STORE-RQ", head, elided=len(value), AffectedSOPInstanceUID=UID)
    link.recorder.digest(hashlib.sha256(value).digest())
    link.answer()
    link.release()
    came(told, "rle")
    came(told, "explicit")
    evidence = told.evidence()
    assert [each.pixels.state for each in evidence.read_back] == [Pixels.SAME, Pixels.NOT_COMPARED]
    assert noticed(evidence) == {}


@pytest.mark.parametrize("name", ["PatientID", "PatientName"])
def test_a_value_that_is_another_one_in_answers_too_is_one_cause(tmp_path: Path, name: str) -> None:
    told = story(tmp_path)
    sent(told, "explicit")
    link = told.associate(STUDY_ROOT_FIND, service="query", port=104)
    ds = study_answer(put(name, "OTHER"))
    keys = Dataset()
    keys.QueryRetrieveLevel, keys.StudyInstanceUID = "STUDY", ds.StudyInstanceUID
    keys.PatientID = keys.PatientName = keys.AccessionNumber = keys.StudyID = None
    link.ask("C-FIND-RQ", keys)
    link.answer(0xFF00, ds)
    link.answer()
    link.release()
    link = told.associate(CT_IMAGE, service="retrieve", port=104)
    _given(link, b"".join(message(UID, "explicit", put(name, "OTHER"))[:2]), UID)
    evidence = told.evidence()
    found = [each.finding for each in attributed(judge(evidence).judged, (evidence,)) if each.finding.tag == name]
    loud = [each for each in found if each.verdict in (Verdict.FAIL, Verdict.WARN)]
    assert len(loud) == 2
    assert [each.check.partition(".")[0] for each in loud if each.root is not None] == ["retrieve"]


def test_one_loss_in_many_instances_is_told_of_the_attribute(tmp_path: Path) -> None:
    told = story(tmp_path)
    for uid in (UID, OTHER):
        sent(told, "explicit", uid=uid)
        came(told, "explicit", without("SeriesDescription"), uid=uid)
    found: list[Observation | Fact] = list(observe("retrieve.attribute-kept", told.evidence()))
    assert len({(each.actual, each.tag) for each in found if isinstance(each, Observation)}) == 1
