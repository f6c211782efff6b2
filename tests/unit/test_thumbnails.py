"""Small pictures of what was sent and what came back: drawn, kept beside the transcript, and shown in the report."""

from __future__ import annotations

import struct
import zlib
from datetime import date
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest

from scanproof.evidence import Evidence
from scanproof.pictures import pictures_of
from scanproof.report import html, json_report, pictures
from scanproof.results import PictureView, Results
from scanproof.session import collect, open_session
from scansim.exam.scenario_files import find_scenarios
from scansim.images.thumbnail import SIZE, png, thumbnail
from scansim.network.transcript import THUMBNAILS, load_transcript
from tests.support.report_example import results as example

EXAM = """id: back
title: An exam whose images come back
modality: MR
procedure: {code: MRHEAD, meaning: MR head, protocol_code: MRHEAD-N, protocol_meaning: MR head native}
proves: [storage]
steps:
  - acquire: {protocol: mr-small, instances: 5}
  - store
"""


def drawn(data: bytes) -> np.ndarray:
    """The pixels of a PNG whose lines are not filtered; each chunk has its CRC (PNG 5.3)."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, at = {}, 8
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        kind, content = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        assert struct.unpack_from(">I", data, at + 8 + length) == (zlib.crc32(kind + content),)
        chunks[kind] = content
        at += length + 12
    columns, rows, depth, colour, *rest = struct.unpack(">2I5B", chunks[b"IHDR"])
    assert (depth, rest, list(chunks)[-1]) == (8, [0, 0, 0], b"IEND")
    shape = (rows, columns, 3) if colour == 2 else (rows, columns)
    lines = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), "uint8").reshape((rows, -1))
    assert not lines[:, 0].any()
    return lines[:, 1:].reshape(shape)


@pytest.mark.parametrize("shape", [(1, 1), (3, 96), (96, 96), (97, 50), (512, 512), (1000, 20)])
def test_a_picture_has_96_rows_and_columns_at_most(shape: tuple[int, int]) -> None:
    picture = drawn(thumbnail(np.arange(shape[0] * shape[1], dtype="int16").reshape(shape)))
    assert max(picture.shape) <= SIZE
    assert min(picture.shape) >= 1


def test_grey_goes_from_black_to_white() -> None:
    ramp = np.tile(np.arange(-500, 500, 20, dtype="int16"), (50, 1))
    picture = drawn(thumbnail(ramp))
    assert (picture.dtype.name, picture[0, 0], picture[0, -1]) == ("uint8", 0, 255)
    assert (np.diff(picture[0].astype(int)) >= 0).all()
    assert (drawn(thumbnail(ramp, inverted=True)) == 255 - picture).all()
    assert (drawn(thumbnail(np.full((8, 8), 7))) == 0).all()


def test_colour_stays_as_it_is() -> None:
    colour = np.random.default_rng(1).integers(0, 256, (20, 30, 3), dtype="uint8")
    assert (drawn(png(colour)) == colour).all()
    assert (drawn(thumbnail(colour)) == colour).all()


def test_the_same_pixels_give_the_same_bytes() -> None:
    frame = np.random.default_rng(2).integers(0, 4096, (64, 64))
    assert thumbnail(frame) == thumbnail(frame.astype("uint16"))
    assert thumbnail(frame) != thumbnail(frame[::-1])


@pytest.fixture(scope="module")
def transcript(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An exam whose images came back twice."""
    return ran(tmp_path_factory.mktemp("ran"), "retrieve: {by: get}", "retrieve: {by: move}")


def ran(folder: Path, *steps: str) -> Path:
    (folder / "back.yaml").write_text(EXAM + "".join(f"  - {step}\n" for step in steps))
    with open_session(None) as session:
        assert session.run(find_scenarios([str(folder / "back.yaml")]), folder / "t", seed=1, day=date(2026, 1, 2))
    return folder / "t"


@pytest.mark.long
def test_an_exam_that_retrieves_keeps_the_first_the_middle_and_the_last(transcript: Path) -> None:
    kept = list((transcript / "back" / THUMBNAILS).iterdir())
    series: dict[str, list[str]] = {}
    for stored in Evidence(load_transcript(transcript / "back")).stored:
        series.setdefault(stored.series, []).append(stored.sop_instance_uid)
    expected = {uids[at] for uids in series.values() for at in (0, len(uids) // 2, -1)}
    assert {file.stem for file in kept} == expected
    assert {file.stat().st_mode & 0o077 for file in kept} == {0}
    results = collect(transcript)
    views = results.scenarios[0].pictures
    assert [(view.state, view.same, view.sent == view.came) for view in views] == [
        ("the same pixels", True, True)
    ] * len(kept)
    page = html.render(results)
    assert page.count(b'src="data:image/png;base64,') == 2 * len(kept)
    assert page == html.render(collect(transcript))
    assert b"base64" not in json_report.render(results)


@pytest.mark.long
def test_an_exam_that_does_not_retrieve_has_none(tmp_path: Path) -> None:
    transcript = ran(tmp_path)
    assert not (transcript / "back" / THUMBNAILS).exists()
    assert collect(transcript).scenarios[0].pictures == []


@pytest.mark.long
def test_what_is_no_picture_is_not_shown(transcript: Path, tmp_path: Path) -> None:
    copied = Path(copytree(transcript / "back", tmp_path / "back"))
    first, second, *others = sorted((copied / THUMBNAILS).iterdir())
    first.write_bytes(b"<svg onload=alert(1)>")
    second.write_bytes(b"\x89PNG" + bytes(1 << 17))
    assert len(pictures_of(Evidence(load_transcript(copied)))) == len(others)


def view(number: int, *, same: bool = True) -> PictureView:
    return PictureView(
        uid=f"2.25.{number}",
        sent_syntax="1.2.840.10008.1.2.1",
        came_syntax="1.2.840.10008.1.2.4.80",
        exchange="a02.r1",
        state="the same pixels" if same else "pixels changed",
        same=same,
        sent="AAAA",
        came="" if number % 2 else "BBBB",
        not_drawn="nothing here decodes it" if number % 2 else "",
    )


def with_pictures(*views: PictureView) -> Results:
    results = example()
    first = results.scenarios[0].model_copy(update={"pictures": list(views)})
    return results.model_copy(update={"scenarios": [first, *results.scenarios[1:]]})


def test_of_many_those_that_differ_are_shown_first() -> None:
    views = [view(number, same=number != 39) for number in range(40)]
    (shown,) = pictures.chosen(with_pictures(*views)).values()
    assert len(shown.rows) == pictures.MOST_SHOWN
    assert shown.more == 40 - pictures.MOST_SHOWN
    assert shown.rows[-1].view.uid == "2.25.39"
    assert shown.rows[0].syntaxes == "sent in Explicit VR Little Endian, came in JPEG-LS Lossless Image Compression"


def test_what_could_not_be_drawn_says_why() -> None:
    page = html.render(with_pictures(view(1, same=False), view(2))).decode()
    assert "not drawn: " in page
    assert "nothing here decodes it" in page
    assert page.count("data:image/png;base64,") == 3
