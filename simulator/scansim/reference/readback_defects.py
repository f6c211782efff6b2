"""Planted defects of giving back: what is sent to a C-GET or C-MOVE is not what was stored."""

from __future__ import annotations

from scansim.reference.defect import Defect


def _of(name: str, checks: str, summary: str, *cases: str) -> Defect:
    named = cases or ("study[get]",)
    return Defect(name, summary, (checks,), cases=tuple(f"retrieve-battery/{case}" for case in named))


READBACK_DEFECTS = (
    # --- attributes ---
    _of("readback-loses-element", "retrieve.attribute-kept", "Protocol Name is left out"),
    _of("readback-empties-element", "retrieve.attribute-kept", "Series Description comes without its value"),
    _of("readback-loses-item", "retrieve.attribute-kept", "sequences of several items come without the last", "nested"),
    _of("readback-loses-private", "retrieve.attribute-kept", "private elements are left out", "private"),
    _of("readback-loses-creator", "retrieve.attribute-kept", "private elements come without their creator", "private"),
    _of(
        "readback-coerces",
        "retrieve.coercion-announced",
        "everything is of another patient",
        "study[get]",
        "study[move]",
    ),
    _of("readback-changes-value", "retrieve.attribute-unchanged", "Series Description is another one"),
    # --- values ---
    _of(
        "readback-cuts-value", "retrieve.text-kept", "Performed Procedure Step Description has four characters at most"
    ),
    _of(
        "readback-damages-text", "retrieve.text-kept", "letters of names that are not ASCII are question marks", "text"
    ),
    _of("readback-relabels", "retrieve.text-kept", "all text is labelled ISO_IR 100, and not converted", "text"),
    _of("readback-swaps-numbers", "retrieve.text-kept", "the numbers of Acquisition Matrix have their bytes swapped"),
    _of("readback-pads-wrongly", "iod.received", "the SOP Class UID is padded with a blank"),
    _of(
        "readback-adds-wrong", "iod.received", "a sex that there is not stands in every image as Patient's Sex Neutered"
    ),
    # --- objects ---
    _of(
        "readback-changes-pixels",
        "retrieve.pixels-kept",
        "one bit of one pixel is another one",
        "study[get]",
        "study[move]",
    ),
    _of("readback-swaps-pixels", "retrieve.pixels-kept", "the bytes of each pixel come in reverse order"),
    _of("readback-cuts-pixels", "retrieve.pixels-kept", "the last rows of the image are missing"),
    _of("readback-lossy", "retrieve.lossy-new-uid", "images are compressed lossily under the UID that they had"),
    _of("readback-other-class", "retrieve.same-object", "everything is moved as Secondary Capture", "study[move]"),
    _of(
        "readback-other-instance",
        "retrieve.store-request",
        "data sets have another SOP Instance UID",
    ),
)
