"""Planted defects of negotiation: which Presentation Contexts are left, and that nothing else is changed."""

from __future__ import annotations

import pytest
from pydicom.uid import JPEGBaseline8Bit, RLELossless
from pynetdicom.presentation import build_context

from scansim.reference.context_defects import CONTEXT_DEFECTS
from scansim.reference.spoil_contexts import supported
from scansim.vocabulary.uids import PATIENT_ROOT_FIND, STUDY_ROOT_FIND
from scansim.wire.dataset import EXPLICIT_LITTLE, IMPLICIT_LITTLE

NATIVE = {EXPLICIT_LITTLE, IMPLICIT_LITTLE}
CT = "1.2.840.10008.5.1.4.1.1.2"
WHOLE = {
    CT: {*NATIVE, JPEGBaseline8Bit, RLELossless},
    PATIENT_ROOT_FIND: NATIVE,
    STUDY_ROOT_FIND: NATIVE,
}
LEFT = {
    "context-syntax-refused": {**WHOLE, CT: {*NATIVE, JPEGBaseline8Bit}},
    "context-uncompressed-only": {**WHOLE, CT: NATIVE},
    "context-class-refused": {CT: WHOLE[CT], STUDY_ROOT_FIND: NATIVE},
    "": WHOLE,
}


def test_each_defect_is_looked_at() -> None:
    assert {defect.name for defect in CONTEXT_DEFECTS} == LEFT.keys() - {""}


@pytest.mark.parametrize("name", LEFT)
def test_what_is_left(name: str) -> None:
    contexts = [build_context(uid, [*syntaxes]) for uid, syntaxes in WHOLE.items()]
    for each in contexts:
        each.scu_role, each.scp_role = True, False
    left = supported(lambda defect: defect == name, contexts)
    assert {str(each.abstract_syntax): {*each.transfer_syntax} for each in left} == LEFT[name]
    assert {(each.scu_role, each.scp_role) for each in left} == {(True, False)}
