"""The lint of statements: each rule fires on a mistake of its kind, on its line, and is silent on a right statement."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanproof.statements.lint import Finding, Severity, all_rules, explained, lint
from scansim.builtin_files import builtin_folder
from scansim.inputs import InputError
from tests.support.statement_example import RIGHT

ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE
BUILT_IN = sorted((builtin_folder() / "statements").glob("*.yaml"))

OWN_CONTEXTS = """\
  ARCHIVE:
    services: [verification, storage, storage_commitment, query_retrieve]
    presentation_contexts:
      - {sop_classes: [Verification], roles: [SCU, SCP], transfer_syntaxes: [ImplicitVRLittleEndian]}
      - sop_classes: [CTImageStorage]
        roles: [SCU, SCP]
        transfer_syntaxes: [ImplicitVRLittleEndian, ExplicitVRLittleEndian, JPEGLSLossless, JPEG2000Lossless]
      - {sop_classes: [MRImageStorage], transfer_syntaxes: [ImplicitVRLittleEndian, ExplicitVRLittleEndian]}
      - {sop_classes: [StorageCommitmentPushModel], transfer_syntaxes: [ImplicitVRLittleEndian]}
      - sop_classes:
          [StudyRootQueryRetrieveInformationModelFind, StudyRootQueryRetrieveInformationModelMove]
        transfer_syntaxes: [ImplicitVRLittleEndian, ExplicitVRLittleEndian]
