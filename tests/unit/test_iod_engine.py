"""The engine: every mutant is found, no look-alike is; all encodings, both paths, broken bytes, bounded memory."""

from __future__ import annotations

import zlib
from datetime import date
from io import BytesIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.filebase import DicomIO
from pydicom.filewriter import write_dataset

from scanproof.iod import Checker, SeriesChecker
from scanproof.iod.engine import elements
from scanproof.iod.engine.memo import Memo
from scansim.generate import Order, choose, generate
from scansim.mutants import LOOKALIKES, MUTANTS, SERIES_MUTANTS, mutate, mutate_series, prepare, sop_class_uid
from scansim.mutants.surgery import parse
from scansim.wire.dataset import DEFLATED_LITTLE, EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE
from tests.support.iod_data import CT, MR, opened
from tests.support.small_exam import small_exam

#: What of two attributes that contradict each other is wrong cannot be seen: the finding names the other one.
OTHER_ATTRIBUTE = {
    "uid-reuse-series-instance": "SeriesInstanceUID",
    "bits-stored-small": "HighBit",
}


@pytest.fixture(scope="module")
def exams(tmp_path_factory):
    return {made: small_exam(made, tmp_path_factory.mktemp(made)) for made in ("ct", "mr")}


@pytest.fixture(scope="module")
def sources(exams):
    return {sop_class_uid(parse(files[2])): files[2] for files in exams.values()}


@pytest.fixture(scope="module")
def signed(tmp_path_factory):
    """A CT slice whose pixels are signed; those of `sources` are not."""
    folder = tmp_path_factory.mktemp("signed")
    written = generate(Order(choose("ct", "ct-qc", 3), seed=1, day=date(2026, 1, 2)), folder)
    return (folder / written[-1].file).read_bytes()


@pytest.fixture(scope="module")
def checker():
    return Checker()


def told(checked):
    return [(finding.rule, finding.level.value, finding.tag) for finding in checked.findings]


def dataset_of(data):
    """The encoded data set of a file."""
    return opened(data)[1]


def encoded(data, implicit, little=True):
    """The data set of a file in another encoding, without File Meta Information."""
    buffer = BytesIO()
    stream = DicomIO(buffer)
    stream.is_implicit_VR, stream.is_little_endian = implicit, little
    ds = dcmread(BytesIO(data))
    if not little:
        ds["PixelData"].VR = "OW"
    write_dataset(stream, ds)
    return buffer.getvalue()


CLASSES = pytest.mark.parametrize("sop_class", [CT, MR], ids=["CT", "MR"])


def of_class(sop_class, among):
    """The names of those that there are of a SOP Class; each is of CT or of MR."""
    assert all(each.applies_to and {*each.applies_to} <= {CT, MR} for each in among.values())
    return [name for name, each in among.items() if sop_class in each.applies_to]


def test_good_files_have_no_finding(exams, checker):
    for files in exams.values():
        series = SeriesChecker()
        for data in files:
            checked = checker.check_bytes(data)
            assert [each for each in told(checked) if each[1] != "info"] == []
            series.add(checked)
        assert series.findings() == []


@CLASSES
def test_every_mutant_is_found_under_its_own_rule(sop_class, sources, checker):
    missed = {}
    for name in of_class(sop_class, MUTANTS):
        mutant = MUTANTS[name]
        tag = OTHER_ATTRIBUTE.get(name, mutant.tag)
        found = told(checker.check_bytes(mutate(name, sources[sop_class])))
        if not any(each[:2] == (mutant.rule, mutant.level) and each[2].startswith(tag) for each in found):
            missed[name] = found
        # a fresh checker, which remembers nothing, says the same
        assert told(Checker().check_bytes(mutate(name, sources[sop_class]))) == found, name
    assert missed == {}


