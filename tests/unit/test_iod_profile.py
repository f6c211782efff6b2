"""Profile files of `scanproof check`, --only and --skip, --edition."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from scanproof.iod import Checker
from scanproof.iod.command import Options, check_paths, json_schema
from scanproof.iod.command.edition import edition_of
from scanproof.iod.command.profile import Profile
from scanproof.iod.command.profile_file import load_profile
from scanproof.iod.finding import IodFinding, IodLevel
from scanproof.iod.tables import edition_2020c
from scansim.inputs import InputError
from scansim.mutants import mutate
from scansim.wire.dataset import EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE, tag_of
from tests.support.command_line import main
from tests.support.small_exam import small_exam

CT = "1.2.840.10008.5.1.4.1.1.2"
MR = "1.2.840.10008.5.1.4.1.1.4"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return small_exam("ct", tmp_path_factory.mktemp("ct"))


@pytest.fixture
def profile(tmp_path):
    def load(text):
        path = tmp_path / "ours.yaml"
        path.write_text(f"name: Ours\n{text}")
        return Profile(load_profile(path))

    return load


@pytest.fixture
def found(profile):
    """Rule and tag of what a profile finds in an encoded data set, with its messages."""

    def judge(text, dataset, syntax=EXPLICIT_LITTLE):
        mine = profile(text)
        checker = Checker(wanted=mine.wanted)
        checked = checker.check_dataset(encoded(dataset, syntax), syntax)
        first = mine.judge(checked)
        assert mine.judge(checker.check_dataset(encoded(dataset, syntax), syntax)) == first, "as it is remembered"
        assert all(finding.clause.startswith("profile Ours (ours.yaml:") for finding in first)
        assert all(bool(finding.advice) == ("filed" in finding.message) for finding in first)
        return {(finding.rule, finding.tag): finding.message for finding in first}

    return judge


def encoded(values, syntax=EXPLICIT_LITTLE):
    """Elements of keywords with values; a list of mappings is a sequence, which may be of undefined length."""
    order = "big" if syntax == EXPLICIT_BIG else "little"

    def element(name, value):
        tag = tag_of(name)
        head = b"".join(part.to_bytes(2, order) for part in (tag >> 16, tag & 0xFFFF))
        vr, raw = b"LO", b""
        if isinstance(value, list):
            vr = b"SQ"
            for item in value:
                inner = encoded(item, syntax)
                mark = b"".join(part.to_bytes(2, order) for part in (0xFFFE, 0xE000))
                raw += mark + len(inner).to_bytes(4, order) + inner
        else:
            raw = value if isinstance(value, bytes) else value.encode()
            raw += b" " * (len(raw) % 2)
        vr = {"PatientName": b"PN", "Modality": b"CS", "SOPClassUID": b"UI", "KVP": b"DS"}.get(name, vr)
        if syntax == IMPLICIT_LITTLE:
            return head + len(raw).to_bytes(4, order) + raw
        length = b"\0\0" + len(raw).to_bytes(4, order) if vr == b"SQ" else len(raw).to_bytes(2, order)
        return head + vr + length + raw

    return b"".join(element(name, values[name]) for name in sorted(values, key=tag_of))


def run(*paths, **options):
    out, notes = [], []
    code = check_paths([Path(path) for path in paths], Options(**options), out.append, notes.append)
    return code, "".join(out), notes


# --- what a profile asks for ------------------------------------------------------------------------------------------

SYNTAXES = (EXPLICIT_LITTLE, IMPLICIT_LITTLE, EXPLICIT_BIG)


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_types(found, syntax):
    text = """require:
  - {tag: AccessionNumber, message: studies are filed by it, advice: ask the RIS}
  - {tag: StudyID, type: 2}
  - {tag: PatientID}
