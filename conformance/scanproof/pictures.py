"""Pictures of images that were sent and that came back, for a report: drawn of what the transcript has."""

from __future__ import annotations

import base64

from scanproof import decoding
from scanproof.evidence import Evidence
from scanproof.evidence.pixels_back import Pixels
from scanproof.evidence.read_back import Returned
from scanproof.results import PictureView
from scansim.images.thumbnail import thumbnail
from scansim.network.transcript import THUMBNAILS

#: Pictures of one scenario, and bytes of one.
_MOST, _LONGEST = 12, 1 << 16


def pictures_of(evidence: Evidence) -> list[PictureView]:
    """What was sent and what came back, side by side, of the images that were drawn when they were sent."""
    folder = evidence.transcript.folder / THUMBNAILS
    if not folder.is_dir():
        return []
    found: list[PictureView] = []
    seen: set[tuple[str, bool]] = set()
    for returned in evidence.read_back:
        key = (returned.uid, returned.is_same)
        path = folder / f"{returned.uid}.png"
        if key in seen or len(found) == _MOST or not returned.uid.replace(".", "").isdecimal() or not path.is_file():
            continue
        seen.add(key)
        sent = path.read_bytes()
        if len(sent) > _LONGEST or not sent.startswith(b"\x89PNG"):
            continue
        drawn, why = _drawn(returned)
        found.append(
            PictureView(
                uid=returned.uid,
                sent_syntax=returned.sent.request.transfer_syntax,
                came_syntax=returned.request.transfer_syntax,
                exchange=returned.request.id,
                state=_state(returned),
                same=returned.is_same,
                sent=_text(sent),
                came=_text(drawn),
                not_drawn=why,
            )
        )
    return found


def _state(returned: Returned) -> str:
    pixels = returned.pixels
    if pixels.lossy:
        return "compressed lossily"
    if pixels.state is Pixels.SAME:
        return "the same pixels" if returned.is_same else "the same pixels, other attributes"
    return f"pixels {pixels.state}" if pixels.state is not Pixels.NOT_COMPARED else f"not compared: {pixels.how}"


def _drawn(returned: Returned) -> tuple[bytes, str]:
    """The picture of what came back, or why there is none."""
    dataset = returned.request.dataset
    element = dataset.element("PixelData") if dataset is not None else None
    if dataset is None or element is None:
        return b"", "no Pixel Data"
    try:
        form = decoding.Form.of(dataset)
        frame = decoding.pixels(
            form, element.value, returned.request.transfer_syntax, vr=element.vr, only=form.frames // 2
        )[0]
    except decoding.NotDecoded as error:
        return b"", str(error)
    return thumbnail(frame, inverted=form.photometric == "MONOCHROME1"), ""


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
