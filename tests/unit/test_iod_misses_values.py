"""Roots of UIDs that nobody can have, and values that are padded with what is not for them."""

from __future__ import annotations

import pytest

from scanproof.iod import Checker
from scanproof.iod.judgement.values import is_surely_right
from scanproof.standard.value_grammar import uid_root_mistake
from scansim.wire.dataset import EXPLICIT_LITTLE
from tests.support.iod_data import CT, GOOD, encode, errors, warned


@pytest.mark.parametrize(
    "uid",
    ["3.1", "9999.1.2", "999.999.1", "1.40.1", "1.113654.3.13.1026", "0.40", "0.113", "0", "1", "2", "0.0", "0.0.0.0",
     "0.0.0.0.1.8811", "0.0.27.1", "1.4.13.3", "1.9.999", "1.22.333"],
)  # fmt: skip
def test_roots_that_nobody_has(uid):
    assert uid_root_mistake(uid)
    assert not is_surely_right(0x0020000D, b"UI", uid.encode() + b"\0" * (len(uid) % 2))
    found = Checker().check_dataset(encode(GOOD[CT] | {"StudyInstanceUID": uid}), EXPLICIT_LITTLE)
    assert ("uid-root", "StudyInstanceUID") in errors(found.findings)


@pytest.mark.parametrize(
    "uid",
    ["1.2.840.10008", "1.0.8571", "1.1.19785.0.257", "1.3.6.1.4.1.5962", "2.25.1", "2.16.840.1.113662", "2.999.1",
     "2.100", "0.0.8.1", "0.4.0.127", "0.9.2342.19200300", "0.39.1", "1.2", ""],
)  # fmt: skip
def test_roots_that_somebody_may_have(uid):
    assert uid_root_mistake(uid) == ""


def check(*parts):
    data = encode(GOOD[CT])
    for old, new in parts:
        assert data.count(old) == 1
        data = data.replace(old, new)
    return Checker().check_dataset(data, EXPLICIT_LITTLE).findings


def element(tag, vr, value):
    return tag + vr + len(value).to_bytes(2, "little") + value


MODALITY, KVP, PATIENT = b"\x08\0\x60\0", b"\x18\0\x60\0", b"\x10\0\x20\0"
STUDY = b"\x20\0\x0d\0"


def test_nul_padding_is_one_entry_of_a_file():
    findings = check(
        (element(KVP, b"DS", b""), element(KVP, b"DS", b"120\0")),
        (element(PATIENT, b"LO", b""), element(PATIENT, b"LO", b"P1\0\0")),
        (element(MODALITY, b"CS", b"CT"), element(MODALITY, b"CS", b"CT\0\0")),
    )
    (finding,) = [each for each in findings if each.level == "error"]
    assert (finding.rule, finding.tag) == ("nul-padding", "Modality")
    assert finding.message.startswith("3 values")
    assert "Modality" in finding.message


@pytest.mark.parametrize("value", [b"P1 \0", b"P1\0 ", b"\0\0"])
def test_forms_of_nul_padding(value):
    found = errors(check((element(PATIENT, b"LO", b""), element(PATIENT, b"LO", value))))
    assert found == [("nul-padding", "PatientID")]


def test_a_nul_inside_is_another_matter():
    found = errors(check((element(PATIENT, b"LO", b""), element(PATIENT, b"LO", b"P\x001 "))))
    assert found == [("vr-grammar-lo", "PatientID")]


@pytest.mark.parametrize(
    ("value", "said"),
    [(b"2.25.1", []), (b"2.25.10\0", []), (b"2.25.10 ", [("vr-grammar-ui", "StudyInstanceUID")]),
     (b"2.25.1\0\0", [("vr-grammar-ui", "StudyInstanceUID")])],
)  # fmt: skip
def test_padding_of_uids_only_warns(value, said):
    findings = check((element(STUDY, b"UI", b"2.25.1"), element(STUDY, b"UI", value)))
    assert (errors(findings), warned(findings)) == ([], said)
