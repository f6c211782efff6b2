"""Mutants: each differs from its good file in the intended elements alone; the registry; surgery on bytes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from scansim.mutants import (
    LOOKALIKES,
    MUTANTS,
    OBJECT_MUTANTS,
    SERIES_MUTANTS,
    MutantError,
    bases,
    mutate,
    mutate_series,
    names,
    prepare,
    sop_class_uid,
)
from scansim.mutants.__main__ import lines
from scansim.mutants.facts import CT, MR, kebab
from scansim.mutants.surgery import Element, SurgeryError, both, delete, insert, insert_element, parse, sequence, value
from scansim.wire.dataset import read
from tests.support.small_exam import small_exam

ALL = {**MUTANTS, **LOOKALIKES}
OF = {sop_class: [name for name, each in ALL.items() if sop_class in each.applies_to] for sop_class in (CT, MR)}
VRS = ("da", "tm", "dt", "ui", "cs", "ds", "is", "pn", "as", "ae", "lo", "sh", "lt", "st")
#: The kinds of fault of shared/iod.md, and the rules that stand for them.
FAULT_KINDS = {
    "Type 1 missing or empty": ("type1-missing", "type1-empty"),
    "Type 2 missing": ("type2-missing",),
    "enumerated value": ("enumerated-value", "defined-term"),
    "VM": ("vm", "vm-pair", "item-count"),
    "VR grammar": tuple(f"vr-grammar-{vr}" for vr in VRS),
    "value too long": ("value-too-long",),
    "odd length": ("odd-length",),
    "VR against the dictionary": ("vr-mismatch", "vr-unknown"),
    "VR against Pixel Representation": ("vr-by-pixel-representation",),
    "conditional": ("condition-missing", "condition-forbidden"),
    "bits": ("bits-contradiction",),
    "pixels": ("pixel-length", "encapsulation"),
    "file meta": ("meta-mismatch", "meta-group-length", "meta-prefix"),
    "UIDs": ("uid-grammar", "uid-reuse", "vr-grammar-ui"),
    "private": ("private-creator-missing", "private-creator-empty"),
    "character sets": ("charset-term", "charset-bytes"),
    "items and sequences": ("item-empty", "sequence-truncated", "element-truncated"),
    "geometry": ("geometry-orientation", "geometry-spacing", "geometry-slice-order"),
    "Modality": ("modality-sop-class",),
    "entities that disagree": ("patient-disagrees", "study-disagrees", "series-disagrees", "equipment-disagrees"),
    "SOP Classes": ("sop-class-retired", "sop-class-unknown"),
}


@pytest.fixture(scope="module")
def exams(tmp_path_factory):
    return {sop: small_exam(made, tmp_path_factory.mktemp(made)) for made, sop in (("ct", CT), ("mr", MR))}


@pytest.fixture(scope="module", params=[CT, MR], ids=["CT", "MR"])
def exam(request, exams):
    return exams[request.param]


@pytest.fixture(scope="module")
def sources(exams):
    return {sop_class: files[2] for sop_class, files in exams.items()}


def top(path):
    return path.split(" > ")[0].split("[")[0]


def span(file, paths):
    """First byte, and the one after the last, of the top-level elements of these paths; both None if none is there."""
    if "(prefix)" in paths:
        return 0, 132
    tags = [parsed.tag for path in paths if (parsed := file.find(top(path))) is not None]
    found = [(start, end) for element, start, end in file.spans() if element.tag in tags]
    return (min(start for start, _ in found), max(end for _, end in found)) if found else (None, None)


def without_group_length(data):
    """The bytes with the length of the File Meta Information blotted out: it follows from what is in it."""
    return data[:140] + bytes(4) + data[144:] if data[132:136] == b"\2\0\0\0" else data


@pytest.mark.parametrize("sop_class", OF, ids=["CT", "MR"])
def test_bytes_outside_the_intended_elements_are_untouched(sop_class, sources):
    """Everything before the first touched element and everything after the last one is the same, byte for byte."""
    assert {sop_class for each in ALL.values() for sop_class in each.applies_to} == {*OF}
    for name in OF[sop_class]:
        are_untouched(name, prepare(name, sources[sop_class]), mutate(name, sources[sop_class]))


def are_untouched(name, source, result):
    mutant = ALL[name]
    assert result != source, name
    start, end = span(parse(source), mutant.touches)
    if name in ("implicit",):
        return  # another encoding altogether: see the walk below
    if start is None:  # an insertion; its place is where the bytes begin to differ
        inserted = len(result) - len(source)
        assert inserted > 0, name
        start = next((n for n, (a, b) in enumerate(zip(source, result, strict=False)) if a != b), len(source))
        end = start
    before, after = without_group_length(source), without_group_length(result)
    if all(path.startswith("FileMetaInformationGroupLength") for path in mutant.touches):
        before, after = source, result
    assert after[:start] == before[:start] or name.startswith("meta-missing-group-length"), name
    assert after[len(after) - (len(before) - end) :] == before[end:], name


def walked(data, vrs=True):
    """Path of every element, to what is encoded there."""
    file = parse(data)
    syntax = file.get("TransferSyntaxUID").value.rstrip(b"\0").decode()
    at = len(file.head) + sum(len(element.encode(True)) for element in file.meta)
    found = {}
    for group in (read(data[132:at], "1.2.840.10008.1.2.1"), read(data[at:], syntax)):
        assert group.problems == ()
        for path, _, element in group.walk():
            found[path] = (element.vr if vrs else "", element.value, len(element.items or ()))
    found["(prefix)"] = file.head
    return found


#: What breaks the structure, so that nothing behind it can be walked; the test of the bytes above speaks for these.
_STRUCTURE = (
    "odd-length",
    "vr-unknown",
    "element-order",
    "element-twice",
    "element-truncated",
    "element-length",
    "group-forbidden",
    "sequence-truncated",
    "encapsulation",
    "meta-mismatch",
    "meta-prefix",
    "transfer-syntax-unknown",
    "vr-mismatch",
)


def walkable(name):
    # of the look-alikes, the rule is the one that they do not break
    return name in LOOKALIKES or (ALL[name].rule not in _STRUCTURE and name != "meta-missing-transfer-syntax")


@pytest.mark.parametrize("sop_class", OF, ids=["CT", "MR"])
def test_walks_differ_in_the_intended_elements_alone(sop_class, sources):
    for name in filter(walkable, OF[sop_class]):
        differ_in_the_intended_elements_alone(name, prepare(name, sources[sop_class]), mutate(name, sources[sop_class]))


def differ_in_the_intended_elements_alone(name, source, result):
    mutant = ALL[name]
    vrs = name != "implicit"
    before, after = walked(source, vrs), walked(result, vrs)
    differing = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    if "FileMetaInformationGroupLength" not in mutant.touches:
        differing.discard("FileMetaInformationGroupLength")
    inside = {
        whole: {path for path in differing if path == whole or path.startswith(f"{whole}[")} for whole in mutant.touches
    }
    assert all(inside.values()), f"{name}: each of them differs, or what is in it does"
    assert differing == set().union(*inside.values()), name


def test_not_walkable_mutants_are_few():
    assert sum(not walkable(name) for name in MUTANTS) < len(MUTANTS) / 4


def test_made_twice_they_are_the_same(sources):
    for name, each in ALL.items():
        for sop_class in each.applies_to:
            assert mutate(name, sources[sop_class]) == mutate(name, sources[sop_class])


def test_they_can_be_made_of_every_file_of_an_exam(exam):
    sop_class = sop_class_uid(parse(exam[0]))
    for data in (exam[0], exam[1]):  # localizer and axial slice
        for name in names(sop_class):
            assert mutate(name, data) != data


# --- the registry -----------------------------------------------------------------------------------------------------


def test_every_fault_kind_has_its_mutants():
    rules = {each.rule for each in (*MUTANTS.values(), *SERIES_MUTANTS.values())}
    assert {kind: wanted for kind, wanted in FAULT_KINDS.items() if not set(wanted) <= rules} == {}
    for sop_class in (CT, MR):
        assert len(names(sop_class)) >= 80
    assert {"error", "warning"} == {each.level for each in MUTANTS.values()}
    assert {"none", "warning"} == {each.level for each in LOOKALIKES.values()}


def test_facts_are_complete():
    assert not MUTANTS.keys() & LOOKALIKES.keys()
    assert not OBJECT_MUTANTS.keys() & (MUTANTS.keys() | LOOKALIKES.keys() | SERIES_MUTANTS.keys())
    assert not (MUTANTS.keys() | LOOKALIKES.keys()) & SERIES_MUTANTS.keys()
    for group in (MUTANTS, OBJECT_MUTANTS, SERIES_MUTANTS, LOOKALIKES):
        for name, each in group.items():
            assert name == name.lower()
            assert " " not in name
            assert each.rule == each.rule.lower()
            assert each.clause.startswith("PS3."), name
            assert each.clause.endswith(")"), f"{name}: the clause has no edition"
            assert each.tag
    assert all(each.summary and len(each.summary) < 120 for each in (*MUTANTS.values(), *SERIES_MUTANTS.values()))
    assert all(each.why for each in LOOKALIKES.values())


def test_names_are_not_lost_to_a_second_mutant_of_the_same_name():
    from scansim import mutants

    assert len(MUTANTS) == sum(len(group.MUTANTS) for group in mutants._GROUPS)
    assert len(SERIES_MUTANTS) == len(mutants.series.SERIES_MUTANTS)
    assert len(LOOKALIKES) == len(mutants.lookalikes.LOOKALIKES) + len(mutants.lookalike_values.LOOKALIKES)


def test_what_is_known_of_the_peer_is_of_mutants_that_exist():
    from scansim.mutants import peer

    assert {
        name for _, blind in peer.BLIND for name in blind
    } | peer.SEEN_AS.keys() <= MUTANTS.keys() | OBJECT_MUTANTS.keys()
    assert {name for _, blind in peer.BLIND_SERIES for name in blind} <= SERIES_MUTANTS.keys()
    assert not {name for _, blind in peer.BLIND for name in blind} & peer.SEEN_AS.keys()


def test_unknown_names_get_the_nearest_one(sources, exam):
    with pytest.raises(MutantError, match="no mutant 'type1-missing-modalty'; did you mean type1-missing-modality"):
        mutate("type1-missing-modalty", sources[CT])
    with pytest.raises(MutantError, match="did you mean series-gap"):
        mutate_series("series-gaps", exam)


def test_files_of_another_sop_class_are_refused(sources):
    with pytest.raises(MutantError, match=r"is made of MR Image Storage, not of CT Image Storage"):
        mutate("type1-missing-scanning-sequence", sources[CT])
    other = value("SOPClassUID", "1.2.840.10008.5.1.4.1.1.7")(parse(sources[CT])).encode()
    with pytest.raises(MutantError, match=r"CT Image Storage or MR Image Storage, not of 1\.2\.840.*\.7"):
        mutate("type1-missing-rows", other)


def test_files_that_lack_what_is_needed_are_refused(sources):
    with pytest.raises(MutantError, match="type1-missing-rows: the file has no Rows"):
        mutate("type1-missing-rows", mutate("type1-missing-rows", sources[CT]))
    with pytest.raises(MutantError, match="not a DICOM file"):
        mutate("type1-missing-rows", b"nothing")


def test_the_table_in_the_documentation_is_up_to_date():
    path = Path(__file__).parents[2] / "docs" / "mutants.md"
    assert path.read_text("utf-8").splitlines() == list(lines()), "tools/regenerate"


# --- series -----------------------------------------------------------------------------------------------------------


def series_names(sop_class):
    return [name for name, mutant in SERIES_MUTANTS.items() if sop_class in mutant.applies_to]


def test_series_mutants_change_the_intended_attribute_of_the_longest_series(exam):
    for name in series_names(sop_class_uid(parse(exam[0]))):
        mutant = SERIES_MUTANTS[name]
        result = mutate_series(name, exam)
        assert result[0] == exam[0], "the localizer is another series"
        assert result == mutate_series(name, exam)
        if name == "series-gap":
            assert result == [*exam[:2], *exam[3:]]
            continue
        changed = [number for number, (a, b) in enumerate(zip(exam, result, strict=True)) if a != b]
        assert changed
        for number in changed:
            before, after = walked(exam[number]), walked(result[number])
            differing = {path for path in before if before[path] != after.get(path)} | (after.keys() - before.keys())
            allowed = {mutant.tag, f"MediaStorage{mutant.tag}", "FileMetaInformationGroupLength"}
            assert mutant.tag in differing
            assert differing <= allowed | ({"PixelData"} if name == "series-matrix-mixed" else set())


def test_series_are_taken_in_the_order_of_their_instance_numbers(exam):
    assert mutate_series("series-order", exam[::-1])[1:] == mutate_series("series-order", exam)[1:]


def test_short_series_are_refused(exam):
    with pytest.raises(MutantError, match="a series of at least three files is needed"):
        mutate_series("series-patient-id", exam[:3])
    with pytest.raises(MutantError, match="at least four slices"):
        mutate_series("series-gap", exam[:4])


# --- surgery ----------------------------------------------------------------------------------------------------------


def test_files_are_put_together_as_they_were(exam):
    for data in exam:
        assert parse(data).encode() == data
        for base in (bases.implicit, bases.compressed, bases.with_references, bases.with_open_procedure):
            made = base(parse(data)).encode()
            assert parse(made).encode() == made


def test_elements_are_found_and_put_by_path(sources):
    file = both(bases.with_references, bases.with_private)(parse(sources[CT]))
    path = "ReferencedImageSequence[1] > PurposeOfReferenceCodeSequence[1] > CodeValue"
    assert file.get(path).value == b"121311"
    assert value(path, "1")(file).get(path).value == b"1 "
    assert delete(path)(file).find(path) is None
    assert file.get("(0009,1001)").value == b"private text"
    assert file.find("ReferencedImageSequence[2] > CodeValue") is None
    assert file.find("Rows[1] > CodeValue") is None
    with pytest.raises(SurgeryError, match=r"no ReferencedImageSequence\[2\]"):
        insert("ReferencedImageSequence[2] > CodeValue", "1")(file)
    with pytest.raises(SurgeryError, match="no path"):
        file.get("Rows & Columns")


def test_elements_stand_in_order_and_lengths_are_right(sources):
    file = both(insert("PatientAge", "075Y"), insert("(0009,0010)", "X"), insert("(FFFC,FFFC)", b"\0"))(
        parse(sources[MR])
    )
    tags = [element.tag for element in file.elements]
    assert tags == sorted(tags)
    dataset = read(file.encode()[132 + sum(len(e.encode(True)) for e in file.meta) :], "1.2.840.10008.1.2.1")
    assert dataset.problems == ()
    assert dataset.values("PatientAge") == ("075Y",)


def test_group_length_follows_the_file_meta_information(sources):
    file = parse(sources[CT])
    shorter = delete("ImplementationVersionName")(file)
    removed = len(file.get("ImplementationVersionName").encode(True))
    lengths = [int.from_bytes(each.get("FileMetaInformationGroupLength").value, "little") for each in (file, shorter)]
    assert lengths[0] - lengths[1] == removed


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda data: data[:-10], "PixelData states"),
        (lambda data: data[: data.index(b"\xe0\x7f\x10\x00") + 6], "ends inside an element header"),
        (lambda data: data.replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.2\0", 1), "are not cut"),
    ],
)
def test_malformed_sources_are_refused(spoil, said, sources):
    with pytest.raises(SurgeryError, match=said):
        parse(spoil(sources[CT]))


def test_malformed_sequences_are_refused(sources):
    base = bases.with_open_procedure(parse(sources[CT]))
    open_end = replace(base.get("ProcedureCodeSequence"), closed=False)
    with pytest.raises(SurgeryError, match="no item where one belongs"):
        parse(base.put("ProcedureCodeSequence", open_end).encode())
    last = replace(base, elements=(*base.elements[:3], open_end))
    with pytest.raises(SurgeryError, match="not closed"):
        parse(last.encode())


def test_compressed_pixels_are_those_of_the_source(sources):
    from io import BytesIO

    import numpy as np
    from pydicom import dcmread

    for data in sources.values():
        packed = dcmread(BytesIO(bases.compressed(parse(data)).encode()))
        assert np.array_equal(packed.pixel_array, dcmread(BytesIO(data)).pixel_array)


def test_sequences_are_made_of_text_and_of_sequences():
    made = sequence("ProcedureCodeSequence", {"CodeValue": "1", "CodeMeaning": "odd"}, undefined=True)
    assert made.encode(True).endswith(b"\x04\x00odd \xfe\xff\x0d\xe0\0\0\0\0\xfe\xff\xdd\xe0\0\0\0\0")
    assert insert_element("ProcedureCodeSequence", made)
    assert Element(0x00280010, "US", b"\1\0").encode(False) == b"\x28\0\x10\0\2\0\0\0\1\0"


def test_names_are_made_of_keywords():
    assert kebab("OtherPatientIDsSequence[1] > PatientID") == "other-patient-ids-sequence-patient-id"
    assert kebab("KVP") == "kvp"
    assert kebab("SOPInstanceUID") == "sop-instance-uid"
