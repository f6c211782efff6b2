"""store-studies: C-STORE of the studies that the cases of a battery look for (PS3.4 Annex B)."""

from __future__ import annotations

from collections import Counter

from pydicom.uid import SecondaryCaptureImageStorage

from scansim.exam.registry import step
from scansim.exam.state import Exam, Stopped
from scansim.exam.step import Step
from scansim.network.association import Proposal
from scansim.network.failures import AssociationError
from scansim.vocabulary import services
from scansim.vocabulary.outcome import Cause
from scansim.vocabulary.status import is_success, shown
from scansim.wire.dimse import FIELD_OF, Value
from scansim.wire.encoding import TRANSFER_SYNTAXES, encode


class StoreStudies(Step):
    """C-STORE of every image of the battery's ``studies``; a battery that has any begins with it by itself."""

    verb = "store-studies"
    service = services.STORAGE
    writes = "set of small studies"
    takes = 0.3


@step(StoreStudies)
def store_studies(exam: Exam, _step: StoreStudies) -> str:
    """Send each image on one association, and note which were taken."""
    if exam.studies is None:
        raise Stopped("the scenario has no studies", Cause.SETUP)
    address = exam.address(services.STORAGE)
    images = [*exam.studies.images()]
    answers: Counter[str] = Counter()
    with exam.association(
        address, services.STORAGE, [Proposal(SecondaryCaptureImageStorage, TRANSFER_SYNTAXES)]
    ) as association:
        agreed = association.contexts.get(SecondaryCaptureImageStorage)
        if agreed is None:
            raise Stopped(
                f"{address} accepts no Presentation Context for {SecondaryCaptureImageStorage}", Cause.REFUSED
            )
        for number, image in enumerate(images, 1):
            uid = str(image.SOPInstanceUID)
            command: dict[str, Value] = {
                "CommandField": FIELD_OF["C-STORE-RQ"],
                "AffectedSOPClassUID": SecondaryCaptureImageStorage,
                "AffectedSOPInstanceUID": uid,
                "Priority": 0,
            }
            try:
                status = association.response(agreed, command, [encode(image, agreed.transfer_syntax)]).command.status
            except AssociationError as error:
                taken = sum(map(is_success, exam.studies.stored.values()))
                raise Stopped(f"{address}: after {taken} of {len(images)} images: {error}", error.cause) from None
            exam.studies.stored[uid] = status if status is not None else -1
            answers[shown(status)] += 1
            exam.progress("store-studies", number, len(images))
    told = ", ".join(f"{count} images answered {status}" for status, count in answers.items())
    if not any(map(is_success, exam.studies.stored.values())):
        raise Stopped(f"{address}: {told}", Cause.TARGET)
    return told
