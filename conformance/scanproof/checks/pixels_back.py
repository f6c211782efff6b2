"""Checks of the instances that came back as objects: their pixels, their class and their UID."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from pydicom.uid import UID

from scanproof.check import Fact, Observation, check, ok
from scanproof.evidence import Evidence
from scanproof.evidence.pixels_back import Pixels
from scanproof.evidence.read_back import Returned
from scanproof.finding import Level, Verdict
from scanproof.given_back import given_back

Seen = Iterator[Observation | Fact]


def _syntaxes(returned: Returned) -> str:
    """The transfer syntaxes that an instance was sent and came in, where these are two."""
    sent, came = returned.sent.request.transfer_syntax, returned.request.transfer_syntax
    return f", sent in {UID(sent).name} and come in {UID(came).name}" if sent != came else f" ({UID(came).name})"


@check(
    "retrieve.pixels-kept",
    title="The pixels come back as they were sent",
    clause="PS3.4 B.4.1 (2013, 2024c); PS3.3 C.7.6.1.1.2 (2020a)",
    level=Level.SHALL,
    service="retrieve",
    expected="the same pixels, bit by bit, in whatever transfer syntax without loss they come",
    hint="Fetch one of these images by other means and compare: is it stored so, or changed on its way out?",
)
def pixels_kept(evidence: Evidence) -> Seen:
    """An archive stores Pixel Data as all attributes; compression without loss gives the same pixels back, and an image
    whose pixels are others has a UID of its own.

    A lung nodule that a decoder has smoothed away is seen by nobody.

    What comes in the transfer syntax in which it was sent is compared by the digest of its value, or of its fragments
    as one stream, however they are cut; what comes in another one is decoded. The same bytes are other pixels where
    another Photometric Interpretation, Pixel Representation or size describes them. What cannot be decoded here, and
    what was sent compressed lossily and comes decompressed, is not compared, which is a note. A lossy stream that is
    another one than was sent is a warning: which pixels it had nobody knows.
    """
    notes: Counter[str] = Counter()
    for back in given_back(evidence):
        returned = back.returned
        pixels = returned.pixels
        if pixels.state is Pixels.SAME:
            yield ok(f"the same pixels ({pixels.how})", returned.request)
            if returned.sent.request.transfer_syntax != returned.request.transfer_syntax:
                notes[f"the same pixels{_syntaxes(returned)}"] += 1
        elif pixels.state in (Pixels.CHANGED, Pixels.LOST):
            text = f"{pixels.state}{_syntaxes(returned)}" + (f": {pixels.how}" if pixels.how else "")
            yield back.say(Verdict.FAIL, text, pixels.described or "PixelData")
        elif pixels.state in (Pixels.OTHER_STREAM, Pixels.ADDED):
            text = f"{pixels.how or 'pixels that it did not have'}{_syntaxes(returned)}"
            yield back.say(Verdict.WARN, text, "PixelData")
        elif pixels.state is Pixels.NOT_COMPARED:
            notes[f"not compared{_syntaxes(returned)}: {pixels.how}"] += 1
    for text, times in notes.items():
        yield Fact(f"pixels of {times} instances: {text}")


@check(
    "retrieve.lossy-new-uid",
    title="What was compressed lossily comes back under a UID of its own",
    clause="PS3.3 C.7.6.1.1.5 (2020a)",
    level=Level.SHALL,
    service="retrieve",
    expected="the image as it was sent, or a derived one with another SOP Instance UID",
    hint="Switch lossy compression off in the archive, or let it give the derived image a UID of its own.",
)
def lossy_new_uid(evidence: Evidence) -> Seen:
    """An image that is the lossily compressed version of another one gets a new SOP Instance UID.

    Under one UID two images are in the world that differ, and whoever measures in one of them does not know in which.

    Of each image that was sent without loss, the transfer syntax in which it comes back is looked at, and whether Lossy
    Image Compression says 01.
    """
    for back in given_back(evidence):
        returned = back.returned
        if returned.pixels.state is Pixels.NONE:
            continue
        if returned.pixels.lossy:
            text = f"compressed lossily under the UID that it had: {returned.pixels.lossy}{_syntaxes(returned)}"
            yield back.say(Verdict.FAIL, text, "LossyImageCompression")
        else:
            yield ok("not compressed lossily since it was sent", returned.request)


@check(
    "retrieve.same-object",
    title="An instance comes back as the object that it is",
    clause="",
    level=Level.EXPECTED,
    service="retrieve",
    expected="the SOP Class that it was stored as",
    hint="See what converts objects in the archive: another object has a SOP Instance UID of its own.",
)
def same_object(evidence: Evidence) -> Seen:
    """What an archive gives out under a SOP Instance UID is that instance, of the class that it was stored as.

    A workstation opens what it gets by its class: a CT image that has become a Secondary Capture is measured no more.

    The SOP Class of each instance that comes back is compared with that it was stored as. A data set that contradicts
    its own command set is for another check. Where we sent other content under one UID, which no sender may, it is a
    note which one was kept: no text says what an archive has to do then.
    """
    for back in given_back(evidence):
        returned = back.returned
        if returned.version:
            text = f"under one UID number {returned.version} of the {returned.versions} that were taken came back"
            yield Fact(text, returned.request, "PS3.5 9 (2024e)")
        became = returned.class_uid
        if became and became == returned.request.command.sop_class_uid:
            yield back.say(Verdict.FAIL, UID(became).name, "SOPClassUID")
        elif not became:
            yield ok("the object that was sent", returned.request)