@CLASSES
def test_no_lookalike_is_found(sop_class, sources, signed, checker):
    blamed = {}
    for name in of_class(sop_class, LOOKALIKES):
        source = signed if name == "padding-value-signed" else sources[sop_class]
        before = told(checker.check_bytes(prepare(name, source)))
        allowed = ("info", "warning") if LOOKALIKES[name].level == "warning" else ("info",)
        found = told(checker.check_bytes(mutate(name, source)))
        blamed[name] = [each for each in found if each[1] not in allowed and each not in before]
    assert {name: found for name, found in blamed.items() if found} == {}


@pytest.mark.parametrize(
    ("name", "made"),
    [
        (name, made)
        for name, mutant in SERIES_MUTANTS.items()
        for made, sop_class in (("ct", CT), ("mr", MR))
        if sop_class in mutant.applies_to
    ],
)
def test_every_series_mutant_is_found(name, made, exams, checker):
    mutant = SERIES_MUTANTS[name]
    series = SeriesChecker()
    found = []
    for number, data in enumerate(mutate_series(name, exams[made])):
        checked = checker.check_bytes(data)
        found += told(checked)
        series.add(checked, str(number))
    found += [(finding.rule, finding.level.value, finding.tag) for finding in series.findings()]
    assert (mutant.rule, mutant.level, mutant.tag) in found


# --- encodings and paths ----------------------------------------------------------------------------------------------

ENCODINGS = {
    "implicit": (IMPLICIT_LITTLE, lambda data: encoded(data, True)),
    "explicit": (EXPLICIT_LITTLE, lambda data: encoded(data, False)),
    "big endian": (EXPLICIT_BIG, lambda data: encoded(data, False, little=False)),
    "deflated": (DEFLATED_LITTLE, lambda data: zlib.compress(encoded(data, False), wbits=-15)),
}


@pytest.mark.parametrize("name", ENCODINGS)
@pytest.mark.parametrize(
    "mutant",
    [
        "",
        "enumerated-value-patient-sex",
        "type2-missing-study-id",
        "bits-high-bit-low",
        "item-empty-code",
        "geometry-spacing-zero",
    ],
)
def test_a_data_set_is_judged_alike_in_every_encoding(name, mutant, sources, checker):
    for data in sources.values():
        spoiled = mutate(mutant, data) if mutant else data
        syntax, encode = ENCODINGS[name]
        wanted = told(checker.check_dataset(dataset_of(spoiled), EXPLICIT_LITTLE))
        assert told(checker.check_dataset(encode(spoiled), syntax)) == wanted
        assert bool([each for each in wanted if each[1] == "error"]) == bool(mutant)


@CLASSES
def test_file_and_wire_give_the_same_findings(sop_class, sources, checker):
    """IOD-02: what is judged must not depend on how the data set came."""
    for name in of_class(sop_class, MUTANTS):
        if not name.startswith("meta-"):
            data = mutate(name, sources[sop_class])
            whole = told(checker.check_bytes(data))
            syntax, dataset = opened(data)
            assert told(checker.check_dataset(dataset, syntax, sop_class=sop_class)) == whole, name


@pytest.mark.parametrize("name", ["", "type1-missing-modality", "condition-missing-window-width", "da-dashes"])
def test_elided_pixels_change_nothing(name, sources, checker):
    for data in sources.values():
        whole = dataset_of(mutate(name, data) if name else data)
        pixels = whole.rindex(b"\xe0\x7f\x10\x00OW") + 12
        elided = len(whole) - pixels
        for kept, left in ((whole[:pixels], elided), (whole[: pixels - 12], elided + 12)):
            assert told(checker.check_dataset(kept, EXPLICIT_LITTLE, elided=left)) == told(
                checker.check_dataset(whole, EXPLICIT_LITTLE)
            )


def test_an_image_without_pixels_is_an_error_unless_headers_alone_are_given(sources, checker):
    for data in sources.values():
        header = data[: data.rindex(b"\xe0\x7f\x10\x00OW")]
        found = [each for each in told(checker.check_bytes(header)) if each[1] == "error"]
        assert found == [("pixel-data-missing", "error", "PixelData")]
        alone = told(Checker(headers=True).check_bytes(header))
        assert [each for each in alone if each[1] == "error"] == []
        assert ("header-only", "info", "PixelData") in alone
        assert "header-only" not in {rule for rule, _, _ in told(Checker(headers=True).check_bytes(data))}


