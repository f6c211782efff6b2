"""Batteries as files: what a table makes of a case, every mistake by file and line, and a schema that agrees."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from scanproof.catalogue import catalogue, show
from scansim.exam.battery import BatteryCase, Row
from scansim.exam.cases import exams
from scansim.exam.scenario_files import json_schema, load_scenario
from scansim.inputs import InputError
from tests.support.command_line import main

HEAD = """\
id: mine
title: Mine
modality: CT
procedure: {code: C, meaning: M, protocol_code: P, protocol_meaning: PM}
"""
ORDERS = """\
orders:
  - {id: plain}
  - {id: kanji, patient: kanji-5c}
  - {id: many, count: 3, set: {PatientID: "A#"}}
"""
QUERY = "query-worklist: {keys: {PatientID: $plain.PatientID}}"


def one(steps: str, more: str = "", orders: str = ORDERS) -> str:
    """A battery of one case: its steps from line 14 on, `more` on line 12."""
    return f"{HEAD}{orders}cases:\n  - id: one\n    title: One\n    {more or 'odd: true'}\n    steps:\n{steps}"


def write(folder: Path, text: str) -> Path:
    path = folder / "mine.yaml"
    path.write_text(text)
    return path


def cases(folder: Path, text: str) -> tuple[BatteryCase, ...]:
    return load_scenario(write(folder, text)).cases


def error(folder: Path, text: str) -> str:
    with pytest.raises(InputError) as caught:
        load_scenario(write(folder, text))
    return str(caught.value).replace(f"{folder}/", "")


# --- tables -----------------------------------------------------------------------------------------------------------


def filled(folder: Path, each: str, step: str, title: str = "One") -> list[dict[str, Any]]:
    """The parameters of the step of each case that a table makes."""
    text = one(f"      - {step}\n", f"each: {each}").replace("title: One", f"title: {title}")
    return [case.steps[0].model_dump() for case in cases(folder, text)]


def test_a_text_that_is_a_name_becomes_the_value_as_it_is(tmp_path: Path) -> None:
    held = ("A", '"7"', "7", "1.5", "null", "[A, B]", "{PatientID: A}")
    rows = [f"{{id: {number}, v: {value}}}" for number, value in enumerate(held)]
    step = 'query-worklist: {keys: {"(0009,1001) SQ": {"(0009,1002) LO": $v}}}'
    with pytest.raises(InputError, match=r"PatientID.*no value"):
        filled(tmp_path, f"[{', '.join(rows)}]", step)
    made = filled(tmp_path, f"[{', '.join(rows[:-1])}]", step)
    found = [each["keys"]["(0009,1001) SQ"]["(0009,1002) LO"] for each in made]
    assert found == ["A", "7", 7, 1.5, None, ["A", "B"]]
    assert [type(each) for each in found[1:4]] == [str, int, float]


def test_whole_parameters_may_come_from_a_table(tmp_path: Path) -> None:
    found = filled(
        tmp_path,
        "[{id: a, what: {cancel: late, cancel_after: 3}}, {id: b, what: {station: any}}]",
        "query-worklist: $what",
    )
    assert [(each["cancel"], each["cancel_after"], each["station"]) for each in found] == [
        ("late", 3, None),
        (None, 1, "any"),
    ]


@pytest.mark.parametrize(
    ("value", "text", "is_made"),
    [
        ("A", "X$vY", None),  # another name
        ("A", "X-$v-Y", "X-A-Y"),
        ("A", "$v$v", "AA"),
        ("A", "$v-$today", "A-$today"),
        ("20260304", "$v-$v", "20260304-20260304"),
        ("A", "$v.", "A."),
        ("A", "$v*", "A*"),
        ("7", "N$v", "N7"),
        ("true", "N$v", "Ntrue"),
        ("null", "N$v", "N"),
        ("PatientID", "$plain.$v", "$plain.PatientID"),
        ("plain", "$v.PatientID", "$plain.PatientID"),
        ("plain", "X$v.PatientID", "X$plain.PatientID"),
        ("'many[2]'", "$v.PatientID", "$many[2].PatientID"),
        ("many", "$v[2].PatientID", "$many[2].PatientID"),
        ("other", "$v.PatientID", "other.PatientID"),  # no order
        (r"'\1'", "X$v", r"X\1"),
    ],
)
def test_a_name_in_a_text(tmp_path: Path, value: str, text: str, is_made: str | None) -> None:
    table, step = f"{{v: [{value}]}}", f"query-worklist: {{keys: {{PatientID: '{text}'}}}}"
    if is_made is None:
        with pytest.raises(InputError, match=r"\$v stands nowhere in the case"):
            filled(tmp_path, table, step)
        return
    assert [each["keys"] for each in filled(tmp_path, table, step)] == [{"PatientID": is_made}]


def test_names_stand_in_keys_titles_and_what_is_left(tmp_path: Path) -> None:
    text = one("      - query-worklist: {keys: {$key: $value}}\n", "each: [{key: PatientID, value: A}]")
    text = text.replace("title: One", "title: By $key, $value.\n    leaves: nothing of $value")
    (case,) = cases(tmp_path, text)
    assert case.steps[0].model_dump()["keys"] == {"PatientID": "A"}
    assert (case.title, case.leaves) == ("By PatientID, A.", "nothing of A")


def test_a_longer_name_is_not_taken_for_a_shorter_one(tmp_path: Path) -> None:
    found = filled(
        tmp_path, "[{a: A, ab: B, a-b: C}]", "query-worklist: {keys: {PatientID: $a, AccessionNumber: $ab $a-b $a}}"
    )
    assert found[0]["keys"] == {"PatientID": "A", "AccessionNumber": "B C A"}


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"v": "Modality"}, "Modality"),
        ({"v": "A.B[2].C"}, "A.B_2_.C"),
        ({"v": "DOE*"}, "DOEany"),
        ({"v": "D?E"}, "DoneE"),
        ({"v": ""}, "empty"),
        ({"v": None}, "none"),
        ({"v": True}, "true"),
        ({"v": 7, "w": 1.5}, "7+1.5"),
        ({"v": "../../etc/passwd"}, ".._.._etc_passwd"),
        ({"v": "a b\tc\n'\"$`"}, "a_b_c_____"),
        ({"v": "山田^太郎"}, "__" + "_" * 3),
        ({"v": r"\ISO 2022 IR 87"}, "+ISO_2022_IR_87"),
        ({"v": "x" * 200}, "x" * 80),
        ({"id": "short", "v": "x" * 200}, "short"),
        ({"id": 7, "v": ["A"]}, "7"),
        ({"v": ["A"], "w": "B"}, "B"),
        ({"v": ["A"]}, ""),
    ],
)
def test_what_stands_in_the_brackets(values: dict[str, Any], name: str) -> None:
    assert Row(values).name == name


def test_a_row_that_has_no_name_has_its_number(tmp_path: Path) -> None:
    found = cases(tmp_path, one("      - query-worklist: {keys: {PatientID: $v}}\n", "each: {v: [[A], [B, C]]}"))
    assert [case.id for case in found] == ["one[1]", "one[2]"]


def test_the_order_of_the_keys_of_a_row_is_that_of_the_first(tmp_path: Path) -> None:
    found = cases(
        tmp_path,
        one("      - query-worklist: {keys: {PatientID: $a$b}}\n", "each: [{a: 1, b: 2}, {b: 3, a: 4}]"),
    )
    assert [case.id for case in found] == ["one[1+2]", "one[4+3]"]


def test_a_case_in_each_character_set(tmp_path: Path) -> None:
    text = one("      - verify\n", r"each: {character_set: [ISO_IR 100, '\ISO 2022 IR 87']}")
    made = exams([load_scenario(write(tmp_path, text))])
    assert [(exam.label, exam.character_set) for exam in made] == [
        ("mine/one[ISO_IR_100]", "ISO_IR 100"),
        ("mine/one[+ISO_2022_IR_87]", r"\ISO 2022 IR 87"),
    ]
    for claimed in ("each: {character_set: claimed}", "character_set: claimed"):
        scenario = load_scenario(write(tmp_path, one("      - verify\n", claimed)))
        made = exams([scenario], claimed=["ISO_IR 144", "ISO 2022 IR 149"])
        assert [(exam.label, exam.character_set) for exam in made] == [
            ("mine/one[ISO_IR_144]", "ISO_IR 144"),
            ("mine/one[ISO_2022_IR_149]", r"\ISO 2022 IR 149"),
        ]
        assert len(exams([scenario])) == 8
    (exam,) = exams([load_scenario(write(tmp_path, one("      - verify\n", "character_set: ISO_IR 144")))])
    assert (exam.label, exam.character_set) == ("mine/one", "ISO_IR 144")


def test_each_case_has_the_look_around_it(tmp_path: Path) -> None:
    usual = exams([load_scenario(write(tmp_path, one("      - query-worklist\n")))])
    assert [step.verb for step in usual[0].steps] == ["verify", "query-worklist", "verify"]
    text = one("      - query-worklist\n").replace("cases:", "between: [verify, query-worklist]\ncases:")
    other = exams([load_scenario(write(tmp_path, text))])
    verbs = ["verify", "query-worklist"]
    assert [step.verb for step in other[0].steps] == [*verbs, "query-worklist", *verbs]


def test_keys_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "list.yaml").write_text("[PatientID, AccessionNumber]\n")
    (tmp_path / "map.yaml").write_text("PatientID: $plain.PatientID\nAccessionNumber: A\n")
    steps = "      - query-worklist: {keys_file: list.yaml, keys: {PatientID: B}}\n"
    steps += "      - query-worklist: {keys_file: map.yaml}\n"
    (case,) = cases(tmp_path, one(steps))
    first, second = (step.model_dump()["keys"] for step in case.steps)
    assert first == {"PatientID": "B", "AccessionNumber": None}
    assert second == {"PatientID": "$plain.PatientID", "AccessionNumber": "A"}
    assert [*case.needs_orders] == ["plain"]


def test_what_a_case_needs(tmp_path: Path) -> None:
    steps = """\
      - query-worklist: {keys: {PatientID: '$many[2].PatientID', PatientBirthDate: $today-$today+1}}
      - choose-item: {order: kanji}
      - create-mpps: {order: plain, set: {PatientID: $station}}
