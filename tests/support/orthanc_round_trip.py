"""Files to Orthanc by our own path and back by its REST API.

``python -m tests.support.orthanc_round_trip FOLDER [NAME ...]`` sends each file ``*.dcm`` of a folder, puts what
Orthanc keeps of it beside it as ``*.fetched``, and the pixels of its three frames as Orthanc decodes them as ``*.pam``;
not of those that are named. It prints as JSON how each was answered.
"""

from __future__ import annotations

import json
import sys
import urllib.request
from collections.abc import Collection
from pathlib import Path

from pydicom import dcmread

from scansim.network.association import Association, Proposal, propose
from scansim.network.failures import NotAccepted
from scansim.network.recording import TranscriptWriter
from scansim.site import Timeouts
from scansim.wire.dimse import FIELD_OF
from tests.support.peers import ORTHANC_HTTP_PORT

REST = f"http://127.0.0.1:{ORTHANC_HTTP_PORT}"


def round_trip(folder: Path, not_decoded: Collection[str]) -> dict[str, str]:
    """Send and fetch everything in `folder`; returns the status of each file, by its name."""
    writer = TranscriptWriter(folder / "transcript", {"id": "pixels"})
    stored = {}
    for file in sorted(folder.glob("*.dcm")):
        data, meta = file.read_bytes(), dcmread(file, stop_before_pixels=True).file_meta
        sop_class_uid, uid = str(meta.MediaStorageSOPClassUID), str(meta.MediaStorageSOPInstanceUID)
        rq = propose("ORTHANC", "SCANPROOF", [Proposal(sop_class_uid, (str(meta.TransferSyntaxUID),))])
        association = Association.request("127.0.0.1", 4242, rq, writer.recorder(service="storage"), Timeouts())
        command: dict[str, int | str | tuple[int, ...]] = {
            "CommandField": FIELD_OF["C-STORE-RQ"],
            "AffectedSOPClassUID": sop_class_uid,
            "AffectedSOPInstanceUID": uid,
            "Priority": 0,
        }
        try:
            context = association.context(sop_class_uid)
        except NotAccepted:
            stored[file.stem] = "not accepted"
        else:
            status = association.response(context, command, [data[meta_length(data) :]]).command.status
            stored[file.stem] = f"{status:04X}"
            fetch(file, uid, decoded=file.stem not in not_decoded)
        association.release()
    return stored


def meta_length(data: bytes) -> int:
    """Return where the data set of a file begins: File Meta Information begins with its own length (PS3.10 7.1)."""
    return 144 + int.from_bytes(data[140:144], "little")


def fetch(file: Path, uid: str, *, decoded: bool) -> None:
    """Write what Orthanc has of an instance beside its file."""
    instance = json.loads(rest("/tools/lookup", uid.encode()))[0]["Path"]
    file.with_suffix(".fetched").write_bytes(rest(f"{instance}/file"))
    if decoded:
        frames = [rest(f"{instance}/frames/{frame}/image-uint16") for frame in range(3)]
        file.with_suffix(".pam").write_bytes(b"".join(image.partition(b"ENDHDR\n")[2] for image in frames))


def rest(path: str, body: bytes | None = None) -> bytes:
    """Ask Orthanc by HTTP; pixels come as Portable Arbitrary Map."""
    request = urllib.request.Request(REST + path, body, {"Accept": "image/x-portable-arbitrarymap, */*"})
    with urllib.request.urlopen(request, timeout=10) as response:
        return bytes(response.read())


if __name__ == "__main__":
    print(json.dumps(round_trip(Path(sys.argv[1]), sys.argv[2:])))