def test_a_truncated_file_says_so_once_and_what_is_behind_is_not_judged(sources, checker):
    for data in sources.values():
        for cut in range(400, data.rindex(b"\xe0\x7f\x10\x00OW"), 97):
            findings = checker.check_bytes(data[:cut]).findings
            absent = {"type1-missing", "type2-missing", "condition-missing", "condition-forbidden"}
            if absent & {finding.rule for finding in findings}:
                continue  # cut between two elements: nothing shows that it was cut
            (finding,) = [finding for finding in findings if finding.level != "info"]
            assert finding.rule in ("element-truncated", "sequence-truncated")
            assert finding.message.endswith("what is missing behind that is not judged")
            assert "truncated" not in {finding.rule for finding in findings}


def test_a_file_that_ends_in_or_behind_its_header_says_so_once(sources, checker):
    data = next(iter(sources.values()))
    behind = len(data) - len(dataset_of(data))
    for cut in range(150, behind, 5):
        assert [rule for rule, level, _ in told(checker.check_bytes(data[:cut])) if level == "error"][-1:] in (
            ["meta-broken"],
            ["truncated"],
        )
    assert told(checker.check_bytes(data[:behind])) == [("truncated", "error", "")]
    assert [rule for rule, _, _ in told(checker.check_bytes(data[: behind - 3]))] == ["meta-broken"]


def test_pixels_cut_short_are_found_and_the_rest_is_judged(sources, checker):
    for data in sources.values():
        found = told(checker.check_bytes(mutate("type2-missing-study-id", data)[:-1000]))
        assert ("element-truncated", "error", "PixelData") in found
        assert ("type2-missing", "error", "StudyID") in found


def test_offsets_are_those_of_the_bytes(sources, checker):
    for data in sources.values():
        spoiled = mutate("vr-mismatch-patient-id", data)
        for shift, checked in (
            (0, checker.check_bytes(spoiled)),
            (len(spoiled) - len(dataset_of(spoiled)), checker.check_dataset(dataset_of(spoiled), EXPLICIT_LITTLE)),
        ):
            (finding,) = [finding for finding in checked.findings if finding.rule == "vr-mismatch"]
            assert spoiled[finding.offset + shift :][:6] == b"\x10\x00\x20\x00SH"


def test_a_pydicom_dataset_is_judged_as_it_would_be_written(sources, checker):
    for data in sources.values():
        assert told(checker.check(dcmread(BytesIO(data)))) == told(checker.check(data))
        ds = dcmread(BytesIO(data))
        del ds.StudyID
        ds.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
        rules = {finding.rule for finding in checker.check(ds).errors}
        assert rules == {"type2-missing", "meta-mismatch"}
        ds["Rows"]._value = "many"
        assert [finding.rule for finding in checker.check(ds).findings] == ["not-encodable"]


def test_a_path_is_accepted(sources, checker, tmp_path):
    path = tmp_path / "image"
    path.write_bytes(next(iter(sources.values())))
    assert told(checker.check(str(path))) == told(checker.check(path)) == told(checker.check(path.read_bytes()))
    with pytest.raises(OSError, match="nothing"):
        checker.check(tmp_path / "nothing")
    with pytest.raises(IsADirectoryError):
        checker.check(tmp_path)


@pytest.mark.parametrize("window", [100, 4096, 1 << 15])
@pytest.mark.parametrize("mapped", [1000, 1 << 26])
@pytest.mark.parametrize(
    "mutant",
    ["", "type1-missing-rows", "pixel-length-short", "cut-in-value", "length-beyond-end", "trailing-padding",
     "encapsulation-two-fragments", "meta-transfer-syntax", "meta-prefix", "implicit", "sequence-not-closed",
     "bits-high-bit-low", "vr-mismatch-pixel-data"],
)  # fmt: skip
def test_how_much_of_a_file_is_read_changes_nothing(window, mapped, mutant, sources, checker, tmp_path, monkeypatch):
    monkeypatch.setattr("scanproof.iod.engine.checker._WINDOW", window)
    monkeypatch.setattr("scanproof.iod.engine.checker._MAPPED", mapped)
    for data in sources.values():
        spoiled = mutate(mutant, data) if mutant else data
        (tmp_path / "image").write_bytes(spoiled)
        assert checker.check(tmp_path / "image").findings == checker.check(spoiled).findings


