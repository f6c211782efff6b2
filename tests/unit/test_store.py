"""Storing with images painted ahead: order, digests, and what fails or is interrupted meanwhile."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydicom import dcmread

from scansim.exam.run import RunSettings, run_scenario
from scansim.exam.scenario_files import load_scenario
from scansim.images.instance import Slice
from scansim.network.transcript import Exchange, load_transcript
from scansim.reference import process
from scansim.reference.config import ReferenceConfig
from scansim.reference.process import RunningTarget
from scansim.site import single_target

SCENARIO = """\
id: exam
title: Images of an unscheduled exam
modality: CT
procedure: {code: CTABD, meaning: CT abdomen, protocol_code: CTABD-N, protocol_meaning: CT abdomen native}
steps: [query-worklist, choose-item, {acquire: {instances: 9}}, store]
"""


@pytest.fixture(scope="module")
def target() -> Iterator[RunningTarget]:
    with process.start(ReferenceConfig()) as running:
        yield running


@pytest.fixture
def exam(target: RunningTarget, tmp_path: Path) -> Any:
    folder = tmp_path / "transcript"

    def run(progress: Any = None, scenario: str = SCENARIO) -> Path:
        (tmp_path / "exam.yaml").write_text(scenario)
        site = single_target(target.ae, target.host, target.port)
        settings = RunSettings(site, 1, date(2026, 3, 4), None, target.add_order, progress)
        run_scenario(load_scenario(tmp_path / "exam.yaml"), settings, folder)
        return folder

    run.folder = folder  # type: ignore[attr-defined]
    return run


def stores(folder: Path) -> list[Exchange]:
    exchanges = [exchange for record in load_transcript(folder).associations for exchange in record.exchanges]
    return [exchange for exchange in exchanges if exchange.name == "C-STORE-RQ"]


def last_step(folder: Path) -> dict[str, Any]:
    steps = json.loads((folder / "steps.json").read_bytes())
    return {name: steps[-1][name] for name in ("verb", "outcome", "cause", "detail")}


def no_thread_is_left() -> bool:
    return not [thread.name for thread in threading.enumerate() if thread.name.startswith("ahead")]


def test_images_go_in_the_order_of_acquisition_and_the_record_has_their_digests(exam: Any, target: Any) -> None:
    folder = exam()
    sent = stores(folder)
    ledger = json.loads((folder / "ledger.json").read_bytes())
    assert [e.command.sop_instance_uid for e in sent] == [i["sop_instance_uid"] for i in ledger["instances"]]
    assert [i["stored"] for i in ledger["instances"]] == [0] * 9
    for exchange in sent:
        pixels = dcmread(target.folder / "instances" / f"{exchange.command.sop_instance_uid}.dcm").PixelData
        assert (exchange.digest, exchange.message.elided) == (hashlib.sha256(pixels).hexdigest(), len(pixels))
    assert no_thread_is_left()


def test_what_fails_while_painting_is_our_own_failure_after_the_images_before_it(
    exam: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode = Slice.encode

    def failing(self: Slice, transfer_syntax: str) -> tuple[bytes, bytes]:
        if self.index == 3:
            raise MemoryError("no room to paint")
        return encode(self, transfer_syntax)

    monkeypatch.setattr(Slice, "encode", failing)
    folder = exam()
    step = last_step(folder)
    assert (step["verb"], step["outcome"], step["cause"]) == ("store", "stopped", "harness")
    assert step["detail"].startswith("MemoryError: no room to paint (test_store.py:")
    assert len(stores(folder)) == 4  # the localizer, and three slices
    assert no_thread_is_left()


def test_an_interrupted_step_is_noted_and_its_threads_end(exam: Any) -> None:
    def interrupt(_scenario: str, what: str, done: int, _total: int) -> None:
        if (what, done) == ("store", 5):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        exam(interrupt)
    step = last_step(exam.folder)
    assert (step["verb"], step["outcome"], step["cause"]) == ("store", "stopped", "interrupted")
    assert len(stores(exam.folder)) == 5
    assert no_thread_is_left()


def test_a_stored_image_is_not_sent_again_with_other_pixels_under_its_uid(exam: Any) -> None:
    native, near, exact = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.81", "1.2.840.10008.1.2.4.80"
    acquire = "{acquire: {protocol: ct-small, instances: 1}}"
    steps = [acquire, "store", *(f"{{store: {{syntax: {name}, offer: each}}}}" for name in ("jpegls-near", "jpegls"))]
    steps += ["{store: {syntax: jpegls-near, offer: alone}}"]  # no image can be sent
    steps += [acquire, "{store: {only: new, syntax: jpegls-near, offer: each}}", "store"]  # the first one alone
    folder = exam(scenario=f"{SCENARIO[: SCENARIO.index('steps')]}steps: [{', '.join(steps)}]")
    sent = [(exchange.command.sop_instance_uid, exchange.transfer_syntax) for exchange in stores(folder)]
    (first, _), (second, _) = sent[0], sent[3]
    assert first != second
    assert sent == [(first, native), (first, native), (first, exact), (second, near), (first, native)]
    told = [step["detail"] for step in json.loads((folder / "steps.json").read_bytes())]
    refused = (
        "1 instances not sent: lossy compression makes it another picture than the one that is stored under its UID"
    )
    assert [refused in text for text in told] == [False] * 4 + [True] + [False] * 2 + [True]
