"""Disturbances on the embedded target: it is right in all of them, and serves whatever comes next."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanproof.finding import Verdict
from scansim.network.transcript import load_transcript
from scansim.vocabulary.disturbances import DISTURBED, FOLLOWS
from tests.support.command_line import main, results

BATTERY = "association-battery"
#: Where the cases of disturbances begin, and what they are called.
DISTURBING = (
    *("port-probe", "idle-connection", "half-request", "idle-association", "abort", "closed", "reset", "half-closed"),
    *("slots", "packing", "unexpected-before", "unexpected", "release", "length", "fragments"),
)


@pytest.mark.whole
@pytest.mark.long
@pytest.mark.usefixtures("on_a_thread")
def test_the_embedded_target_is_right_in_all_of_them(tmp_path: Path) -> None:
    only = [option for case in DISTURBING for option in ("--only", f"{BATTERY}/{case}")]
    done = main("run", BATTERY, "--odd-data", *only, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stdout + done.stderr
    ran = [each for each in results(tmp_path / "out").scenarios if not each.not_run]
    assert len(ran) > 40
    assert {each.verdict for each in ran} == {Verdict.PASS}
    reacted = {finding.check for each in ran for finding in each.findings}
    assert {"association.served-after", "association.places-again", "association.unexpected-pdu"} <= reacted


@pytest.mark.usefixtures("on_a_thread")
def test_one_is_recorded_apart_from_what_follows_it(tmp_path: Path) -> None:
    done = main("run", BATTERY, "--only", f"{BATTERY}/port-probe", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stdout + done.stderr
    transcript = load_transcript(tmp_path / "out" / "transcript" / BATTERY / "port-probe")
    apart = [(each.facts.get(DISTURBED, ""), each.facts.get(FOLLOWS, "")) for each in transcript.associations]
    assert apart == [("", ""), ("close-at-once", ""), ("", "a02"), ("", "")]