"""
    held = {"SOPClassUID": CT + "\0", "AccessionNumber": "", "PatientID": "1"}
    assert found(text, held, syntax) == {
        ("profile-required", "AccessionNumber"): "empty, and a value is wanted: studies are filed by it",
        ("profile-required", "StudyID"): "absent, and wanted",
    }
    assert found(text, {**held, "AccessionNumber": "A", "StudyID": ""}, syntax) == {}
    assert found(text, {**held, "AccessionNumber": "  ", "StudyID": "1"}, syntax).keys() == {
        ("profile-required", "AccessionNumber")
    }


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_paths_into_sequences(found, syntax):
    text = "require: [{tag: RequestAttributesSequence > RequestedProcedureID}]"
    path = "RequestAttributesSequence"
    assert found(text, {"Modality": "CT"}, syntax).keys() == {("profile-required", path)}
    assert found(text, {path: []}, syntax).keys() == {("profile-required", path)}
    assert found(text, {path: [{"RequestedProcedureID": "1"}]}, syntax) == {}
    held = {path: [{"RequestedProcedureID": "1"}, {"StudyID": "2"}, {"RequestedProcedureID": ""}]}
    assert found(text, held, syntax).keys() == {
        ("profile-required", f"{path}[2] > RequestedProcedureID"),
        ("profile-required", f"{path}[3] > RequestedProcedureID"),
    }
    deeper = "require: [{tag: 'RequestAttributesSequence > ScheduledProtocolCodeSequence > CodeValue', values: [A]}]"
    nested = {path: [{"ScheduledProtocolCodeSequence": [{"CodeValue": "B"}]}]}
    assert found(deeper, nested, syntax) == {
        ("profile-value", f"{path}[1] > ScheduledProtocolCodeSequence[1] > CodeValue"): "value 1 is 'B', not one of A"
    }


def test_a_sequence_itself(found):
    text = "require: [{tag: RequestAttributesSequence}]"
    assert found(text, {"RequestAttributesSequence": []}).keys() == {("profile-required", "RequestAttributesSequence")}
    assert found(text, {"RequestAttributesSequence": [{"StudyID": "1"}]}) == {}


def test_values(found):
    text = """require:
  - {tag: Modality, type: 3, values: [CT, MR]}
  - {tag: KVP, type: 3, values: [120, 80.5]}
  - {tag: PatientID, type: 3, matches: "[0-9]{3}"}
"""
    assert found(text, {"StudyID": "1"}) == {}, "type 3: what is not there has no wrong value"
    assert found(text, {"Modality": "MR", "KVP": "120.0", "PatientID": "123"}) == {}
    assert found(text, {"Modality": "US", "KVP": "121", "PatientID": "1234"}) == {
        ("profile-value", "Modality"): "value 1 is 'US', not one of CT, MR",
        ("profile-value", "KVP"): "value 1 is '121', not one of 120, 80.5",
        ("profile-value", "PatientID"): "value 1 is '1234', which does not match [0-9]{3}",
    }


def test_forbidden(found):
    text = "forbid: [{tag: PatientAddress}, {tag: 'RequestAttributesSequence > StudyID'}, {tag: '(0029,1001)'}]"
    held = {"PatientAddress": "", "RequestAttributesSequence": [{"PatientID": "1"}, {"StudyID": "1"}]}
    assert found(text, {**held, "(0029,1001)": "x"}).keys() == {
        ("profile-forbidden", "PatientAddress"),
        ("profile-forbidden", "RequestAttributesSequence[2] > StudyID"),
        ("profile-forbidden", "(0029,1001)"),
    }
    assert found(text, {"PatientID": "1"}) == {}


def test_text_in_its_character_set(found):
    text = "require: [{tag: PatientName, values: ['Müller']}]"
    for syntax in SYNTAXES:
        right = {"SpecificCharacterSet": "ISO_IR 100", "PatientName": "Müller".encode("latin-1")}
        assert found(text, right, syntax) == {}
        assert (
            found(text, {**right, "SpecificCharacterSet": "ISO_IR 101"}, syntax).keys()
            == {("profile-value", "PatientName")}
            or syntax
        )


def test_what_could_not_be_read_is_not_asked_for(profile, files):
    mine = profile("require: [{tag: AdmissionID}, {tag: IrradiationEventUID}]")
    checker = Checker(wanted=mine.wanted)
    assert {each.tag for each in mine.judge(checker.check_bytes(files[1]))} >= {"AdmissionID"}
    for size in (140, 200, 400, 900, 901, 905, 950, 1000):
        assert mine.judge(checker.check_bytes(files[1][:size])) == (), "it may stand behind the end"
    assert mine.judge(checker.check_bytes(files[1][:-100])), "nothing stands behind the pixels"


def test_a_profile_is_about_sop_classes(profile, files):
    rows = "\n".join(
        f"  - {{tag: AdmissionID, message: m{number}, sop_class: {name}}}"
        for number, name in enumerate(
            ("CT Image Storage", "CTImageStorage", CT, "CT*", "[MR Image Storage, ct image storage]", "MR*", "2.25.1")
        )
    )
    mine = profile(f"require:\n{rows}\n")
    checked = Checker(wanted=mine.wanted).check_bytes(files[1])
    assert [each.message[-1] for each in mine.judge(checked)] == ["0", "1", "2", "3", "4"]
    assert [each.message[-1] for each in mine.judge(replace(checked, sop_class=MR))] == ["4", "5"]


# --- levels -----------------------------------------------------------------------------------------------------------


def measured(mine, rule, tag, sop_class=CT, level=IodLevel.ERROR):
    left_out: Counter[str] = Counter()
    found = mine.measured(IodFinding(rule, level, tag, "text", "PS3.3 X"), sop_class, left_out)
    again = mine.measured(IodFinding(rule, level, tag, "text", "PS3.3 X"), sop_class, left_out)
    assert found == again
    return found, left_out


def test_levels_and_the_last_row_counts(profile):
    mine = profile("""rules:
  - {rule: type2-*, level: warning, message: we can live with it}
  - {rule: type2-missing, tag: AccessionNumber, level: error}
  - {rule: "*", tag: Laterality, level: off, reason: not asked for}
  - {rule: vm, sop_class: MR Image Storage, level: info}