"""
    (case,) = cases(tmp_path, one(steps))
    assert [*case.needs_orders] == ["many[2]", "kanji"]  # a step without its order is an unscheduled one
    assert [*case.steps[2].orders_named()] == ["plain"]


# --- mistakes ---------------------------------------------------------------------------------------------------------

KEYS = "      - query-worklist: {keys: {%s}}\n"
MISTAKES = {
    # steps, on line 14
    "order": (
        "      - create-mpps: {order: plian}\n",
        "14: create-mpps: no order 'plian'; did you mean plain? there are",
    ),
    "order chosen": (
        "      - query-worklist\n      - choose-item: {order: x}\n",
        "15: choose-item: no order 'x'; there",
    ),
    "order of a value": (
        KEYS % "PatientID: $plian.PatientID",
        "14: query-worklist: no order 'plian'; did you mean plain?",
    ),
    "one of several": (
        "      - create-mpps: {order: many}\n",
        "14: create-mpps: no order 'many'; there are many[1] to many[3]",
    ),
    "one too far": (
        KEYS % "PatientID: '$many[4].PatientID'",
        "14: query-worklist: no order 'many[4]'; there are many[1]",
    ),
    "number of one": (
        "      - create-mpps: {order: 'plain[1]'}\n",
        "14: create-mpps: there is one order plain: no number",
    ),
    "path": (
        "      - create-mpps: {remove: [PatientNam]}\n",
        "14: cases.0.steps.0.create-mpps.remove.0: 'PatientNam': no attribute PatientNam; did you mean PatientName?",
    ),
    "path of a key": (
        KEYS % "PatientNam: x",
        "14: cases.0.steps.0.query-worklist.keys.PatientNam: 'PatientNam': no attrib",
    ),
    "path of a value": (
        KEYS % "PatientID: $plain.PatientIdent",
        "14: query-worklist: $plain.PatientIdent: 'PatientIdent': no attribute PatientIdent; did you mean PatientID?",
    ),
    "path into no sequence": (
        "      - create-mpps: {remove: [PatientName.Modality]}\n",
        "14: cases.0.steps.0.create-mpps."
        "remove.0: 'PatientName.Modality': what stands before a dot has to be a sequence",
    ),
    "item 0": (
        "      - create-mpps: {remove: ['PerformedSeriesSequence[0]']}\n",
        "14: cases.0.steps.0.create-mpps.remove.0:",
    ),
    "item of none": (
        "      - create-mpps: {empty: ['PatientName[2]']}\n",
        "14: cases.0.steps.0.create-mpps.empty.0: 'PatientName[2]': a number in brackets stands behind a sequence",
    ),
    "tag": (
        KEYS % "'(0009,10) LO': x",
        "14: cases.0.steps.0.query-worklist.keys.(0009,10) LO: '(0009,10) LO': (0009,10) LO is",
    ),
    "no VR": (
        KEYS % "'(0009,1001)': x",
        "14: cases.0.steps.0.query-worklist.keys.(0009,1001): '(0009,1001)': the dictionary "
        "does not have (0009,1001); write its VR behind it: (0009,1001) LO",
    ),
    "VR": (
        KEYS % "'(0009,1001) XX': x",
        "14: cases.0.steps.0.query-worklist.keys.(0009,1001) XX: '(0009,1001) XX': there is "
        "no VR XX; allowed: AE, AS, ",
    ),
    "value": (
        KEYS % "PatientName: {PatientID: b}",
        "14: cases.0.steps.0.query-worklist.keys: PatientName: {'PatientID': 'b'} "
        "is no value of an attribute of VR PN: text, a number, null",
    ),
    "true": (
        KEYS % "PatientName: true",
        "14: cases.0.steps.0.query-worklist.keys: PatientName: True is no value of an ",
    ),
    "number": (
        KEYS % "PregnancyStatus: many",
        "14: cases.0.steps.0.query-worklist.keys: PregnancyStatus: 'many' is no number",
    ),
    "number too big": (
        KEYS % "PregnancyStatus: 65536",
        "14: cases.0.steps.0.query-worklist.keys: PregnancyStatus: 65536 is no whole number from 0 to 65535",
    ),
    "number too small": (
        KEYS % "'(0009,1001) SL': -2147483649",
        "14: cases.0.steps.0.query-worklist.keys: (0009,1001) SL: -2147483649 is no whole number from -2147483648 to",
    ),
    "half a number": (
        KEYS % "PregnancyStatus: 1.5",
        "14: cases.0.steps.0.query-worklist.keys: PregnancyStatus: 1.5 is no whole number from 0 to 65535",
    ),
    "item": (
        KEYS % "ScheduledProcedureStepSequence: x",
        "14: cases.0.steps.0.query-worklist.keys: ScheduledProcedureStep"
        "Sequence: 'x' is no item of a sequence: that is a mapping",
    ),
    "inside": (
        KEYS % "ScheduledProcedureStepSequence: [{Modalty: x}]",
        "14: cases.0.steps.0.query-worklist.keys: 'Modalty': no attribute Modalty; did you mean Modality?",
    ),
    "several for one item": (
        "      - create-mpps: {set: {'PerformedSeriesSequence[2]': [{}, {}]}}\n",
        "14: cases.0.steps.0.create-mpps.set: PerformedSeriesSequence[2]: one item is meant, and a list has several",
    ),
    "means": (
        "      - create-mpps: {means: mpps.create-lacks-mandatry}\n",
        "14: cases.0.steps.0.create-mpps.means: no deviation"
        " 'mpps.create-lacks-mandatry'; did you mean mpps.create-lacks-mandatory? allowed: valid, ",
    ),
    "command": (
        "      - create-mpps: {command: {MessageId: 3}}\n",
        "14: cases.0.steps.0.create-mpps.command: no element "
        "'MessageId' of a command set; did you mean MessageID? allowed: CommandGroupLength, ",
    ),
    "command value": (
        "      - create-mpps: {command: {Priority: high}}\n",
        "14: cases.0.steps.0.create-mpps.command: Priority: 'high' is no number from 0 to 65535",
    ),
    "command text": (
        "      - create-mpps: {command: {AffectedSOPClassUID: 3}}\n",
        "14: cases.0.steps.0.create-mpps.command: AffectedSOPClassUID: 3 is no text",
    ),
    "command field": (
        "      - create-mpps: {command: {CommandField: null}}\n",
        "14: cases.0.steps.0.create-mpps.command: CommandField cannot be left out",
    ),
    "command length": (
        "      - create-mpps: {command: {CommandGroupLength: 3}}\n",
        "14: cases.0.steps.0.create-mpps.command: CommandGroupLength cannot be changed",
    ),
    "name": (
        KEYS % "PatientID: $patientid",
        "14: '$patientid': nothing is called $patientid; there are $today, $station, $run, or",
    ),
    "name in a text": (
        KEYS % "PatientID: A$runB",
        "14: 'A$runB': nothing is called $runB; did you mean $run? there are",
    ),
    "same as": (
        "      - query-worklist: {name: a}\n      - query-worklist: {same_as: b}\n",
        "15: step 2, query-worklist: no step before it is called 'b'; there are: a",
    ),
    "same as itself": (
        "      - query-worklist: {name: a, same_as: a}\n",
        "14: step 1, query-worklist: no step before it is called",
    ),
    "of": (
        "      - create-mpps: {name: a}\n      - set-mpps: {status: COMPLETED, of: b}\n",
        "15: step 2, set-mpps: no step before",
    ),
    "of a query": (
        "      - query-worklist: {name: a}\n      - create-mpps\n      - get-mpps: {of: a}\n",
        "16: step 3, get-mpps: no step before it is called 'a'; there are: none",
    ),
    "no keys file": (
        "      - query-worklist: {keys_file: nope.yaml}\n",
        "14: keys_file: nope.yaml: cannot be read: No such file",
    ),
    "keys file": (
        "      - query-worklist: {keys_file: number.yaml}\n",
        "14: keys_file: number.yaml:1: a mapping of paths to values is wanted, or a list of paths",
    ),
    "key of a file": (
        "      - query-worklist: {keys_file: wrong.yaml}\n",
        "14: keys_file: wrong.yaml:2: keys.PatientNme: "
        "'PatientNme': no attribute PatientNme; did you mean PatientName?",
    ),
    "lists in a file": ("      - query-worklist: {keys_file: lists.yaml}\n", "14: keys_file: "),
    "lacking": (
        "      - verify\n      - set-mpps: {status: COMPLETED}\n",
        "15: step 2, set-mpps, needs a performed procedure step",
    ),
    "tab": ("\t- verify\n", "14: not YAML: found character "),
    "no step": ("      []\n", "13: a list of steps is wanted here"),
}
TABLES = {
    "empty": (
        "{a: []}",
        "12: a table is one name with a list of values, or rows of several; such as each: {attribute: ",
    ),
    "empty list": ("[]", "12: a table is one name with a list of values"),
    "no list": ("{a: 3}", "12: a table is one name with a list of values"),
    "two names": ("{a: [1], b: [2]}", "12: a table is one name with a list of values"),
    "text": ("claimed", "12: a table is one name with a list of values"),
    "ragged": ("[{a: 1, b: 2}, {a: 1}]", "12: a row has the keys of the first one, a, b, and not a"),
    "row": ("[{a: 1}, 7]", "12: a table is one name with a list of values"),
    "nowhere": ("{b: [1]}", "12: $b stands nowhere in the case"),
    "half nowhere": ("[{a: 1, b: 2}]", "12: $b stands nowhere in the case"),
    "twice": ("{a: [1, 1]}", "10: the case one[1] stands twice; give its rows an id each"),
    "alike": ("{a: [x/y, x_y]}", "10: the case one[x_y] stands twice; give its rows an id each"),
    "many": (f"{{a: [{', '.join(map(str, range(501)))}]}}", "9: 501 cases, and a battery has 500 at most"),
    "an order": ("{plain: [1]}", "12: $plain would be taken for $plain: give the table another name"),
    "a word": ("{run: [1]}", "12: $run would be taken for $run: give the table another name"),
    "no name": ("{a b: [1]}", "12: 'a b': a name of a table has letters, digits, - and _, and begins with a letter"),
    "a number": ("{1: [1]}", "12: 1: a name of a table has letters"),
    "character set": (
        "{character_set: [ISO_IR 999]}",
        "12: 'ISO_IR 999' is not a defined term of Specific Character Set",
    ),
}
CASE = "  - {id: one, title: One, steps: [verify]}\n"
FILES = {
    "both": (HEAD + "steps: [verify]\ncases:\n" + CASE, "1: mine.yaml: give either steps, or cases"),
    "neither": (HEAD, "1: mine.yaml: give either steps, or cases"),
    "no cases": (HEAD + "cases: []\n", "1: mine.yaml: give either steps, or cases"),
    "orders": (HEAD + ORDERS + "steps: [verify]\n", "1: mine.yaml: orders and between go with cases"),
    "no list": (HEAD + "cases: {a: 1}\n", "5: a list of cases is wanted here, each with id, title and steps"),
    "no mapping": (HEAD + "cases: [verify]\n", "5: a case is a mapping; keys: id, title, odd, heavy"),
    "key": (
        HEAD + "cases:\n  - {id: a, titel: x, steps: [verify]}\n",
        "6: unknown key 'titel'; did you mean title? allowed",
    ),
    "no title": (HEAD + "cases:\n  - {id: a, steps: [verify]}\n", "6: cases.0.title: required, but not there"),
    "no steps": (HEAD + "cases:\n  - {id: a, title: A}\n", "6: a list of steps is wanted here"),
    "no id": (HEAD + "cases:\n  - {title: A, steps: [verify]}\n", "6: id None: lower case words joined by hyphens"),
    "id": (
        HEAD + "cases:\n  - {id: A b, title: A, steps: [verify]}\n",
        "6: id 'A b': lower case words joined by hyphens, 80",
    ),
    "long id": (HEAD + f"cases:\n  - {{id: {'a' * 81}, title: A, steps: [verify]}}\n", "6: id 'aaaaaaaaaaa"),
    "survey": (
        HEAD + "cases:\n  - {id: survey, title: A, steps: [verify]}\n",
        "6: id 'survey' is what a case is called that",
    ),
    "twice": (HEAD + "cases:\n" + 2 * CASE, "7: the case one stands twice; give it another id"),
    "odd": (
        HEAD + "cases:\n  - {id: a, title: A, odd: perhaps, steps: [verify]}\n",
        "6: cases.0.odd: Input should be a valid bo",
    ),
    "title": (
        HEAD + "cases:\n  - {id: a, title: 'A $b', steps: [verify]}\n",
        "6: 'A $b': nothing is called $b; there are $today",
    ),
    "character set": (
        HEAD + "cases:\n  - {id: a, title: A, character_set: ISO_IR 999, steps: [verify]}\n",
        "6: cases.0.character_set: 'ISO_IR 999' is not a defined term",
    ),
    "order twice": (HEAD + ORDERS + "  - {id: plain}\ncases:\n" + CASE, "5: orders: the order plain stands twice"),
    "order id": (
        HEAD + "orders:\n  - {id: today}\ncases:\n" + CASE,
        "6: orders.0.id: 'today': lower case words joined by hyphens",
    ),
    "order number": (
        HEAD + "orders:\n  - {id: 7a}\ncases:\n" + CASE,
        "6: orders.0.id: '7a': lower case words joined by hyphens",
    ),
    "order key": (
        HEAD + "orders:\n  - {id: x, statoin: y}\ncases:\n" + CASE,
        "6: orders.0.statoin: unknown key; allowed here: ",
    ),
    "order path": (
        HEAD + "orders:\n  - {id: x, remove: [PatientNme]}\ncases:\n" + CASE,
        "6: orders.0.remove.0: 'PatientNme': no",
    ),
    "order of another": (
        HEAD + "orders:\n  - {id: x, set: {PatientID: $y.PatientID}}\ncases:\n" + CASE,
        "6: orders.0.set: $y.PatientID: an order refers to no other one",
    ),
    "order patient": (
        HEAD + "orders:\n  - {id: x, patient: kanij-5c}\ncases:\n" + CASE,
        "6: orders.0.patient: no special patient 'kanij-5c'; did you mean kanji-5c?",
    ),
    "real patient": (
        HEAD + "orders:\n  - {id: x, patient: {name: Doe^Jane}}\ncases:\n" + CASE,
        "6: order x: patient.name: in a scenario it begins with 'Synthetic-'",
    ),
    "what cannot be written": (
        HEAD + "orders:\n  - {id: x, patient: kanji-5c, character_set: ISO_IR 100}\ncases:\n" + CASE,
        "6: order x: patient: kanji-5c cannot be written in ISO_IR 100",
    ),
    "what its set cannot hold": (
        HEAD + "orders:\n  - {id: x, character_set: ISO_IR 100, set: {Allergies: [花粉, B]}}\ncases:\n" + CASE,
        "6: order x: Allergies ",
    ),
    "order time": (
        HEAD + "orders:\n  - {id: x, time: 256000}\ncases:\n" + CASE,
        "6: orders.0.time: String should match pattern",
    ),
    "order count": (
        HEAD + "orders:\n  - {id: x, count: 0}\ncases:\n" + CASE,
        "6: orders.0.count: Input should be greater than",
    ),
    "each beside": (
        HEAD + "each: {character_set: claimed}\ncases:\n" + CASE,
        "5: each: a battery has tables in its cases",
    ),
    "between": (HEAD + "between: [store]\ncases:\n" + CASE, "5: step 1, store, needs instances: acquire before it"),
    "no between": (HEAD + "between: []\ncases:\n" + CASE, "5: a list of steps is wanted here"),
    "order of no battery": (
        HEAD + "steps: [{create-mpps: {order: plain}}]\n",
        "5: create-mpps: no order 'plain'; only a battery",
    ),
    "value of no battery": (
        HEAD + "steps: [{" + QUERY + "}]\n",
        "5: query-worklist: no order 'plain'; only a battery has orders",
    ),
    "name of no battery": (
        HEAD + "steps: [{query-worklist: {keys: {PatientID: $v}}}]\n",
        "5: '$v': nothing is called $v; there",
    ),
    "byte order mark": ("\ufeff" + HEAD + "cases: {}\n", "5: a list of cases is wanted here"),
}


@pytest.fixture
def keys_files(tmp_path: Path) -> None:
    (tmp_path / "number.yaml").write_text("3\n")
    (tmp_path / "wrong.yaml").write_text("PatientID: 3\nPatientNme: 3\n")
    (tmp_path / "lists.yaml").write_text("- [PatientID]\n")


@pytest.mark.usefixtures("keys_files")
@pytest.mark.parametrize("what", MISTAKES)
def test_a_mistake_in_a_step(tmp_path: Path, what: str) -> None:
    steps, told = MISTAKES[what]
    lines = error(tmp_path, one(steps)).splitlines()
    assert [line for line in lines if not line.startswith("mine.yaml:")] == []
    assert any(line.startswith(f"mine.yaml:{told}") for line in lines), lines


@pytest.mark.parametrize("what", TABLES)
def test_a_mistake_in_a_table(tmp_path: Path, what: str) -> None:
    table, told = TABLES[what]
    text = error(tmp_path, one("      - query-worklist: {keys: {PatientID: $a}}\n", f"each: {table}").replace(
        "$a" if what in ("an order", "a word", "no name", "a number", "character set") else "\0", "x"
    ))  # fmt: skip
    assert text.startswith(f"mine.yaml:{told}"), text


@pytest.mark.parametrize("what", FILES)
def test_a_mistake_in_a_file(tmp_path: Path, what: str) -> None:
    text, told = FILES[what]
    lines = error(tmp_path, text).splitlines()
    assert any(line.startswith(f"mine.yaml:{told}") for line in lines), lines


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    text = HEAD + ORDERS + "cases:\n" + "".join(
        f"  - {{id: {name}, title: T, steps: [{{create-mpps: {{{more}}}}}]}}\n"
        for name, more in (("a", "order: x"), ("b", "order: plain"), ("c", "order: y"))
    )  # fmt: skip
    assert [line.split(":")[1] for line in error(tmp_path, text).splitlines()] == ["10", "12"]
    text = text.replace("order: x", "remove: [X]").replace("order: y", "empty: [Y]")
    assert [line.split(":")[1] for line in error(tmp_path, text).splitlines()] == ["10", "12"]


def test_a_mistake_is_exit_code_2_and_nothing_is_written(tmp_path: Path) -> None:
    path = write(tmp_path, one("      - create-mpps: {order: plian}\n"))
    for argv in (["--out", tmp_path / "out"], ["--plan"]):
        done = main("run", path, *argv)
        assert done.returncode == 2
        assert "mine.yaml:14: create-mpps: no order 'plian'; did you mean plain?" in " ".join(done.stderr.split())
    assert [each.name for each in tmp_path.iterdir()] == ["mine.yaml"]


# --- schema and catalogue ---------------------------------------------------------------------------------------------

GOOD = (
    HEAD
    + ORDERS
    + """\
