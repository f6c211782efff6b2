"""Wrong and hostile files of the form: each is told with its line and what is allowed, and none takes long."""

from __future__ import annotations

import pytest

from scanproof.statements import load_statement, read_statement
from scansim.inputs import InputError

HEAD = 'conformance_statement: "1"\ncover_page: {product: P, versions: ["1"]}\napplication_entities: {A: {}}\n'
SETS = "overview:\n  content_and_transfer:\n    transfer_syntax_sets: {A: [ImplicitVRLittleEndian], B: [JPEG2000]}\n"
ROWS = f"{HEAD}{SETS}    storage_sop_classes:\n"
#: As a published statement had it: the name of one, the UID of another.
DEFLATED = "{name: Deflated Explicit VR LE, uid: 1.2.840.10008.1.2.1}"


def row(what: str) -> str:
    return f"{ROWS}      - {{{what}, dimse: {{scp: Y}}}}\n"


def scp(service: str, what: str) -> str:
    return f"{HEAD}services: {{{service}: {{scp: {{{what}}}}}}}\n"


@pytest.fixture
def write(tmp_path):
    def write(text: str):
        path = tmp_path / "s.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (HEAD + "netwrk: {}\n", r":4: netwrk: unknown key; allowed here: .*network.*; did you mean network\?"),
        (
            HEAD + "services:\n  storage:\n    scp:\n      levl_of_conformance: 2\n",
            r":7: services.storage.scp.levl_of_conformance: .*; did you mean level_of_conformance\?",
        ),
        (
            scp("basic_worklist_management", "keys: [{in: PatientName, attributes: [{atribute: PatientID}]}]"),
            r":4: .*keys.0.attributes.0.atribute: unknown key; allowed here: attribute, .*; did you mean attribute",
        ),
        (row("sop_class: CTImagStorage"), r":8: .*nor the keyword of a SOP Class; did you mean CTImageStorage\?"),
        (row("sop_class: JPEG2000"), r":8: .*is the Transfer Syntax .* where a SOP Class belongs"),
        (row("sop_class: CTImageStorage, transfer_syntax_sets: [C]"), r":8: .*no set 'C' .*; there are A, B"),
        (row("sop_class: CTImageStorage, transfer_syntaxes: []"), r":8: .*at least one is wanted here"),
        (HEAD.replace("{A: {}}", "{A: {}, A: {}}"), r":3: 'A' stands twice, first on line 3"),
        (HEAD.replace("{A: {}}", '{A: {services: []}, "A ": {services: []}}'), r":3: .*AE title A stands twice"),
        (HEAD.replace("{A: {}}", "{SEVENTEEN-LETTERS: {}}"), r":3: .*is no AE title"),
        (HEAD.replace("{A: {}}", "{}"), r":3: application_entities: at least one"),
        (
            HEAD.replace("{A: {}}", "{A: {services: [storge]}}"),
            r":3: .*'storge' is none of verification, .*did you mean st",
        ),
        (
            HEAD.replace("{A: {}}", "{A: {}, B: {}}"),
            r":3: .*A, B: with several .* each has services, out of verification",
        ),
        (HEAD.replace('["1"]', "[1.10]"), r":2: cover_page.versions.0: text is wanted, not 1.1; write it in quotes"),
        (HEAD.replace('"1"\n', '"2"\n', 1), r":1: conformance_statement: "),
        (HEAD + "overview: {dimse_services: {verification: {scp: yes}}}\n", r":4: .*Y, N, OPTION .*; did you mean Y\?"),
        (
            HEAD + "overview: {dimse_services: {verification: {scp: false}}}\n",
            r":4: .*Y, N, OPTION .*; did you mean N\?",
        ),
        (HEAD + "overview: {specific_character_sets: [ISO-IR 100]}\n", r":4: .*the nearest is 'ISO_IR 100'"),
        (HEAD + "holds_for: {options: {xa: maybe}}\n", r":4: holds_for.options.xa: on or off is wanted, not 'maybe'"),
        (
            scp("storage", "status_codes: [{status: Failure, code: 110}]"),
            r':4: .*in quotes \("0110", "A7xx"\), not the num',
        ),
        (scp("storage", "status_codes: [{status: Failure, code: 0110}]"), r':4: .*without quotes .*; write "0110"'),
        (scp("storage_commitment", "failure_reasons: {0112: gone}"), r':4: .*0112 without quotes .*; write "0112"'),
        (scp("storage", "status_codes: [{status: Failure, code: A70}]"), r":4: .*four hexadecimal digits, x for any"),
        (scp("storage", "status_codes: [{status: Failed, code: A700}]"), r":4: .*none of Success.*; did you mean Fail"),
        (scp("storage", "level_of_conformance: 3"), r":4: .*a whole number from 0 to 2 is wanted, not 3"),
        (
            scp("storage", "attribute_coercion: [{attribute: PatientID, type_of_change: MODIFIED, condition: OTHER}]"),
            r":4: .*condition OTHER wants comments",
        ),
        (
            scp("basic_worklist_management", "keys: [{attribute: PatientNam, matching: [UID]}]"),
            r":4: .*'PatientNam' is neither the keyword of an attribute .*; did you mean PatientName\?",
        ),
        (
            scp("basic_worklist_management", "keys: [{attribute: PatientID, matching: [LIST]}]"),
            r":4: .*'LIST' is none of SI",
        ),
        (
            scp("basic_worklist_management", "keys: [{matching: [UID]}]"),
            r":4: .*either attribute, or in with attributes",
        ),
        (
            HEAD + "network: {association_acceptance: {rejections: [{result: 3}]}}\n",
            r":4: .*from 1 to 2 is wanted, not 3",
        ),
        (HEAD + "network: {association_parameters: {maximum_pdu_length: big}}\n", r":4: .*none \(there is no limit\)"),
        ('conformance_statement: "1"\n', r":1: cover_page: required, but not there"),
        ("", r":1: the file is empty"),
        (HEAD + "iods: &a [*a]\n", "an anchor that holds itself"),
        (HEAD + "iods: &a {x: *a}\n", "an anchor that holds itself"),
        (HEAD + "iods: " + "[" * 5000, "nested too deep"),
        (HEAD + "iods: !!python/name:os.system x\n", ":4: not YAML"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_what_is_allowed(write, text, told):
    with pytest.raises(InputError, match=told):
        load_statement(write(text))


@pytest.mark.parametrize(
    ("text", "rule", "told"),
    [
        (
            row('sop_class: CTImageStorage, uid: "1.2.840.10008.5.1.4.1.1.4", transfer_syntax_sets: [A]'),
            "uid-name",
            "MR Im",
        ),
        (row('sop_class: X, uid: "1.2.03", transfer_syntax_sets: [A]'), "uid-form", "leading zeros"),
        (row('sop_class: CTImageStorage, transfer_syntaxes: ["1.2.840.10008.1.02"]'), "uid-form", "leading zeros"),
        (
            row(f"sop_class: MRImageStorage, transfer_syntaxes: [{DEFLATED}]"),
            "uid-name",
            "1.2.840.10008.1.2.1.99$",
        ),
        (
            HEAD + 'network: {association_parameters: {implementation_class_uid: "1.02.3"}}\n',
            "uid-form",
            "'1.02.3' is no UID",
        ),
        (
            scp("storage", "status_codes: [{status: Failure, code: A700}, {status: Warning, code: A700}]"),
            "contradiction",
            "A700 is Warning here and Failure on line 4",
        ),
        (
            scp(
                "modality_performed_procedure_step",
                f"attributes: [{', '.join(f'{{attribute: StudyID, required_in_n_create: {cell}}}' for cell in 'YN')}]",
            ),
            "contradiction",
            "does not require StudyID in N-CREATE, but line 4 says otherwise",
        ),
    ],
)
def test_what_contradicts_itself_is_kept_for_lint_and_refused_by_a_run(write, text, rule, told):
    path = write(text)
    (mistake,) = read_statement(path).mistakes
    assert (mistake.level, mistake.rule) == ("error", rule)
    assert mistake.line == text.count("\n")
    with pytest.raises(InputError, match=told):
        load_statement(path)


def test_a_uid_beside_the_name_of_another_one_is_believed(write):
    loaded = read_statement(
        write(row('sop_class: CTImageStorage, uid: "1.2.840.10008.5.1.4.1.1.4", transfer_syntax_sets: [A]'))
    )
    assert [claim.id for claim in loaded.claims()] == ["A.scp.MRImageStorage.ImplicitVRLittleEndian"]


def test_a_storage_class_without_syntaxes_claims_nothing_and_is_told(write):
    loaded = load_statement(write(row("sop_class: CTImageStorage")))
    assert not loaded.claims()
    assert [(each.level, each.rule) for each in loaded.mistakes] == [("warning", "no-syntax")]
    asked = load_statement(write(row("sop_class: CTImageStorage, transfer_syntaxes: '?'")))
    assert not asked.mistakes
    assert len(asked.questions) == 1


def test_names_and_tags_of_the_standard_are_known(write):
    plain = load_statement(write(row("sop_class: CT Image Storage, transfer_syntaxes: [Explicit VR Little Endian]")))
    assert [claim.id for claim in plain.claims()] == ["A.scp.CTImageStorage.ExplicitVRLittleEndian"]
    keys = "keys: [{attribute: '(0010,0010)', matching: [SINGLE_VALUE]}, {attribute: '(0009,1001)', matching: [UID]}]"
    loaded = load_statement(write(scp("basic_worklist_management", keys)))
    assert [(claim.id, claim.kind) for claim in loaded.claims()] == [
        ("A.worklist.key.PatientName.SINGLE_VALUE", "worklist-key"),
        ("A.worklist.private.(0009,1001)", "undriven"),
    ]


@pytest.mark.parametrize("code", ["A7xx", "a7xx", "A700-A7FF"])
def test_classes_of_codes_are_written_in_one_way(write, code):
    (claim,) = load_statement(write(scp("storage", f"status_codes: [{{status: Failure, code: {code}}}]"))).claims()
    assert claim.id == "A.storage.status.A7xx"


def many(what: str, rows: int = 10_000) -> str:
    line = "{what}, transfer_syntax_sets: [A, B], dimse: {{scu: Y, scp: Y}}, function: {{create: N, archive: Y}}"
    return ROWS + "".join(f"      - {{{line.format(what=what.format(n))}}}\n" for n in range(1, rows + 1))


BOMB = "".join(f"  l{n + 1}: &l{n + 1} [{', '.join([f'*l{n}'] * 9)}]\n" for n in range(9))


@pytest.mark.long
@pytest.mark.parametrize(
    ("text", "told"),
    [
        (many("sop_class: CTImagStorage{}", 2_000), "and 1900 more mistakes"),
        (many('sop_class: CTImageStorage, uid: "1.2.840.10008.5.1.4.1.1.{}"', 2_000), "more mistakes"),
        (HEAD + f"iods:\n  l0: &l0 [x, x]\n{BOMB}", "more than 500000 keys and items"),
        (HEAD + f"iods:\n  a: &a 1\n  b: [{', '.join(['*a'] * 1_000_000)}]\n", "more than 500000 keys and items"),
        (HEAD + "iods:\n" + "  - text\n" * 1_010_000, "more than 500000 keys and items"),
        ("#" * (33 << 20), "more than 32 MiB"),
        (HEAD + "iods: " + "[" * 1_000_000, "nested too deep"),
    ],
    ids=["wrong-words", "wrong-uids", "bomb", "aliases", "items", "bytes", "deep"],
)
def test_a_huge_file_is_refused_in_the_end(write, text, told):
    with pytest.raises(InputError, match=told):
        load_statement(write(text))


@pytest.mark.long
def test_ten_thousand_rows_load(write):
    loaded = load_statement(write(many('sop_class: My Class {0}, uid: "1.2.3.{0}"')))
    assert len(loaded.application_entities[0].of("context")) == 40_000
    assert loaded.claims()[-1].line == 10_007


@pytest.mark.parametrize(
    ("listed", "alone"),
    [
        (scp("basic_worklist_management", "keys: [{attribute: PatientID, matching: [UID]}]"), ("[UID]", "UID")),
        (row("sop_class: CTImageStorage, transfer_syntax_sets: [A]"), ("sets: [A]", "sets: A")),
        (
            row("sop_class: CTImageStorage, transfer_syntax_sets: [A]"),
            ("[ImplicitVRLittleEndian]", "1.2.840.10008.1.2"),
        ),
        (HEAD + "overview: {specific_character_sets: [ISO_IR 100]}\n", ("[ISO_IR 100]", "ISO_IR 100")),
        (HEAD, ('["1"]', '"1"')),
        (HEAD.replace("{A: {}}", "{A: {services: [storage]}}"), ("[storage]", "storage")),
        (
            scp("storage", "status_codes: [{status: Success, code: '0000'}]"),
            ("[{status: Success, code: '0000'}]", "{status: Success, code: '0000'}"),
        ),
    ],
)
def test_what_stands_by_itself_is_the_only_one_of_its_list(write, listed: str, alone: tuple[str, str]) -> None:
    before = load_statement(write(listed))
    assert alone[0] in listed
    after = load_statement(write(listed.replace(*alone)))
    assert [claim.id for claim in after.claims()] == [claim.id for claim in before.claims()]
    assert after.title == before.title


@pytest.mark.parametrize("nothing", ["N/A", "n/a", '"N/A "'])
@pytest.mark.parametrize("place", ["services", "overview", "network", "security", "iods"])
def test_a_chapter_that_does_not_apply_states_nothing_and_asks_nothing(write, place: str, nothing: str) -> None:
    said = load_statement(write(f"{HEAD}{place}: {nothing}\n"))
    assert (said.claims(), said.questions) == ((), ())


def test_a_cell_that_does_not_apply_states_nothing(write) -> None:
    with_cell = load_statement(write(row("sop_class: CTImageStorage, transfer_syntax_sets: A, media: N/A")))
    assert {claim.kind for claim in with_cell.claims()} == {"context"}


def test_digits_that_no_reader_of_yaml_takes_for_an_octal_number_need_no_quotes(write) -> None:
    """0119 is text in YAML 1.1, and is written without quotes by what writes YAML; 0110 would be 72."""
    said = load_statement(write(scp("storage_commitment", "failure_reasons: {0119: another class}")))
    assert [claim.id for claim in said.claims()] == ["A.commitment.failure.0119"]


def test_a_file_without_its_first_key_is_told_so_in_one_line(write) -> None:
    with pytest.raises(InputError, match=r':1: conformance_statement: required.*"1" at the top$'):
        read_statement(write(HEAD.partition("\n")[2]))
    with pytest.raises(InputError, match=r"did you mean conformance_statemnt\?"):
        read_statement(write(HEAD.replace("_statement", "_statemnt")))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (scp("basic_worklist_management", "keys: [{attribute: patientid}]"), "did you mean PatientID"),
        (scp("basic_worklist_management", "keys: [{attribute: PatientID, matching: [uid]}]"), "did you mean UID"),
        (scp("basic_worklist_management", "keys: 5"), "a mapping is wanted here, not 5; keys: attribute, "),
        (scp("storage", "attribute_coercion: [{attribute: PatientID, sop_class: all}]"), "did you mean ALL"),
    ],
)
def test_a_word_in_other_case_is_the_nearest(write, text: str, told: str) -> None:
    with pytest.raises(InputError) as error:
        read_statement(write(text))
    assert told in str(error.value)
