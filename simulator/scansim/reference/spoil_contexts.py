"""What negotiation does wrongly with a planted defect: contexts that the target supports, and refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless
from pynetdicom.presentation import PresentationContext, build_context

from scansim.vocabulary.uids import PATIENT_ROOT_FIND

_NATIVE = (ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian)


def supported(planted: Callable[[str], bool], contexts: Iterable[PresentationContext]) -> list[PresentationContext]:
    """The Presentation Contexts that are left when a defect has it that some are refused."""
    if planted("context-class-refused"):
        return [each for each in contexts if each.abstract_syntax != PATIENT_ROOT_FIND]
    if planted("context-syntax-refused"):
        return [_in(each, [uid for uid in each.transfer_syntax if uid != RLELossless]) for each in contexts]
    if planted("context-uncompressed-only"):
        return [_in(each, [uid for uid in each.transfer_syntax if uid in _NATIVE]) for each in contexts]
    return [*contexts]


def _in(context: PresentationContext, syntaxes: list[str]) -> PresentationContext:
    narrower = build_context(str(context.abstract_syntax), syntaxes)
    narrower.scu_role, narrower.scp_role = context.scu_role, context.scp_role
    return narrower
