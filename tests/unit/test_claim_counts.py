"""Claims by role, and why one was not tested: counts, words, commands; results of before load."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from scanproof import claim_cases as of_claims
from scanproof.claim_counts import claim_counts, context_of, in_words, role_of, section_of
from scanproof.claims import evaluate, questions
from scanproof.declarations import Bound, Declarations
from scanproof.evidence import RunEvidence
from scanproof.finding import Verdict
from scanproof.observing import Made, Observing
from scanproof.results import ClaimOutcome, ClaimResult, Results
from scanproof.statements import ApplicationEntity, Claim, Statement
from scanproof.statements.statement import Question
from tests.support import many_claims, report_example
from tests.support.building import VERIFICATION, Story
from tests.support.many_claims import context, other

LITTLE = "1.2.840.10008.1.2.1"


# --- counts -----------------------------------------------------------------------------------------------------------


def test_roles_are_never_added_up() -> None:
    counts = claim_counts(many_claims.claims())
    assert {(each.role, each.section): each.stated for each in counts} == {
        ("SCP", "presentation contexts"): 4191,
        ("SCP", "query and retrieve"): 40,
        ("SCP", "storage"): 1,
        ("SCU", "presentation contexts"): 3927,
        ("", "associations"): 1,
        ("", "no driver yet"): 0,
    }
    assert in_words(counts) == [
        (
            "SCP",
            "4,191 of 4,191 context claims decided (100 %; 4,033 negotiated, 158 exchanged), 1 of 41 others decided "
            "(2 %)",
        ),
        ("SCU", "not tested"),
        ("the AE as a whole", "1 of 1 claims decided (100 %)"),
    ]
    undriven = next(each for each in counts if each.section == "no driver yet")
    assert (undriven.no_driver, undriven.stated) == (1, 0)


def test_what_works_unclaimed_is_no_claim() -> None:
    claims = [context(VERIFICATION, LITTLE, ClaimOutcome.NOT_DECLARED), other("a", ClaimOutcome.OBSERVED, "rejection")]
    (counts,) = claim_counts(claims)
    assert (counts.role, counts.stated, counts.decided) == ("", 1, 1)
    assert claim_counts([]) == []
    assert in_words([]) == []


@pytest.mark.parametrize(
    ("name", "role", "pair", "section"),
    [
        ("PACS.scp.CTImageStorage.ImplicitVRLittleEndian", "SCP", ("CTImageStorage", "ImplicitVRLittleEndian"), True),
        ("MY.AE.scu.1.3.12.2.1107.5.9.1.JPEGBaseline8Bit", "SCU", ("1.3.12.2.1107.5.9.1", "JPEGBaseline8Bit"), True),
        ("PACS.commitment.delivery", "", ("", ""), False),
        ("PACS.character-set.ISO_IR_100", "", ("", ""), False),
    ],
)
def test_claims_of_results_of_before(name: str, role: str, pair: tuple[str, str], section: bool) -> None:
    claim = ClaimResult(id=name, text="T", outcome=ClaimOutcome.OBSERVED)
    assert (role_of(claim), context_of(claim)) == (role, pair)
    assert section_of(claim) == ("presentation contexts" if section else "other claims")


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("untested", ClaimOutcome.NOT_TESTED),
        ("undeclared", ClaimOutcome.NOT_DECLARED),
        ("UNTESTED", ClaimOutcome.NOT_TESTED),
    ],
)
def test_outcomes_of_before_load(before: str, now: ClaimOutcome) -> None:
    assert ClaimResult.model_validate({"id": "a", "text": "T", "outcome": before}).outcome is now
    with pytest.raises(ValueError, match="Input should be"):
        ClaimResult.model_validate({"id": "a", "text": "T", "outcome": "unheard"})


def test_results_of_before_load_and_are_told() -> None:
    plain = report_example.results().model_dump(mode="json")
    for new in ("claim_counts", "questions"):
        del plain[new]
    for claim in plain["claims"]:
        for new in ("kind", "role", "depth", "ae", "cases", "sop_class", "transfer_syntax", "reason"):
            del claim[new]
        claim["outcome"] = {"not_tested": "untested", "not_declared": "undeclared"}.get(
            claim["outcome"], claim["outcome"]
        )
    names = {"NOT_TESTED": "UNTESTED", "NOT_DECLARED": "UNDECLARED"}
    plain["summary"] = {names.get(name, name): number for name, number in plain["summary"].items()}
    for scenario in plain["scenarios"]:
        for finding in scenario["findings"]:
            finding["verdict"] = names.get(finding["verdict"], finding["verdict"])
    loaded = Results.model_validate(plain)
    assert loaded.summary[Verdict.NOT_TESTED] == 1
    assert Verdict("undeclared") is Verdict.NOT_DECLARED
    assert [claim.outcome for claim in loaded.claims] == [claim.outcome for claim in report_example.results().claims]
    assert in_words(claim_counts(loaded.claims)) == [("the AE as a whole", "2 of 3 claims decided (66 %)")]


# --- why not ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return Story(tmp_path)


def results(
    story: Story,
    monkeypatch: pytest.MonkeyPatch,
    not_run: dict[str, str],
    *,
    built_in: Sequence[str] = (),
    store: bool = False,
) -> ClaimResult:
    """What becomes of a claim that nothing showed, with cases that can observe it."""
    claim = Claim("TARGET.level", "it stores at level 2", "storage-level", "TARGET", "SCP", {"level": "2"})
    made = {"storage-level": lambda claims: [Made({"id": "level", "title": "T", "steps": []}, (claims[0].id,))]}
    monkeypatch.setattr(of_claims, "all_storing", lambda: made if store else {})
    monkeypatch.setattr(
        of_claims,
        "all_observing",
        lambda: {"storage-level": Observing("storage-level", built_in=lambda each: built_in)},
    )
    declarations = Declarations((Bound(Statement("P", "1", (ApplicationEntity("TARGET", (claim,)),))),))
    run = RunEvidence((story.evidence(),), declarations)
    (found,) = evaluate(run, [], [], not_run)
    assert found.outcome is ClaimOutcome.NOT_TESTED
    assert (found.ae, found.role) == ("TARGET", "SCP")
    return found


NOTHING = "no association with TARGET came about in this run"


@pytest.mark.parametrize(
    ("not_run", "built_in", "store", "told"),
    [
        ({}, [], False, "no case observes it yet"),
        ({}, ["storage-battery/plain"], False, f"{NOTHING}; scanproof run --only storage-battery/plain tests it"),
        ({}, [], True, f"{NOTHING}; scanproof run --statement FILE --only claims/level --store tests it"),
        ({}, ["names"], True, f"{NOTHING}; scanproof run --only names tests it"),
        (
            {"storage-battery/odd[a]": "it sends odd data: --odd-data, or odd_data: true in the site file"},
            ["storage-battery/plain", "storage-battery/odd"],
            False,
            f"{NOTHING}; odd data: scanproof run --only storage-battery/odd --odd-data tests it",
        ),
        (
            {"storage-battery/big": "it is heavy: --heavy"},
            ["storage-battery/big"],
            False,
            f"{NOTHING}; heavy: scanproof run --only storage-battery/big --heavy tests it",
        ),
        ({"x/a": "no order of tomorrow"}, ["x/a"], False, f"{NOTHING}; x/a was not run: no order of tomorrow"),
        ({}, ["ct-routine"], False, NOTHING),  # it was run
    ],
)
def test_why_a_claim_was_not_tested_and_what_tests_it(
    story: Story, monkeypatch: pytest.MonkeyPatch, not_run: dict[str, str], built_in: list[str], store: bool, told: str
) -> None:
    if built_in == ["ct-routine"]:
        built_in = [story.evidence().label]
    found = results(story, monkeypatch, not_run, built_in=built_in, store=store)
    assert found.reason == told
    assert found.cases == [*built_in, *(["claims/level"] if store else [])]


def test_questions_are_told_with_their_place() -> None:
    asked = Statement("P", "1", (), questions=(Question("services.storage", 12),))
    (found,) = questions(Declarations((Bound(asked),)))
    assert (found.statement, found.place, found.line) == ("P 1", "services.storage", 12)
