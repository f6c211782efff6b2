"""Where the values of an exam's messages came from: each path leads to the same value in the worklist item."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path

import pytest
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from scanproof.session import open_session
from scansim.exam.origin import origin as origin_of
from scansim.exam.performed_step import create_dataset
from scansim.exam.run import LedgerFile, ledger_facts
from scansim.exam.scenario_files import find_scenarios
from scansim.identity.carried import attributes, taken
from scansim.identity.ids import Identity
from scansim.identity.ledger import Ledger
from scansim.identity.orders import PROCEDURES, order
from scansim.images import MAKERS, acquire, find_protocol
from scansim.network.transcript import load_transcript

START = datetime(2026, 1, 2, 9, 30)
ORDER = order(
    Identity(7, date(2026, 1, 2), "origin"), modality="CT", station_ae="SCAN1", start=START, procedure=PROCEDURES["CT"]
)


def ledger(item: Dataset = ORDER, source: str = "a02.r1") -> Ledger:
    return Ledger("CT", "SCAN1", START, item, True, str(item.StudyInstanceUID), "PPS1", "2.25.7", source=source)


def at(ds: Dataset, path: str) -> object:
    """The value that a path leads to, through the first item of each sequence."""
    *around, name = path.split(">")
    for sequence in around:
        ds = ds[sequence].value[0]
    value = ds[name].value
    return str(value) if isinstance(value, str | MultiValue) else value


@pytest.mark.parametrize("made", [attributes, create_dataset])
def test_a_path_leads_to_the_same_value_in_the_item(made):
    ds = made(ledger())
    paths = dict(taken(ds))
    study = next(path for path in paths if path.endswith("StudyInstanceUID"))
    assert paths[study] == "StudyInstanceUID"
    assert paths["StudyID"] == "RequestedProcedureID"
    assert len(paths) > 15
    for here, there in paths.items():
        got, wanted = at(ds, here), at(ORDER, there)
        if is_sequence(got):
            assert [item.CodeValue for item in got] == [item.CodeValue for item in wanted]
        else:
            assert str(got) == str(wanted), (here, there)


def is_sequence(value: object) -> bool:
    return hasattr(value, "append") and not isinstance(value, str)


@pytest.mark.parametrize("made", [attributes, create_dataset])
def test_each_value_of_the_item_is_told_of(made):
    """What stands in the message as in the item, and is no accident, is carried: nothing is forgotten."""
    ds = made(ledger())
    told = {path.rpartition(">")[2] for path in dict(taken(ds))}
    named = {element.keyword for element in ds if element.keyword in ORDER and element.VR != "SQ" and element.value}
    assert named - {"SpecificCharacterSet"} <= told


def test_a_study_that_the_scanner_made_is_its_own():
    item = Dataset()
    item.update(ORDER)
    item.StudyInstanceUID = ""
    exam = ledger(ORDER)
    exam.item, exam.study_instance_uid = item, "2.25.99"
    assert "StudyInstanceUID" not in dict(taken(attributes(exam)))
    assert attributes(exam).StudyInstanceUID == "2.25.99"


def test_nothing_is_told_of_an_item_that_no_message_brought():
    assert "StudyInstanceUID" not in dict(taken(attributes(ledger(source=""))))


def test_images_are_the_same_whether_told_or_not():
    made = [
        next(acquire(ledger(source=source), find_protocol("ct-qc", MAKERS), Identity(1, date(2026, 1, 2), "x")))
        for source in ("", "a02.r1")
    ]
    assert made[0].encode("1.2.840.10008.1.2.1") == made[1].encode("1.2.840.10008.1.2.1")


INTENTS = {
    "refusals": ["mpps.create-again", "mpps.set-unknown-step", "commitment.unknown-instance"],
    "final-state": ["mpps.set-after-final"],
}


@pytest.mark.long
def test_a_run_tells_its_intents_and_the_origin_of_its_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps, behind, write = [], [], LedgerFile.write

    def compared(of: LedgerFile) -> None:
        """Write what has changed; it has to be what all of it, made anew, would be."""
        write(of)
        exam, file = of.exam, of.exam.writer.folder / "ledger.json"
        facts = ledger_facts(exam, origin_of(exam, exam.ledger) if exam.ledger else None)
        steps.append((exam.scenario.id, exam.number))
        behind.extend(steps[-1:] if json.loads(file.read_text()) != json.loads(json.dumps(facts)) else ())

    monkeypatch.setattr(LedgerFile, "write", compared)
    with open_session(None) as session:
        session.run(find_scenarios([*INTENTS]), tmp_path / "t", seed=1, day=date(2026, 1, 2))
    assert len(steps) == sum(len(each.steps) for each in find_scenarios([*INTENTS]))
    assert behind == []
    for scenario, intents in INTENTS.items():
        transcript = load_transcript(tmp_path / "t" / scenario)
        origin = json.loads((tmp_path / "t" / scenario / "ledger.json").read_text())["origin"]
        exchanges = {exchange.id: exchange for each in transcript.associations for exchange in each.exchanges}
        assert exchanges[origin["exchange"]].name == "C-FIND-RSP"
        assert set(origin["requests"]) == {"N-CREATE-RQ", "N-SET-RQ", "C-STORE-RQ"}
        meant = [exchange.intent.deviation for exchange in exchanges.values() if exchange.intent]
        assert list(dict.fromkeys(meant)) == intents