leaves: some steps
between: [verify]
cases:
  - id: table
    title: A table of $when
    odd: true
    each: {when: [early, late, after]}
    steps:
      - query-worklist: {cancel: $when, cancel_after: 2, station: any, keys: {PatientID: $plain.PatientID}}
  - id: rows
    title: A table of $id
    heavy: true
    each: [{id: a, status: COMPLETED, what: {uid: none}}, {id: b, status: DISCONTINUED, what: {again: false}}]
    steps:
      - create-mpps: $what
      - set-mpps: {status: $status, remove: [PerformedSeriesSequence], set: {"(0009,1001) LO": $id}}
  - id: sets
    title: A name in each character set
    character_set: claimed
    steps: [verify]
"""
)
MUTATIONS = {
    "both": lambda data: data.update(steps=["verify"]),
    "neither": lambda data: data.pop("cases"),
    "no cases": lambda data: data.update(cases=[]),
    "unknown key of a case": lambda data: data["cases"][0].update(colour="red"),
    "id of a case": lambda data: data["cases"][0].update(id="No Id"),
    "no id": lambda data: data["cases"][0].pop("id"),
    "no title": lambda data: data["cases"][0].pop("title"),
    "no steps": lambda data: data["cases"][0].pop("steps"),
    "empty steps": lambda data: data["cases"][0].update(steps=[]),
    "odd": lambda data: data["cases"][0].update(odd="perhaps"),
    "empty table": lambda data: data["cases"][0].update(each=[]),
    "empty values": lambda data: data["cases"][0].update(each={"when": []}),
    "two names": lambda data: data["cases"][0]["each"].update(where=["x"]),
    "unknown step": lambda data: data["cases"][0]["steps"].append("verfy"),
    "unknown parameter": lambda data: data["cases"][0]["steps"].append({"verify": {"x": 1}}),
    "wrong value": lambda data: data["cases"][0]["steps"].append({"query-worklist": {"cancel": "soon"}}),
    "edits": lambda data: data["cases"][0]["steps"].append({"create-mpps": {"set": ["PatientID"]}}),
    "order without id": lambda data: data["orders"].append({"count": 2}),
    "order key": lambda data: data["orders"].append({"id": "x", "statoin": "y"}),
    "order count": lambda data: data["orders"].append({"id": "x", "count": 0}),
    "order time": lambda data: data["orders"].append({"id": "x", "time": "9 o'clock"}),
    "between": lambda data: data.update(between=[]),
}


@pytest.mark.parametrize("what", MUTATIONS)
def test_the_schema_refuses_what_loading_refuses(what: str, tmp_path: Path) -> None:
    data = copy.deepcopy(yaml.safe_load(GOOD))
    schema = jsonschema.Draft202012Validator(json_schema())
    assert schema.is_valid(data)
    MUTATIONS[what](data)
    assert not schema.is_valid(data)
    error(tmp_path, yaml.safe_dump(data))


def test_a_good_one_loads(tmp_path: Path) -> None:
    scenario = load_scenario(write(tmp_path, GOOD))
    assert [case.id for case in scenario.cases] == [
        "table[early]",
        "table[late]",
        "table[after]",
        "rows[a]",
        "rows[b]",
        "sets",
    ]
    assert scenario.services == ("worklist", "mpps")
    assert not scenario.listens


def test_the_catalogue_tells_of_cases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanproof.catalogue.builtin_scenarios", lambda: {"mine": write(tmp_path, GOOD)})
    row, *_sets = catalogue("scenarios")
    assert (row["cases"], row["leaves"], row["steps"]) == (5 + 8, "some steps", [])
    assert 0 < row["seconds"] < 5
    told = show("scenarios", [row])
    assert "    CT: 13 cases\n" in told
    assert "    leaves some steps; about 1 s where the target answers at once\n" in told


def test_the_battery_of_the_documentation_is_whole(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "batteries.md").read_text().split("```yaml\n")[1].split("```")[0]
    path = tmp_path / "my-ris.yaml"
    path.write_text(text)
    scenario = load_scenario(path)
    assert [case.id for case in scenario.cases] == [
        *(f"by[{key}]" for key in ("PatientID", "PatientName", "AccessionNumber")),
        *("two-days", "twice", "lacks[Modality]", "lacks[ScheduledStepAttributesSequence.StudyInstanceUID]"),
        *("ends[completed]", "ends[discontinued]", "private"),
    ]
    assert jsonschema.Draft202012Validator(json_schema()).is_valid(yaml.safe_load(text))