""")
    found, _ = measured(mine, "type2-missing", "StudyID")
    assert (found.level, found.message) == (IodLevel.WARNING, "text (we can live with it)")
    assert found.clause == "PS3.3 X; warning by profile Ours (ours.yaml:3)"
    found, _ = measured(mine, "type2-missing", "AccessionNumber")
    assert (found.level, found.clause) == (IodLevel.ERROR, "PS3.3 X")
    found, left_out = measured(mine, "condition-missing", "SourceSequence[3] > Laterality")
    assert found is None
    assert left_out == {"by profile Ours (ours.yaml:5): not asked for": 2}
    assert measured(mine, "vm", "Rows")[0].level is IodLevel.ERROR
    assert measured(mine, "vm", "Rows", MR)[0].level is IodLevel.INFO


def test_a_path_of_a_row(profile):
    mine = profile("rules: [{tag: ReferencedImageSequence > *, level: 'off'}]")
    assert measured(mine, "vm", "ReferencedImageSequence[2] > FrameNumber")[0] is None
    assert measured(mine, "vm", "FrameNumber")[0] is not None


def test_what_is_off_is_counted_in_the_report(tmp_path, files):
    for number, data in enumerate(files):
        (tmp_path / f"{number}.dcm").write_bytes(mutate("enumerated-value-patient-sex", data))
    path = tmp_path / "p.yaml"
    path.write_text("name: P\nrules:\n- {rule: enumerated-value, level: off, reason: we know}\n")
    assert run(tmp_path)[0] == 1
    code, text, _ = run(tmp_path, profile=path)
    assert code == 0
    assert "left out: 5 findings: 5 by profile P (p.yaml:3): we know" in text
    report = json.loads(run(tmp_path, profile=path, as_json=True)[1])
    assert report["left_out"] == [{"why": "by profile P (p.yaml:3): we know", "count": 5}]
    path.write_text("name: P\nrequire: [{tag: AdmissionID}]\n")
    code, text, _ = run(tmp_path / "0.dcm", profile=path, only=("profile-*",))
    assert code == 1
    assert "profile P (p.yaml:2)" in text


# --- mistakes in the file ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("require: [{tag: AccesionNumber}]", "AccesionNumber'.*did you mean AccessionNumber"),
        ("require: [{tag: PatientID, typ: 1}]", "unknown key; allowed here: .*did you mean type"),
        ("require: [{tag: PatientID, type: 4}]", "type.*1, 2 or 3"),
        ("require: [{tag: PatientID, type: 3}]", "demands nothing"),
        ("require: [{tag: PatientID, matches: '['}]", "no regular expression"),
        ("require: [{tag: patientid}]", "'patientid'; did you mean PatientID\\?"),
        ("require: [{tag: Patient's Name}]", "did you mean PatientName\\?"),
        ("require: [{tag: (0010,0020)}]", r"in braces a tag stands in quotes: '\(gggg,eeee\)'"),
        ("require: [{tag: '0010,0020'}]", r"did you mean \(0010,0020\)\?"),
        ("require: [{tag: 'ScheduledStepAttributesSequence[1] > StudyInstanceUID'}]", "leave the number out"),
        ("require: [{tag: PatientID > StudyID}]", r"PatientID is no sequence \(LO\)"),
        ("rules: [{tag: 'Lateralty*', level: off}]", "no attribute fits 'Lateralty\\*'.*did you mean Laterality"),
        ("rules: [{rule: vm, level: off}, {rule: vm, level: info}]", "the same rule, tag and sop_class as on line 2"),
        (
            "forbid: [{tag: PatientID, sop_class: CT *}]\nrequire: [{tag: StudyID}, {tag: PatientID}]",
            r"forbid\.0: PatientID is asked for on line 3",
        ),
        ("require: [{tag: PixelData}]", "not at file meta or pixels"),
        ("require: [{tag: PatientID, level: fatal}]", "'error', 'warning' or 'info'"),
        ("require: [{tag: PatientID, sop_class: CT Image Storag}]", "did you mean CT Image Storage"),
        ("rules: [{rule: type1-mising, level: off}]", "did you mean type1-missing"),
        ("rules: [{rule: typo-*, level: off}]", "no rule 'typo-\\*'"),
        ("rules: [{level: off}]", "everything would be off"),
        ("rules: [{rule: vm}]", "level: required"),
        ("rule: []", "unknown key; .*did you mean rules"),
    ],
)
def test_mistakes_are_told_with_their_line(profile, text, said):
    with pytest.raises(InputError, match=rf"ours\.yaml:2: .*{said}"):
        profile(text)


def test_rows_of_different_classes_contradict_nothing(profile):
    judge = profile(
        "require: [{tag: PatientID, sop_class: CT *}, {tag: StudyID, type: 3, values: [1]}, "
        "{tag: '(0009,1001) > (0009,1002)', type: 2}]\n"
        "forbid: [{tag: PatientID, sop_class: MR *}, {tag: StudyID}]\n"
        "rules: [{tag: Overlay*, level: info}, {tag: '*Sequence > Study*', level: info}, {tag: '(0009,*', level: info}]"
    )
    assert judge is not None


def test_the_examples_of_the_page_are_right(tmp_path):
    docs = Path(__file__).parents[2] / "docs"
    page = (docs / "check.md").read_text(encoding="utf-8")
    written, report = (page.split(f"```{language}\n")[1].split("```")[0] for language in ("yaml", "json"))
    (tmp_path / "page.yaml").write_text(written, encoding="utf-8")
    for path in (tmp_path / "page.yaml", docs / "check-profile.yaml"):
        loaded, _ = load_profile(path)
        assert (loaded.name, len(loaded.require)) == ("Our archive", 5)
    assert list(json.loads(report)) == [
        *("version", "edition", "files", "series_findings"),
        *("not_checked", "left_out", "partial"),
    ]


def test_a_profile_of_a_run_is_no_file(tmp_path, files):
    (tmp_path / "a.dcm").write_bytes(files[0])
    with pytest.raises(InputError, match="--profile strict: of a run; a check takes a file"):
        run(tmp_path, profile=Path("strict"))
    with pytest.raises(InputError, match=r"nothing\.yaml: cannot be read"):
        run(tmp_path, profile=tmp_path / "nothing.yaml")


@pytest.mark.long
def test_the_schema_is_of_the_file():
    schema = json_schema()
    assert set(schema["properties"]) == {"name", "about", "rules", "require", "forbid"}
    for row in ("RuleRow", "RequireRow", "ForbidRow"):
        assert all("description" in each for each in schema["$defs"][row]["properties"].values()), row
    assert json.loads(main("schema", "profile").stdout) == schema  # as editors get it


# --- --only, --skip, --edition ----------------------------------------------------------------------------------------


def test_only_and_skip(tmp_path, files):
    (tmp_path / "a.dcm").write_bytes(mutate("type2-missing-study-id", mutate("enumerated-value-patient-sex", files[1])))
    assert run(tmp_path, only=("vm",))[0] == 0
    code, text, _ = run(tmp_path, only=("type?-*",))
    assert code == 1
    assert "enumerated-value" not in text
    assert "left out: 1 finding: 1 of other rules than --only names" in text
    code, text, _ = run(tmp_path, skip={"type2-missing": "the RIS has none", "enumerated-*": ""})
    assert code == 0
    assert "left out: 2 findings: 1 by --skip enumerated-*, 1 by --skip type2-missing: the RIS has none" in text
    for option in ({"only": ("type2-mising",)}, {"skip": {"type2-mising": ""}}):
        with pytest.raises(InputError, match="'type2-mising': no rule of that id; did you mean type2-missing"):
            run(tmp_path, **option)


@pytest.mark.long
def test_the_options_of_the_command(tmp_path, files):
    (tmp_path / "a.dcm").write_bytes(mutate("type2-missing-study-id", files[1]))
    (tmp_path / "p.yaml").write_text("name: P\nforbid: [{tag: Modality}]\n")
    given = ("--skip", "type2-missing=why", "--only", "type*", "--edition", "2020c", "-j", "2")
    done = main("check", tmp_path, *given, "--profile", tmp_path / "p.yaml")
    assert (done.returncode, "by --skip type2-missing: why" in done.stdout) == (0, True)
    assert "2 of other rules" not in done.stdout
    assert main("check", tmp_path, "--only", "profile-*", "--profile", tmp_path / "p.yaml").returncode == 1


def test_findings_across_instances_are_measured_too(tmp_path, files):
    (tmp_path / "a.dcm").write_bytes(files[1])
    (tmp_path / "b.dcm").write_bytes(mutate("enumerated-value-patient-sex", files[1]))
    assert "uid-reuse" in run(tmp_path)[1]
    code, text, _ = run(tmp_path, skip={"uid-reuse": "", "enumerated-value": "", "*-disagrees": ""})
    assert code == 0
    assert "by --skip uid-reuse" in text


def test_an_edition_that_is_not_known():
    with pytest.raises(InputError, match=r"--edition 2019a: no facts of it are here; .*2020c, "):
        edition_of("2019a")
    assert edition_of(None) is None
    assert edition_of(Checker().edition) is None


def test_an_edition_before(tmp_path, files):
    edition = edition_of("2020c")
    checker = Checker(wanted=edition.wanted)
    checked = checker.check_bytes(files[1])
    assert edition.measured(checked, list(checked.findings)) == list(checked.findings)
    htj2k = replace(checked, transfer_syntax="1.2.840.10008.1.2.4.201", sop_class="1.2.840.10008.5.1.4.1.1.77.1.7")
    assert [(each.rule, each.level, each.tag) for each in edition.measured(htj2k, [])] == [
        ("edition-newer", IodLevel.INFO, "SOPClassUID"),
        ("edition-newer", IodLevel.INFO, "TransferSyntaxUID"),
    ]
    later = checker.check_dataset(encoded({"SyntheticData": "YES", "StudyID": "1"}), EXPLICIT_LITTLE)
    assert [each.tag for each in edition.measured(later, [])] == ["SyntheticData"]
    missing = IodFinding("type1-missing", IodLevel.ERROR, "X[1] > SyntheticData", "absent", "PS3.3 (2026b)")
    assert edition.measured(checked, [missing]) == []
    retired = IodFinding("attribute-retired", IodLevel.WARNING, "A[2] > DoseValue", "retired", "PS3.6 6")
    assert edition.measured(checked, [retired]) == []
    retired = replace(retired, tag="StudyComments")
    assert edition.measured(checked, [retired]) == [retired]
    photometric = IodFinding("photometric-by-syntax", IodLevel.WARNING, "PhotometricInterpretation", "x", "PS3.5 8.2.4")
    assert [each.level for each in edition.measured(checked, [photometric])] == [IodLevel.ERROR]
    (tmp_path / "a.dcm").write_bytes(files[1])
    assert "modules, types, nesting and conditions are those of 2026b" in run(tmp_path, edition="2020c")[1]


def test_the_facts_of_an_edition_are_of_attributes_that_there_are():
    assert all(tag_of(name) >> 16 for name in edition_2020c.LATER_ATTRIBUTES)
    assert "SyntheticData" in edition_2020c.LATER_ATTRIBUTES
    assert "PatientName" not in edition_2020c.LATER_ATTRIBUTES