def test_deflated_data_are_bounded(checker, monkeypatch, sources):
    data = zlib.compress(dataset_of(next(iter(sources.values()))), wbits=-15)
    right = told(checker.check_dataset(data, DEFLATED_LITTLE))
    assert ("deflate", "error", "") in told(checker.check_dataset(data[:-9], DEFLATED_LITTLE))
    monkeypatch.setattr("scansim.wire.dataset.LONGEST_INFLATED", 20_000)
    assert told(checker.check_dataset(data, DEFLATED_LITTLE)) == [("checker-limit", "info", ""), *right]
    assert ("deflate", "error", "") in told(checker.check_dataset(b"no deflate", DEFLATED_LITTLE))


# --- broken bytes -----------------------------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=400), syntax=st.sampled_from([IMPLICIT_LITTLE, EXPLICIT_LITTLE, EXPLICIT_BIG, "1.2.3"]))
def test_any_bytes_are_findings_and_never_an_exception(data, syntax, checker):
    checker.check_bytes(data)
    checker.check_bytes(bytes(128) + b"DICM" + data)
    checker.check_dataset(data, syntax)
    checker.check_dataset(data, DEFLATED_LITTLE, elided=10)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    made=st.sampled_from(["ct", "mr"]),
    changes=st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 3), st.binary(min_size=1, max_size=8)), max_size=6),
)
def test_spoiled_files_are_findings_and_never_an_exception(made, changes, exams, checker):
    data = bytearray(exams[made][1][:6000])
    for at, how, new in changes:
        at %= len(data) or 1
        if how == 0:
            data[at : at + len(new)] = new
        elif how == 1:
            data[at:at] = new
        elif how == 2:
            del data[at : at + len(new)]
        else:
            del data[at:]
    series = SeriesChecker()
    series.add(checker.check_bytes(bytes(data)), "spoiled")
    series.findings()


def test_deep_nesting_ends(checker):
    open_ = b"\x08\x00\x40\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff"
    assert checker.check_dataset(open_ * 500, EXPLICIT_LITTLE).errors


# --- memory -----------------------------------------------------------------------------------------------------------


def test_a_memo_forgets_what_nobody_asks_for():
    memo = Memo(10)
    for number in range(1000):
        memo.turn()
        assert memo.get(0) in (None, "kept")
        memo.put(0, "kept")
        memo.put(number + 1, "value")
    assert memo.get(0) == "kept"
    assert memo.get(1) is None
    assert len(memo) <= 22


def test_a_memo_is_bounded_by_size_too():
    memo = Memo(1000, size=100)
    for number in range(50):
        memo.turn()
        memo.put(number, "value", size=30)
    assert len(memo) < 12


@pytest.mark.long
def test_what_is_remembered_does_not_grow_with_the_instances(exams, monkeypatch):
    monkeypatch.setattr(elements, "Memo", lambda entries: Memo(entries // 20))
    data = exams["mr"][1]
    checker = Checker()
    uid = parse(data).get("SOPInstanceUID").value
    monitored = []
    for number in range(2_500):
        checker.check_bytes(data.replace(uid, str(number).encode().rjust(20, b"1").ljust(len(uid), b"0")))
        if number % 500 == 499:
            walker = next(iter(checker._walkers.values()))
            monitored.append(sum(len(known.memo) for known in walker._known.values()))
            assert len(checker._structures._judged) == 1
    assert max(monitored) < 2_250
    assert monitored[-1] < max(monitored) * 1.2
