"""Recording: what cannot be written is an error of the place, and records move between clocks."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from scansim.files import write_atomically
from scansim.inputs import InputError
from scansim.network.recording import Recorder, TranscriptWriter
from scansim.network.transcript import MAGIC, load_transcript, read_association, records


def full(recorder: Recorder) -> Recorder:
    """Let the disk be full from here on."""
    recorder._file = Path("/dev/full").open("wb", buffering=16)  # noqa: SIM115 - the recorder closes it
    return recorder


def writer(tmp_path: Path) -> TranscriptWriter:
    return TranscriptWriter(tmp_path / "exam", {"id": "exam"})


def test_records_come_back_in_order(tmp_path):
    recorder = Recorder(tmp_path / "a01.wire", 0, {"service": "x"})
    recorder.sent([b"ab", memoryview(b"cd"), bytearray(b"e")])
    recorder.received(b"fg")
    recorder.gap(1 << 31)
    recorder.digest(bytes(32))
    recorder.event("timeout", seconds=1.5)
    recorder.close()
    found = list(records((tmp_path / "a01.wire").read_bytes()))
    assert [(kind, length) for kind, _, length, _ in found] == [
        ("E", len(found[0][3])), ("S", 5), ("R", 2), ("G", 1 << 31), ("D", 32), ("E", len(found[5][3])),
    ]  # fmt: skip
    assert found[1][3] == b"abcde"
    assert json.loads(found[0][3]) == {"event": "open", "service": "x"}
    assert [when for _, when, _, _ in found] == sorted(when for _, when, _, _ in found)


def test_an_event_is_on_the_disk_at_once(tmp_path):
    recorder = Recorder(tmp_path / "a01.wire", 0, {})
    recorder.sent([b"abc"])
    recorder.event("timeout")
    assert read_association(tmp_path / "a01.wire").event("timeout")
    recorder.close()


def test_nothing_is_overwritten(tmp_path):
    Recorder(tmp_path / "a01.wire", 0, {}).close()
    with pytest.raises(InputError, match=r"a01\.wire: cannot be written: File exists"):
        Recorder(tmp_path / "a01.wire", 0, {})
    writer(tmp_path)
    with pytest.raises(InputError, match="exam: cannot be made: File exists"):
        writer(tmp_path)


@pytest.mark.parametrize("write", ["sent", "received", "event", "gap", "digest", "flush", "close"])
def test_a_full_disk_is_an_input_error_that_names_the_file(tmp_path, write):
    recorder = full(Recorder(tmp_path / "a01.wire", 0, {}))
    calls = {
        "sent": lambda: recorder.sent([bytes(1000)]),
        "received": lambda: recorder.received(bytes(1000)),
        "event": lambda: recorder.event("timeout"),
        "gap": lambda: [recorder.gap(1) for _ in range(20)],
        "digest": lambda: recorder.digest(bytes(1000)),
        "flush": lambda: (recorder._file.write(b"x"), recorder.flush()),
        "close": lambda: (recorder._file.write(b"x"), recorder.close()),
    }
    with pytest.raises(InputError, match=r"a01\.wire: cannot be written: No space left on device"):
        calls[write]()


@pytest.mark.parametrize("place", ["/proc/nowhere/x", "/dev/null/x"])
def test_a_folder_that_cannot_be_made_is_an_input_error(place):
    with pytest.raises(InputError, match=f"{place}: cannot be made: "):
        TranscriptWriter(Path(place), {"id": "x"})


def test_a_file_that_cannot_be_written_is_an_input_error(tmp_path):
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "inside").touch()
    with pytest.raises(InputError, match="x: cannot be written: "):
        write_atomically((tmp_path / "x", b""))
    with pytest.raises(InputError, match="cannot be written: "):
        write_atomically((tmp_path / "nowhere" / "x", b""))
    with pytest.raises(InputError, match="cannot be written: "):
        Recorder(tmp_path / "nowhere" / "a01.wire", 0, {})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x"]


def test_writing_atomically_leaves_nothing_but_the_file(tmp_path):
    write_atomically((tmp_path / "x", b"1"))
    write_atomically((tmp_path / "x", b"2"))
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("x", b"2")]


def test_adopting_puts_times_on_the_scenarios_clock(tmp_path):
    one = writer(tmp_path)
    recorder = Recorder(tmp_path / "l00001.wire", 0, {"initiator": "target"})
    recorder.received(b"abc")
    recorder.gap(5)
    recorder.close()
    before = list(records((tmp_path / "l00001.wire").read_bytes()))
    one.recorder(initiator="harness").close()
    one.adopt(tmp_path / "l00001.wire")
    after = list(records((one.folder / "a02.wire").read_bytes()))
    assert [(k, length, payload) for k, _, length, payload in after] == [(k, n, d) for k, _, n, d in before]
    assert [a - b for (_, a, _, _), (_, b, _, _) in zip(before, after, strict=True)] == [one.began] * 3
    assert not load_transcript(one.folder).associations[1].ours


def test_adopting_what_began_before_the_scenario_starts_at_zero(tmp_path):
    recorder = Recorder(tmp_path / "l00001.wire", 0, {})
    recorder.close()
    one = writer(tmp_path)
    one.adopt(tmp_path / "l00001.wire")
    assert load_transcript(one.folder).associations[0].events[0].time == 0


def test_adopting_what_is_not_there_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match=r"l1\.wire: cannot be read"):
        writer(tmp_path).adopt(tmp_path / "l1.wire")


def test_recorders_from_several_threads_get_names_of_their_own(tmp_path):
    one = writer(tmp_path)
    names: list[str] = []

    def work() -> None:
        recorder = one.recorder()
        recorder.close()
        names.append(recorder.name)

    threads = [threading.Thread(target=work) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(names) == [f"a{number:02d}" for number in range(1, 21)]


def test_the_wire_file_begins_with_its_magic(tmp_path):
    Recorder(tmp_path / "a01.wire", 0, {}).close()
    assert (tmp_path / "a01.wire").read_bytes().startswith(MAGIC)
