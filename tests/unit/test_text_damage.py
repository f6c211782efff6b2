"""What counts as damaged text: letters lost, replaced, cut, misread; a correction is none."""

from __future__ import annotations

import pytest

from scanproof.standard.text_damage import damage


@pytest.mark.parametrize(
    ("wanted", "got", "what"),
    [
        ("Люксембург^Роза", "", "emptied"),
        ("Люкceмбypг^Роза", "ceyp^", "letters lost"),
        ("Люксембург^Роза", "??????????^????", "letters replaced"),
        ("Люксембург^Роза", "????", "letters replaced"),
        ("Люксембург^Роза", "Luxemburg^Rosa", "letters replaced"),
        ("Müller^Eva", "M?ller^Eva", "letters replaced"),
        ("Müller^Eva", "M\ufffdller^Eva", "not decoded"),
        ("Müller^Eva", "Mller^Eva", "letters lost"),
        ("Müller^Eva", "MÃ¼ller^Eva", "read in another character set"),
        ("Müller^Eva", "Müller", "cut"),
        ("Yamada^Tarou=山田^太郎=やまだ^たろう", "Yamada^Tarou", "cut"),
        ("Yamada^Tarou=山田^太郎", "Yamada^Tarou=??^??", "letters replaced"),
        ("Yamada^Tarou=山田^太郎", "Yamada^Tarou=????^????", "letters replaced"),
        ("Yamada^Tarou=山田^太郎", "Yamada^Tarou=\x1b$B;3ED", "not decoded"),
        ("Hong^Gildong=洪^吉洞=홍^길동", "Hong^Gildong=^=^", "letters lost"),
        ("A-2026-17", "A-2026", "cut"),
    ],
)
def test_damage(wanted: str, got: str, what: str) -> None:
    assert damage(wanted, got) == what


@pytest.mark.parametrize(
    ("wanted", "got"),
    [
        ("Müller^Eva", "Müller^Eva"),
        ("Müller^Eva", "Mu\u0308ller^Eva"),  # the same letters, composed otherwise
        ("Müller^Eva", "MÜLLER^EVA"),
        ("Müller^Eva", "Muller^Eva"),
        ("Smith^Jon", "Smith^John"),
        ("Smith^Jon", "Synthetic-Other^Planted"),
        ("", "Smith^Jon"),
        ("Why?^Not", "Where?^Not"),
        ("Люксембург^Роза", "Либкнехт^Карл"),
        ("A17", "B42"),
    ],
)
def test_no_damage(wanted: str, got: str) -> None:
    assert damage(wanted, got) == ""
