"""Patient, character set and locale as users choose them: what is taken, what is refused and how it is told."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import jsonschema
import pytest
import yaml

from scansim.exam.scenario_files import load_scenario
from scansim.identity.chosen import Choice, from_command_line, merged
from scansim.identity.ids import Identity
from scansim.identity.people import Person
from scansim.inputs import InputError
from scansim.site import Site, load_site
from scansim.wire import charsets

IDENTITY = Identity(1, date(2026, 3, 4), "chosen")
SITE = "services: {worklist: {ae: RIS, host: 127.0.0.1, port: 104}}\n"
SCENARIO = """\
id: mine
title: Mine
modality: CT
procedure: {code: C, meaning: M, protocol_code: P, protocol_meaning: PM}
steps: [verify]
"""


def made(choice: Choice) -> Person:
    maker = choice.maker()
    assert maker is not None
    return maker(IDENTITY)


def test_nothing_chosen_is_anybody() -> None:
    assert Choice().maker() is None
    assert from_command_line(None, None, None) == Choice()


@pytest.mark.parametrize("name", [name for name in charsets.CHARACTER_SETS if name != "ISO_IR 6"])
def test_a_name_in_a_character_set_shows_whether_it_is_understood(name: str) -> None:
    patient = made(Choice(character_set=name))
    assert "\\".join(patient.charset) == name
    assert not patient.name.isascii()
    assert charsets.decode(charsets.encode(patient.name, "PN", name), "PN", name) == patient.name


def test_a_special_patient_by_key() -> None:
    assert made(Choice(patient="kanji-5c")).group(2) == "合成山本^旬"
    held = made(Choice(patient="kanji-5c", character_set="ISO_IR 192"))
    assert (held.charset, held.group(2)) == (("ISO_IR 192",), "合成山本^旬")


def test_a_prescribed_patient() -> None:
    text = "name=TEST^HOSPITAL, Ward 3,id=12345,issuer=HOSP,birth_date=19700131,sex=F"
    patient = made(from_command_line(text, None, None))
    assert (patient.name, patient.patient_id, patient.issuer) == ("TEST^HOSPITAL, Ward 3", "12345", "HOSP")
    assert (patient.dicom_birth_date, patient.sex, patient.charset) == ("19700131", "F", ("ISO_IR 100",))
    few = made(from_command_line("name=Проба", None, None))
    assert (few.patient_id, few.dicom_birth_date, few.sex, few.charset) == ("", "", "", ("ISO_IR 192",))
    assert made(from_command_line("name=Проба", "ISO_IR 144", None)).charset == ("ISO_IR 144",)


def test_a_locale() -> None:
    assert made(Choice(locale="ja_JP")).charset == ("", "ISO 2022 IR 87")
    assert made(Choice(locale="ru_RU", character_set="ISO_IR 192")).charset == ("ISO_IR 192",)


def test_the_first_layer_that_chooses_counts() -> None:
    above, below = Choice(character_set="ISO_IR 144"), Choice(character_set="ISO_IR 100", locale="de_DE")
    assert merged(above, below) == Choice(character_set="ISO_IR 144", locale="de_DE")
    assert merged(Choice(), below) == below


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("kanji5c", None, None), "--patient: no special patient 'kanji5c'; did you mean kanji-5c? there are: "),
        (("name=A,born=1", None, None), "--patient: born: unknown part; allowed: name, id, issuer, birth_date, sex"),
        (("id=1", None, None), "--patient: name: required, but not there"),
        (("name=A,id=1,id=2", None, None), "--patient 'name=A,id=1,id=2': a part stands twice"),
        (("name=A\\B", None, None), r"--patient: name: 'A\\B' is no PN (PS3.5 6.2): it has a backslash"),
        (("name=^^", None, None), "--patient: name: '^^' is no PN (PS3.5 6.2): it names nobody"),
        (("name=a=b=c=d", None, None), "--patient: name: 'a=b=c=d' is no PN (PS3.5 6.2): it has more than thr"),
        (("name=a^b^c^d^e^f", None, None), "--patient: name: 'a^b^c^d^e^f' is no PN (PS3.5 6.2): it has more than"),
        ((f"name={'a' * 65}", None, None), f"--patient: name: '{'a' * 65}' is no PN (PS3.5 6.2): it has a group"),
        ((f"name=A,id={'1' * 65}", None, None), f"--patient: id: '{'1' * 65}' is no LO: at most 64 characters"),
        (("name=A,birth_date=1970-01-31", None, None), "--patient: birth_date: '1970-01-31' is no DA: the form is"),
        (("name=A,birth_date=19700231", None, None), "--patient: birth_date: '19700231' is no DA: the form is"),
        (("name=A,sex=f", None, None), "--patient: sex: Input should be '', 'M', 'F' or 'O'"),
        (("name=Ärger", "ISO_IR 144", None), "--patient: this patient cannot be written in ISO_IR 144: ISO_IR"),
        (("kanji-5c", "ISO_IR 100", None), "--patient: kanji-5c cannot be written in ISO_IR 100: ISO_IR 100 cannot"),
        ((None, "ISO_IR 149", None), "--character-set: 'ISO_IR 149' is not a defined term of Specific Character Set"),
        ((None, "ISO 2022 IR 87", None), "--character-set: 'ISO 2022 IR 87' is for code extension: it cannot be"),
        ((None, None, "jp_JP"), "--locale: locale 'jp_JP' has no names here; did you mean ja_JP? there are ar_SA,"),
        (("kanji-5c", None, "ja_JP"), "--locale: it names made-up patients; beside patient there is none"),
    ],
)  # fmt: skip
def test_an_option_that_cannot_be_had(options: tuple[str | None, str | None, str | None], told: str) -> None:
    with pytest.raises(InputError) as caught:
        from_command_line(*options)
    assert str(caught.value).startswith(told)


def told_of(folder: Path, name: str, text: str) -> list[str]:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_site(path) if name == "site.yaml" else load_scenario(path)
    return [line.removeprefix(f"{folder}/") for line in str(caught.value).splitlines()]


def test_a_site_file_is_told_of_by_line(tmp_path: Path) -> None:
    text = SITE + "patient:\n  name: TEST^HOSPITAL\n  birth_date: 19701301\n  nmae: x\ncharacter_set: ISO_IR_144\n"
    assert told_of(tmp_path, "site.yaml", text) == [
        "site.yaml:4: patient.birth_date: '19701301' is no DA: the form is YYYYMMDD (PS3.5 6.2)",
        "site.yaml:5: patient.nmae: unknown key; allowed here: birth_date, id, issuer, name, sex; did you mean name?",
        "site.yaml:6: character_set: 'ISO_IR_144' is not a defined term of Specific Character Set (PS3.3 C.12.1.1.2); "
        "did you mean ISO_IR 144?",
    ]
    (line,) = told_of(tmp_path, "site.yaml", SITE + "character_set: ISO_IR 144\npatient: {name: Ärger}\n")
    assert line.startswith("site.yaml:3: patient: this patient cannot be written in ISO_IR 144")


def test_a_site_file_may_prescribe_anybody(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(SITE + "patient: {name: TEST^HOSPITAL, id: 12345, birth_date: 19700101}\n")
    jsonschema.validate(yaml.safe_load((tmp_path / "site.yaml").read_text()), Site.model_json_schema())
    patient = made(merged(load_site(tmp_path / "site.yaml")))
    assert (patient.name, patient.patient_id, patient.dicom_birth_date) == ("TEST^HOSPITAL", "12345", "19700101")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("patient: {name: TEST^HOSPITAL}\n", "mine.yaml:6: patient.name: in a scenario it begins with 'Synthetic-'"),
        ("patient: kanji-6c\n", "mine.yaml:6: patient: no special patient 'kanji-6c'; did you mean kanji-"),
        ("locale: jp\npatient: no-id\n", "mine.yaml:6: locale: locale 'jp' has no names here; there are ar_SA"),
        ("locale: ja_JP\npatient: no-id\n", "mine.yaml:6: locale: it names made-up patients"),
        ("each: {character_set: all}\n", "mine.yaml:6: each.character_set: claimed, or a list of character sets"),
        ("each: {character_set: []}\n", "mine.yaml:6: each.character_set: claimed, or a list of character sets"),
        ("each: {character_set: [ISO_IR 1]}\n", "mine.yaml:6: each.character_set: 'ISO_IR 1' is not a defined term"),
        ("each: {character_set: [GBK, GBK]}\n", "mine.yaml:6: each.character_set: a character set stands twice"),
        ("each: {locale: [ja_JP]}\n", "mine.yaml:6: each.character_set: required, but not there"),
        ("each: {character_set: claimed}\ncharacter_set: GBK\n", "mine.yaml:7: character_set: the cases have one each"),
    ],
)
def test_a_scenario_is_told_of_by_line(tmp_path: Path, text: str, told: str) -> None:
    assert told_of(tmp_path, "mine.yaml", SCENARIO + text)[0].startswith(told)


def test_a_scenario_may_have_a_patient_who_is_nobody(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(SCENARIO + "patient: {name: Synthetic-Nobody^Nick, id: X1}\n")
    assert made(merged(load_scenario(tmp_path / "mine.yaml"))).name == "Synthetic-Nobody^Nick"
