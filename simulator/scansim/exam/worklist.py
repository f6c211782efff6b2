"""What a console asks a worklist for, and what it asks when the item that it looks for is not there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydicom.dataset import Dataset

from scansim.exam.state import Exam, Stopped, text_of
from scansim.network.association import Agreed, Association
from scansim.vocabulary import services
from scansim.vocabulary.deviations import Intent
from scansim.vocabulary.status import is_pending
from scansim.vocabulary.uids import WORKLIST
from scansim.wire.dimse import FIELD_OF, Value
from scansim.wire.encoding import decode, encode

#: No wider query takes more items than this: it is cancelled then.
MOST_ITEMS = 500


def keys_in_words(exam: Exam) -> str:
    """Station, modality and date that a console of the exam asks for, and where."""
    address = exam.address(services.WORKLIST)
    station = exam.site.calling(address)
    return f"station {station}, modality {exam.scenario.modality}, date {exam.day:%Y-%m-%d} at {address}"


@dataclass
class Found:
    """What a worklist C-FIND brought: items that can be read, the message of each, how many cannot; its status."""

    items: list[Dataset] = field(default_factory=list)
    brought_by: list[str] = field(default_factory=list)
    unreadable: int = 0
    status: int | None = None


def find(
    association: Association,
    agreed: Agreed,
    keys: Dataset,
    most: int | None = None,
    *,
    early: bool = False,
    command: Mapping[str, Value] | None = None,
    intent: Intent | None = None,
    purpose: Mapping[str, str] | None = None,
) -> Found:
    """Send one worklist C-FIND; it is cancelled after `most` items, or, when `early`, before anything is answered."""
    found = Found()
    request = command or find_command()
    encoded = [encode(keys, agreed.transfer_syntax)]
    for message in association.operation(agreed, request, encoded, intent=intent, purpose=purpose, cancel=early):
        found.status = message.command.status
        if not is_pending(found.status):
            continue
        if message.dataset is not None:
            try:
                found.items.append(decode(message.dataset, agreed.transfer_syntax))
                found.brought_by.append(association.name_of(message))
            except ValueError:
                found.unreadable += 1
        if most is not None and len(found.items) + found.unreadable == most:
            association.cancel(agreed)
    return found


def find_command() -> dict[str, Value]:
    """Command set of a worklist C-FIND."""
    return {"CommandField": FIELD_OF["C-FIND-RQ"], "AffectedSOPClassUID": WORKLIST, "Priority": 0}


def wider_query(exam: Exam, accession: str) -> str:
    """Ask for all steps of any station, date and modality, and tell what keeps the wanted one out; empty if nothing."""
    keys = Dataset()
    keys.AccessionNumber = accession
    step = Dataset()
    step.ScheduledStationAETitle = ""
    step.ScheduledProcedureStepStartDate = ""
    step.Modality = ""
    step.ScheduledProcedureStepID = ""
    keys.ScheduledProcedureStepSequence = [step]
    address = exam.address(services.WORKLIST)
    try:
        with exam.use(services.WORKLIST, WORKLIST) as (association, agreed):
            items = find(association, agreed, keys, MOST_ITEMS).items
    except Stopped as error:
        return f"; a wider query did not come about: {error}"
    # not every SCP takes Accession Number as a matching key (PS3.4 Table K.6-1 has it optional)
    items = [item for item in items if not accession or text_of(item, "AccessionNumber") == accession]
    if not items:
        return f"; asked for any station, modality and date, it has none{' with that number' * bool(accession)} either"
    wanted = {
        "station": ("ScheduledStationAETitle", exam.site.calling(address)),
        "modality": ("Modality", exam.scenario.modality),
        "date": ("ScheduledProcedureStepStartDate", f"{exam.day:%Y%m%d}"),
    }
    kept_out: list[str] = []
    for item in items[:3]:
        sequence = item.get("ScheduledProcedureStepSequence")
        held = sequence[0] if sequence else Dataset()
        others = [
            f"{what} {text_of(held, keyword) or 'empty'}"
            for what, (keyword, value) in wanted.items()
            if text_of(held, keyword) != value
        ]
        name = text_of(item, "AccessionNumber") or text_of(held, "ScheduledProcedureStepID") or "one"
        kept_out.append(f"{name} has {', '.join(others) or 'all three, and came only now'}")
    more = f" and {len(items) - 3} others" if len(items) > 3 else ""
    return f"; asked for any station, modality and date, it has {'; '.join(kept_out)}{more}"