"""
_ARCHIVE = "  ARCHIVE: {services: [verification, storage, storage_commitment, query_retrieve]}\n"
OWN = RIGHT.replace(_ARCHIVE, OWN_CONTEXTS)
COMPLETE = RIGHT.replace("      c_find_cancel: honoured\n", "      c_find_cancel: honoured\n      complete: Y\n")
_IMAGE = "            - {attribute: InstanceNumber, matching: [SINGLE_VALUE]}\n"
_STATUSES = '        - {status: Success, code: "0000", condition: stored on disk}\n'


@pytest.fixture
def linted(tmp_path):
    def linted(text: str) -> list[Finding]:
        path = tmp_path / "statement.yaml"
        path.write_text(text, encoding="utf-8")
        return lint(path)

    return linted


def planted(text: str, old: str, new: str) -> tuple[str, int]:
    """A statement with a mistake in it, and the line where it begins to differ."""
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
    changed = text.replace(old, new)
    pairs = zip(text.split("\n"), changed.split("\n"), strict=False)
    return changed, next(number for number, (one, other) in enumerate(pairs, 1) if one != other)


#: Rule, level, what is replaced by what.
PLANTED = [
    ("uid-name", ERROR, '"1.2.840.10008.5.1.4.1.1.2",', '"1.2.840.10008.5.1.4.1.1.4",'),
    ("uid-form", ERROR, "1.3.6.1.4.1.5962.5", "1.3.6.1.4.1.05962.5"),
    ("uid-form", ERROR, "1.3.6.1.4.1.5962.5", "1.3.6.1.4.1..5"),
    ("uid-form", ERROR, "1.3.6.1.4.1.5962.5", "1.3." + "1" * 64),
    ("uid-form", ERROR, "1.3.6.1.4.1.5962.5", "1.3.6.a.4"),
    ("uid-form", ERROR, "transfer_syntax_sets: [A], dimse: {", "transfer_syntaxes: [1.2.840.010008], dimse: {"),
    ("retired", NOTE, "sop_class: MRImageStorage", "sop_class: UltrasoundImageStorageRetired"),
    ("unknown-uid", NOTE, "sop_class: MRImageStorage", 'sop_class: "1.3.12.2.1107.5.9.1"'),
    ("default-syntax", WARNING, "B: [ImplicitVRLittleEndian, ", "B: ["),
    ("default-syntax", WARNING, "[ImplicitVRLittleEndian], scp", "[ExplicitVRLittleEndian], scp"),
    ("verification", WARNING, "verification: {scu: Y, scp: Y}", "verification: {scu: Y}"),
    (
        "compressed-service",
        NOTE,
        "ModalityWorklistInformationModelFind, transfer_syntax_sets: [A]",
        "ModalityWorklistInformationModelFind, transfer_syntax_sets: [B]",
    ),
    ("commitment-delivery", NOTE, "same_association: N, ", ""),
    ("contradiction", ERROR, "typical_delay_s: 10,", "typical_delay_s: 7200,"),
    ("required-key-returned", WARNING, _IMAGE, _IMAGE.replace("SINGLE_VALUE", "UNIVERSAL")),
    (
        "required-key-returned",
        NOTE,
        "{attribute: PatientID, matching: [SINGLE_VALUE]}",
        "{attribute: PatientID, matching: [UNIVERSAL]}",
    ),
    (
        "matching-of-vr",
        WARNING,
        "[StudyDate, StudyTime], matching: [SINGLE_VALUE, RANGE]",
        "[StudyDate, StudyTime], matching: [WILDCARD]",
    ),
    ("matching-of-vr", WARNING, _IMAGE, _IMAGE.replace("SINGLE_VALUE", "SINGLE_VALUE, RANGE")),
    ("matching-of-vr", NOTE, "PhysicianName, matching: [SINGLE_VALUE", "PhysicianName, matching: [UID, SINGLE_VALUE"),
    ("status-class", ERROR, 'Warning, code: "B000"', 'Warning, code: "A900"'),
    ("status-class", ERROR, 'Success, code: "0000"', 'Success, code: "B006"'),
    (
        "template-code",
        NOTE,
        _STATUSES,
        _STATUSES + '        - {status: Refused, code: "0214", condition: not authorized}\n',
    ),
    (
        "template-code",
        NOTE,
        _STATUSES,
        _STATUSES + '        - {status: Refused, code: "0112", condition: SOP Class not supported}\n',
    ),
    ("sample-text", NOTE, "vendor: Hospital Systems", "vendor: <Company Name>"),
    ("sample-text", NOTE, "condition: coerced", "condition: TBC"),
    ("sample-text", NOTE, "condition: coerced", 'condition: "[describe the condition here]"'),
    ("sample-text", NOTE, '["2.4.1"]', '["x.y.z"]'),
    ("sample-text", NOTE, "default: ARCHIVE", "default: EX_STORE_SCP"),
    ("sample-text", NOTE, "default: 11112", "default: 4000"),
    ("sample-text", NOTE, "1.3.6.1.4.1.5962.5", "1.2.3.4.5"),
    ("question", NOTE, "level_of_conformance: 2", 'level_of_conformance: "?"'),
    ("open-list", NOTE, "closed_list: Y", "closed_list: N"),
    ("open-list", NOTE, "vendor: Hospital Systems", "vendor: all devices including but not limited to these"),
    (
        "unmapped-service",
        NOTE,
        "WORKLIST: {services: [verification, basic_worklist_management]}",
        "WORKLIST: {services: [verification]}",
    ),
    ("rejection-values", NOTE, "reason: 7, condition", "reason: 9, condition"),
    ("title-and-rejection", NOTE, "called_ae_title_checked: Y", "called_ae_title_checked: N"),
    ("limit-and-rejection", NOTE, "acceptor: 20", "acceptor: none"),
    (
        "service-without-class",
        WARNING,
        "      - {sop_class: StudyRootQueryRetrieveInformationModelMove, transfer_syntax_sets: [A], scp: Y}\n",
        "",
    ),
    (
        "service-without-class",
        WARNING,
        "{sop_class: ModalityWorklistInformationModelFind, transfer_syntax_sets: [A], scp: Y}",
        "{sop_class: ModalityWorklistInformationModelFind, transfer_syntax_sets: [A], scu: Y}",
    ),
    ("no-syntax", WARNING, "sop_class: MRImageStorage, transfer_syntax_sets: [A], ", "sop_class: MRImageStorage, "),
]


#: Told where the other one of the two places is.
OF_TWO_PLACES = {
    *("default-syntax", "verification", "commitment-delivery", "title-and-rejection", "limit-and-rejection"),
    *("unmapped-service", "service-without-class"),
}


@pytest.mark.parametrize(
    ("rule", "level", "old", "new"), PLANTED, ids=[f"{n}-{each[0]}" for n, each in enumerate(PLANTED)]
)
def test_planted_mistake_is_found(linted, rule, level, old, new):
    text, line = planted(RIGHT, old, new)
    found = [each for each in linted(text) if each.rule == rule]
    assert [each.level for each in found[:1]] == [level], linted(text)
    if rule not in OF_TWO_PLACES:
        assert line in [each.line for each in found]
    assert not [each for each in linted(text) if each.level is ERROR and each.rule != rule]


@pytest.mark.parametrize(
    ("text", "level"), [(RIGHT, NOTE), (COMPLETE, ERROR)], ids=["of a table that nobody read", "stated to be whole"]
)
def test_worklist_lacks_a_required_key(linted, text, level):
    row = "        - {attribute: PatientID, matching: [SINGLE_VALUE]}\n"
    assert text.count(row) == 1
    (found,) = [each for each in linted(text.replace(row, "")) if each.rule == "required-key"]
    assert found.level is level
    assert "PatientID" in found.text
    modality = text.replace("[ScheduledStationAETitle, Modality]", "ScheduledStationAETitle")
    (found,) = [each for each in linted(modality) if each.rule == "required-key"]
    assert "ScheduledProcedureStepSequence.Modality" in found.text


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (_IMAGE, "", "level IMAGE lack InstanceNumber"),
        ("StudyInstanceUID, matching", "StudyDescription, matching", "level STUDY lack StudyInstanceUID"),
        ("[StudyDate, StudyTime]", "StudyDate", "level STUDY lack StudyTime"),
    ],
)
def test_query_lacks_a_required_key(linted, old, new, told):
    text, _ = planted(RIGHT, old, new)
    (found,) = [each for each in linted(text) if each.rule == "required-key"]
    assert found.level is ERROR
    assert told in found.text


def test_a_level_is_missing(linted):
    start = RIGHT.index("          IMAGE:\n")
    text = RIGHT[:start] + RIGHT[RIGHT.index("      move_scp:") :]
    (found,) = [each for each in linted(text) if each.level is ERROR]
    assert "nothing of level IMAGE" in found.text


@pytest.mark.parametrize("word", ["N", '"?"'])
def test_a_part_of_a_table_lacks_nothing(linted, word):
    text = RIGHT.replace(_IMAGE, "").replace("      find_scp:\n", f"      find_scp:\n        complete: {word}\n")
    assert "required-key" not in {each.rule for each in linted(text)}


def test_keys_that_an_entity_has_of_its_own(linted):
    chapter = RIGHT[RIGHT.index("  basic_worklist_management:\n") : RIGHT.index("  storage:\n    scp:")]
    own = "  WORKLIST:\n    services: [verification, basic_worklist_management]\n    own_services:\n"
    own += "".join(f"    {line}\n" for line in chapter.splitlines())
    text = RIGHT.replace(chapter, "").replace(
        "  WORKLIST: {services: [verification, basic_worklist_management]}\n", own
    )
    assert linted(text) == []
    (found,) = linted(text.replace("{attribute: PatientID, matching: [SINGLE_VALUE]}", "{attribute: PatientSex}"))
    assert (found.rule, found.level) == ("required-key", NOTE)


def test_a_key_may_be_written_as_a_tag_or_be_a_question(linted):
    text, _ = planted(
        RIGHT, "{attribute: PatientID, matching: [SINGLE_VALUE]}", '{attribute: "(0010,0020)", matching: "?"}'
    )
    assert {each.rule for each in linted(text)} == {"question"}


def test_commitment_without_storage(linted):
    storage = RIGHT[RIGHT.index("    storage_sop_classes:") : RIGHT.index("  dimse_services:")]
    text = RIGHT.replace(storage, "")
    (found,) = [each for each in linted(text) if each.rule == "commitment-without-storage"]
    assert found.level is WARNING
    assert "StorageCommitmentPushModel" in text.split("\n")[found.line - 1]


def test_a_class_that_is_and_is_not(linted):
    row = "      - {sop_class: MRImageStorage, transfer_syntax_sets: [A], dimse: {scp: Y}, function: {archive: Y}}\n"
    text, line = planted(RIGHT, row, row + "      - {sop_class: MRImageStorage, dimse: {scp: N}}\n")
    found = [each for each in linted(text) if each.rule == "contradiction"]
    assert [(each.level, each.line) for each in found] == [(ERROR, line)]


def test_a_code_that_is_two_classes(linted):
    text, line = planted(RIGHT, _STATUSES, _STATUSES + '        - {status: Failure, code: "B000", condition: full}\n')
    assert (ERROR, "contradiction") in {(each.level, each.rule) for each in linted(text)}
    assert (line, "status-class") in {(each.line, each.rule) for each in linted(text)}


def test_cancel_that_is_ignored_and_answered(linted):
    cancel = '      c_find_cancel: ignored\n      status_codes: [{status: Cancel, code: "FE00"}]\n'
    (found,) = linted(RIGHT.replace("      c_find_cancel: honoured\n", cancel))
    assert (found.rule, found.level) == ("cancel-and-status", WARNING)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("[MRImageStorage], tr", "[NuclearMedicineImageStorage], tr", "SCP of MR Image Storage"),
        ("        roles: [SCU, SCP]\n", "", "SCU of CT Image Storage"),
        ("dimse: {scp: Y}, function", "dimse: {scp: N}, function", "nothing is SCP of MR Image Storage"),
        (", JPEG2000Lossless]\n      - {sop_classes", "]\n      - {sop_classes", "differ in JPEG 2000"),
    ],
)
def test_overview_and_contexts_of_an_entity(linted, old, new, told):
    text = OWN.replace(old, new)
    found = [each for each in linted(text) if each.level is ERROR]
    assert text != OWN
    assert {each.rule for each in found} == {"overview-and-entity"}
    assert any(told in each.text for each in found)


def test_a_class_beyond_a_closed_list(linted):
    added = OWN.replace("[MRImageStorage], tr", "[MRImageStorage, NuclearMedicineImageStorage], tr")
    (found,) = [each for each in linted(added) if each.level is ERROR]
    assert "not in the overview, whose list is closed" in found.text
    assert not [each for each in linted(added.replace("closed_list: Y", "closed_list: N")) if each.level is ERROR]


def test_text_of_a_file_does_not_steer_the_terminal(linted):
    (found,) = linted(RIGHT.replace("vendor: Hospital Systems", 'vendor: "<Name \\e[31m>"'))
    assert "\x1b" in found.text or "\\x1b" in found.text
    assert "\x1b" not in str(found)


def test_several_mistakes_are_told_at_once(linted):
    text = RIGHT.replace('"1.2.840.10008.5.1.4.1.1.2",', '"1.2.840.10008.5.1.4.1.1.4",').replace("B000", "A900")
    assert {"uid-name", "status-class"} <= {each.rule for each in linted(text)}


@pytest.mark.parametrize("text", [RIGHT, OWN, COMPLETE], ids=["right", "own contexts", "complete"])
def test_right_statement_has_nothing(linted, text):
    assert linted(text) == []


@pytest.mark.parametrize("path", BUILT_IN, ids=lambda path: path.stem)
def test_built_in_statements_have_no_error(path: Path):
    # dcm4chee's own tables have no uncompressed Transfer Syntax for video
    known = {"default-syntax"} if path.stem == "dcm4chee-arc" else set()
    assert {each.rule for each in lint(path) if each.level is not NOTE} == known


def test_each_rule_has_a_planted_mistake():
    elsewhere = {"required-key", "commitment-without-storage", "cancel-and-status", "overview-and-entity"}
    assert {each[0] for each in PLANTED} | elsewhere == set(all_rules())


def test_rules_say_what_why_and_what_to_do():
    for rule in all_rules().values():
        assert rule.what.endswith(".")
        assert len(rule.why) > 40
        assert rule.hint.endswith(".")
    told = explained("required-key")
    assert "PS3.4 K.2.2.1.1.1" in told
    with pytest.raises(InputError, match="required-key"):
        explained("required-keys")


def test_a_long_statement_takes_no_longer_than_its_length(linted):
    rows = "".join(
        f'      - {{sop_class: "1.3.6.1.4.1.5962.{number}", transfer_syntax_sets: [A], dimse: {{scp: Y}}}}\n'
        for number in range(300)
    )
    head = "    storage_sop_classes:\n"
    found = [each for each in linted(RIGHT.replace(head, head + rows)) if each.rule == "unknown-uid"]
    assert len(found) == 300
    assert len({each.line for each in found}) == 300


_QUESTIONS = [
    ("    verification: {scu: Y, scp: Y}\n", '    verification: {scu: Y, scp: "?"}\n'),
    ("    verification: {scu: Y, scp: Y}\n", '    verification: "?"\n'),
    ("    verification: {scu: Y, scp: Y}\n", "    verification: {value: '?', ref: '1-3'}\n"),
    (_IMAGE, '            - {attribute: "?", matching: [SINGLE_VALUE]}\n'),
]


@pytest.mark.parametrize(("old", "new"), _QUESTIONS)
def test_what_is_a_question_is_not_missing(linted, old: str, new: str) -> None:
    before = {finding.rule for finding in linted(RIGHT)}
    changed, line = planted(RIGHT, old, new)
    found = [finding for finding in linted(changed) if finding.line == line or finding.rule not in before]
    assert [(each.rule, each.level) for each in found] == [("question", NOTE)]


def test_where_no_class_is_listed_a_service_lacks_none(linted) -> None:
    head = 'conformance_statement: "1"\ncover_page: {product: P, versions: ["1"]}\napplication_entities: {A: {}}\n'
    assert not [
        each
        for each in linted(f"{head}services: {{storage: {{scp: {{level_of_conformance: 2}}}}}}\n")
        if each.level is not NOTE
    ]


def test_a_wrong_uid_is_one_finding_and_not_what_follows_from_it(linted) -> None:
    rows = """\
      - {sop_class: CTImageStorage, uid: "1.2.840.10008.5.1.4.1.1.4", transfer_syntax_sets: [A], dimse: {scp: Y}}
      - {sop_class: CTImageStorage, transfer_syntaxes: [JPEGLSLossless], dimse: {scp: Y}}
