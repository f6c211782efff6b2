"""Claims against the reference target: what it is it is seen to be, and each of some defects breaks what it breaks."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from scanproof.observing import Observing, all_observing
from scanproof.observing.mpps import CREATED, OF_SERIES
from scanproof.statements import KINDS, Claim
from scansim.exam.cases import exams
from scansim.exam.scenario_files import find_scenarios
from tests.support.saying import claim
from tests.support.stated_target import SAID, told

_RETRIED = ("commitment-battery/listener[silent]", "commitment-battery/listener-released[rejecting]")
#: Cases by what they are about; together they show every claim.
CASES = {
    "associations": [
        "association-battery/async-window[8+8]",
        "association-battery/wrong-title[other]",
        "association-battery/unknown-caller[sixteen-characters]",
        "association-battery/other-application-context[1.2.3.4]",
        "association-battery/other-version[0]",
        "association-battery/slots",
    ],
    "mpps": [
        *(f"mpps-battery/{case}" for case in ("duplicate", "set-unknown", "set-after-completed[COMPLETED]")),
        *(f"mpps-battery/lacks[{path}]" for path in ("Modality", "PatientSex")),
        "mpps-battery/lacks[ScheduledStepAttributesSequence.AccessionNumber]",
        "mpps-battery/final-lacks[PerformedProcedureStepEndTime]",
        "mpps-battery/set-lacks[ProtocolName]",
    ],
    "storage": [
        "retrieve-battery/private",
        "storage-battery/again",
        "storage-battery/malformed-uid[1.2.03.4711]",
        "storage-battery/conflict[class]",
    ],
    "commitment": [
        *(f"commitment-battery/{case}" for case in ("all-stored[stays]", "never-sent[stays]", "wrong-class")),
        *(f"commitment-battery/{case}" for case in ("unknown-requester", "wrong-action-type[2]")),
        *_RETRIED,
    ],
}
#: Claims that no case above shows: what no code is seen of, which of two contents is kept (a made case), and how often
#: a report would come again.
UNSEEN = {"commitment-failure#3", "commitment-retries", "storage-duplicate#2"}


@pytest.mark.long
@pytest.mark.usefixtures("on_a_thread")
def test_the_right_target_keeps_what_is_stated(tmp_path: Path) -> None:
    kept, broken, failed = told(tmp_path, [case for cases in CASES.values() for case in cases])
    assert broken == set()
    assert failed == set()
    every = {
        f"{kind}#{number + 1}" if number else kind
        for kind, said in SAID.items()
        for number in range(len(said) if isinstance(said, list) else 1)
    }
    assert every - kept == UNSEEN


#: Defect to the case that comes across it, the claims that it breaks, and the check that fails.
DEFECTS = {
    "association-other-application-context": ("association-battery/ends[release]", "application-context", ""),
    "association-max-length-2": ("association-battery/ends[release]", "maximum-pdu", ""),
    "association-async-unasked": ("association-battery/async-window[8+8]", "asynchronous-window", ""),
    "admission-other-reason": ("association-battery/other-application-context[1.2.3.4]", "rejection#2", "rejection"),
    "admission-any-version": ("association-battery/other-version[0]", "rejection#3", "rejection"),
    "mpps-missing-accepted": ("mpps-battery/lacks[PatientSex]", "mpps-required#2", "mpps-attributes"),
    "mpps-final-not-final": ("mpps-battery/set-after-completed[COMPLETED]", "mpps-after-final", ""),
    "mpps-duplicate-create-accepted": ("mpps-battery/duplicate", "mpps-duplicate", ""),
    "mpps-unknown-step-failure": ("mpps-battery/set-unknown", "mpps-status#5", "mpps-status"),
    "storage-drops-private": ("retrieve-battery/private", "storage-level", ""),
    "storage-coerces-silently": ("retrieve-battery/study[get]", "storage-no-coercion", "storage-coercion"),
    "commitment-wrong-reason": ("commitment-battery/never-sent[stays]", "commitment-failure", "commitment-reasons"),
    "commitment-class-blind": ("commitment-battery/wrong-class", "commitment-failure#2", "commitment-reasons"),
}


@pytest.mark.long
@pytest.mark.usefixtures("on_a_thread")
@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_breaks_what_is_stated(tmp_path: Path, name: str) -> None:
    case, claimed, check = DEFECTS[name]
    _, broken, failed = told(tmp_path, [case], name)
    assert broken == {claimed}
    assert failed == {f"statement.{check or claimed}"}


@pytest.mark.long
@pytest.mark.usefixtures("on_a_thread")
def test_who_does_not_try_again_has_the_finding_of_that_check_alone(tmp_path: Path) -> None:
    _, broken, failed = told(tmp_path, _RETRIED[1:], "commitment-no-retry")
    assert broken == {"commitment-retries", "commitment-retry-interval"}
    assert failed == set()


# --- cases ------------------------------------------------------------------------------------------------------------

_MADE = {
    "maximum-associations": {"count": 5},
    "artim-timeout": {"seconds": 1},
    "storage-duplicate": {"content": "other", "does": "keep_first"},
    "mpps-required": {"operation": "N-SET", "path": "PerformedSeriesSequence", "required": True},
}
_SECTIONS = (*("associations", "storage", "modality performed procedure step", "storage commitment"),)


def _battery(folder: Path) -> Path:
    """The cases that a plan makes, as a battery of their own."""
    cases = [made.document for kind, data in _MADE.items() for made in all_observing()[kind].made([claim(kind, data)])]
    assert len(cases) == len(_MADE)
    head = {"id": "made", "title": "Made", "modality": "CT", "proves": ["storage"], "leaves": "what it leaves"}
    procedure = {"code": "C", "meaning": "M", "protocol_code": "P", "protocol_meaning": "PM"}
    path = folder / "made.yaml"
    text = yaml.safe_dump({**head, "procedure": procedure, "cases": cases}, sort_keys=False)
    path.write_text(text.replace("$at", "storage"))
    return path


@pytest.mark.long
@pytest.mark.usefixtures("on_a_thread")
def test_what_is_made_for_claims_shows_them(tmp_path: Path) -> None:
    kept, broken, failed = told(tmp_path, [], said=_MADE, battery=_battery(tmp_path))
    assert (broken, failed) == ({"storage-duplicate"}, {"statement.storage-duplicate"})  # it replaces what it has
    # what is stored shows its context as well; its own timer is longer than we wait
    assert kept - {"scp.CTImageStorage.ExplicitVRLittleEndian"} == {
        "maximum-associations",
        "mpps-required",
    }


def _claims(kind: str) -> list[Claim]:
    """A claim of each sort that a kind has, as far as its cases differ by that."""
    conditions = ("called", "calling", "application context", "protocol version", "too many", "at night")
    rows: dict[str, list[dict[str, object]]] = {
        "rejection": [{"condition": each} for each in conditions],
        "storage-duplicate": [
            {"content": content, "does": does} for content in ("same", "other") for does in ("keep_first", "refuse")
        ],
        "storage-status": [{"code": each} for each in ("0000", "B0xx", "A9xx", "A700-A7FF", "C000", "0117", "0122")],
        "mpps-required": [
            {"operation": operation, "path": path}
            for operation in ("N-CREATE", "N-SET")
            for path in (*CREATED, *OF_SERIES, "Laterality")
        ],
        "mpps-status": [
            {"operation": operation, "code": code} for operation in ("N-CREATE", "N-SET") for code in ("xxxx", "A7xx")
        ],
        "commitment-failure": [{"code": each} for each in ("0110", "0112", "0119", "0131")],
        "commitment-status": [{"operation": each, "code": "xxxx"} for each in ("N-ACTION", "N-EVENT-REPORT")],
        "character-set": [{"term": each} for each in ("ISO_IR 100", "ISO 2022 IR 87")],
    }
    return [claim(kind, row) for row in rows.get(kind, [{}])]


@pytest.mark.long
def test_cases_that_observe_claims_exist() -> None:
    kinds = [kind for kind in KINDS.values() if kind.section in _SECTIONS or kind.name == "character-set"]
    named = {
        case
        for kind in kinds
        for each in _claims(kind.name)
        if kind.name in all_observing()
        for case in all_observing()[kind.name].built_in(each)
    }
    scenarios = find_scenarios(list(dict.fromkeys(case.partition("/")[0] for case in named)))
    there = {each.label for each in exams(list(scenarios))} | {each.id for each in scenarios}
    assert len(named) > 50
    assert named <= there


def test_every_kind_is_observed_or_says_why_not() -> None:
    for kind in KINDS.values():
        if kind.section in _SECTIONS and kind.name != "syntax-selection":
            how = all_observing()[kind.name]
            made = how.made is not Observing(kind.name).made
            assert how.reason or made or all(list(how.built_in(each)) for each in _claims(kind.name)), kind.name
