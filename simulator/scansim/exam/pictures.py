"""Thumbnails of what an exam stored, beside its transcript: the first, the middle and the last image of each series.

Only images that the harness made have one: what comes from somebody's own files may be of a patient.
"""

from __future__ import annotations

from scansim.exam.state import Exam
from scansim.images.coding import frames
from scansim.images.thumbnail import thumbnail
from scansim.vocabulary.status import is_success

#: Series of which there are any.
_MOST_SERIES = 4


def keep_thumbnails(exam: Exam) -> None:
    """Draw them, unless that was done before; the images are made again for it, as for sending."""
    wanted = _chosen(exam)
    if not wanted or exam.writer.has_thumbnails:
        return
    left = set(wanted)
    for instance in exam.instances:
        if instance.sop_instance_uid not in left:
            continue
        left.discard(instance.sop_instance_uid)
        if instance.is_image:
            ds = instance.view()
            samples = frames(ds, instance.pixels())
            inverted = ds.PhotometricInterpretation == "MONOCHROME1"
            exam.writer.thumbnail(instance.sop_instance_uid, thumbnail(samples[len(samples) // 2], inverted=inverted))
        if not left:
            return


def _chosen(exam: Exam) -> list[str]:
    """SOP Instance UIDs of the images that are drawn."""
    series: dict[str, list[str]] = {}
    for record in exam.known().instances:
        if is_success(record.stored):
            series.setdefault(record.series_instance_uid, []).append(record.sop_instance_uid)
    return [uid for uids in list(series.values())[:_MOST_SERIES] for uid in dict.fromkeys(_ends(uids))]


def _ends(uids: list[str]) -> tuple[str, str, str]:
    return uids[0], uids[len(uids) // 2], uids[-1]