"""
    head = 'conformance_statement: "1"\ncover_page: {product: P, versions: ["1"]}\napplication_entities: {A: {}}\n'
    text = (
        f"{head}overview:\n  dimse_services: {{verification: {{scp: Y}}}}\n  content_and_transfer:\n"
        f"    closed_list: Y\n    transfer_syntax_sets: {{A: [ImplicitVRLittleEndian]}}\n"
        f"    storage_sop_classes:\n{rows}"
    )
    assert [each.rule for each in linted(text)] == ["uid-name"]
    malformed = text.replace("5.1.4.1.1.4", "5.1.04.1.1.2")
    assert [each.rule for each in linted(malformed)] == ["uid-form"]
    assert [each.rule for each in linted(text.replace("5.1.4.1.1.4", "5.1.4.1.1.2"))] == []


def test_a_uid_that_is_newer_or_mistyped_is_noted_with_a_name_or_without(linted) -> None:
    for row in ('sop_class: "1.2.840.10008.5.1.4.1.1.999"', 'sop_class: New, uid: "1.2.840.10008.5.1.4.1.1.999"'):
        changed, line = planted(RIGHT, "sop_class: MRImageStorage", row)
        assert [(each.rule, each.line) for each in linted(changed) if "999" in each.text] == [("unknown-uid", line)]


def test_what_is_said_once_of_the_product_is_one_finding_however_many_aes_have_it(linted) -> None:
    changed, line = planted(RIGHT, "called_ae_title_checked: Y", "called_ae_title_checked: N")
    found = [each for each in linted(changed) if each.line == line]
    assert [each.rule for each in found] == ["title-and-rejection"]
    assert found[0].text.startswith("ARCHIVE (and WORKLIST) does not check")
