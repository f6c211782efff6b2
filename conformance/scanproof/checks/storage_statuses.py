"""Check of what the status of C-STORE means (PS3.4 B.2.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanproof.check import Observation, check, ok, told, warn
from scanproof.evidence import Evidence
from scanproof.finding import Level
from scansim.vocabulary.status import is_success

#: What speaks of resources, and what of something else.
_ROOM = re.compile(r"resource|space|room|disk|memory|storage|quota|full|busy|limit|license|later", re.IGNORECASE)
_OTHER = re.compile(
    r"patient|accession|study|series|order|duplicate|already|exists|conflict|mismatch|differ|not allowed|permi[ts]"
    r"|unknown|authori[sz]|invalid|missing",
    re.IGNORECASE,
)


#: What says that an instance was not kept.
_UNKEPT = re.compile(
    r"(not|n't|never|cannot|nothing)( be| been|)( stored?| saved?| kept| archived| accepted| imported| written)"
    r"|refused|rejected|discard(ed)? (the )?(instance|image|object)|(unable|failed) to (store|save|write)"
    r"|^\W*failed\W*$",
    re.IGNORECASE,
)
#: What to do about a comment that contradicts its status.
_SAY_SO = "Answer what is not stored with a failure: the scanner reads the status alone, and deletes the image."


@check(
    "storage.refusal-meaning",
    title="The status of C-STORE means what its comment says",
    clause="PS3.4 B.2.3, Table B.2-1 (c. 2020)",
    level=Level.SHOULD,
    service="storage",
    expected="A7xxH for want of resources only; for other causes Cxxx, or a code of their own",
    hint="Refuse for such a cause with a code of the range Cxxx: after A7xxH modalities send the same again and again.",
)
def refusal_meaning(evidence: Evidence) -> Iterator[Observation]:
    """An SCP may tell causes of a failure apart by the digits of a range, but each of them is one of the range's
    meaning: A7xxH says that resources ran out.

    A modality that believes the code waits, and sends the same image again for ever; nobody corrects the patient.

    The status of each C-STORE is looked at: A7xxH with an Error Comment that talks of something else than resources is
    a warning, and so is Success, or Bxxx, with one that says that nothing was stored. Whether the instance should have
    been refused at all is judged elsewhere.
    """
    for operation in evidence.stores:
        final = operation.final
        if final is None:
            continue
        status, comment = final.command.status or 0, final.command.text("ErrorComment") or ""
        if status >> 8 == 0xA7 and _OTHER.search(comment) and not _ROOM.search(comment):
            yield warn(f"{told(final)}, where the code means that resources ran out", final)
        elif is_success(status) and _UNKEPT.search(comment):
            yield warn(f"{told(final)}, which means that it is stored", final, hint=_SAY_SO)
        else:
            yield ok(told(final), final)
