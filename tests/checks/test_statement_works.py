"""That an instance of each declared pair is stored: what contradicts it, by its cause, and what must not."""

from __future__ import annotations

import pytest

import scanproof.checks.statement_works  # noqa: F401  # registers the check
from scanproof.check import _CHECKS, Kept
from scanproof.evidence import RunEvidence
from scanproof.finding import Verdict
from scanproof.statements import ApplicationEntity, Claim, Statement, context_claim_id
from scansim.vocabulary.deviations import Intent
from scansim.wire.dataset import EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE
from tests.support.building import Story
from tests.support.exam_messages import ledger
from tests.support.minimal_files import made

CHECK = "statement.context-works"
CT, MR, PDF = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.104.1"
SYNTAXES = (EXPLICIT_LITTLE, IMPLICIT_LITTLE, EXPLICIT_BIG)
CLAIMED = tuple((sop_class, syntax) for sop_class in (CT, MR, PDF) for syntax in SYNTAXES)


def saying(contexts):
    """A statement of one AE that is SCP of some pairs."""
    said = [
        Claim(
            context_claim_id("TARGET", "SCP", *pair),
            pair[0],
            "context",
            "TARGET",
            "SCP",
            dict(zip(("sop_class", "transfer_syntax"), pair, strict=True)),
        )
        for pair in contexts
    ]
    return Statement("P", "1", (ApplicationEntity("TARGET", tuple(said)),))


@pytest.fixture
def story(tmp_path):
    return Story(tmp_path, ledger=ledger())


def sent(story, sop_class, syntax, status=0, change=None, deviation=""):
    instance, uid = made(sop_class), f"2.25.{8000 + len(story.links)}"
    ds = instance.dataset()
    ds.SOPInstanceUID = uid
    if instance.is_image:
        ds.add_new("PixelData", "OW", instance.pixels())
    if change is not None:
        change(ds)
    link = story.associate(sop_class, service="storage", transfer_syntax=syntax)
    intent = Intent.of(deviation) if deviation else None
    link.ask("C-STORE-RQ", ds, AffectedSOPInstanceUID=uid, intent=intent)
    if status is not None:
        link.answer(status)
    link.release()


def told(story, contexts=CLAIMED, repeated=False):
    """The texts of what fails, and whether each claim that something was seen of was kept."""
    evidence = story.evidence(saying(contexts=contexts))
    seen = [*_CHECKS[CHECK].function(RunEvidence((evidence,), evidence.declarations))]
    kept = {each.claim: each.kept for each in seen if isinstance(each, Kept)}
    assert all(each.depth == "exchanged" and each.exchange for each in seen if isinstance(each, Kept))
    fails = [each for each in seen if not isinstance(each, Kept) and each.verdict is not Verdict.PASS]
    assert all(each.verdict is Verdict.FAIL and kept[each.claim] is False for each in fails)
    return [each.actual for each in fails], kept


def test_what_is_stored_is_kept(story):
    for pair in CLAIMED:
        sent(story, *pair)
    fails, kept = told(story)
    assert fails == []
    assert len(kept) == 9
    assert all(kept.values())


def test_a_warning_stores_all_the_same(story):
    sent(story, CT, EXPLICIT_LITTLE, 0xB000)
    fails, kept = told(story)
    assert (fails, [*kept.values()]) == ([], [True])


def test_a_class_that_is_refused_is_one_cause(story):
    for sop_class, syntax in CLAIMED:
        sent(story, sop_class, syntax, 0xC000 if sop_class == MR else 0)
    fails, kept = told(story)
    assert fails == ["no instance of MR Image Storage is stored: C000H"]
    assert sum(not each for each in kept.values()) == 3


def test_a_syntax_that_is_refused_is_one_cause(story):
    for sop_class, syntax in CLAIMED:
        sent(story, sop_class, syntax, 0xA900 if syntax == IMPLICIT_LITTLE else 0)
    fails, kept = told(story)
    assert fails == ["nothing is stored in Implicit VR Little Endian: A900H"]
    assert sum(not each for each in kept.values()) == 3


def test_a_single_pair_and_everything(story, tmp_path):
    for pair in CLAIMED:
        sent(story, *pair, status=0xC000 if pair == (MR, EXPLICIT_BIG) else 0)
    assert told(story)[0] == ["instances of MR Image Storage are refused in Explicit VR Big Endian: C000H"]
    other = Story(tmp_path, ledger=ledger())
    for pair in CLAIMED:
        sent(other, *pair, status=0xC000)
    fails, kept = told(other)
    assert fails == ["no instance is stored, of 9 claimed pairs: C000H"]
    assert not any(kept.values())


@pytest.mark.parametrize("status", [0xA700, 0xA7FF, 0x0213, 0x0124, 0xD000, None])
def test_what_is_of_the_day_decides_nothing(story, status):
    sent(story, CT, EXPLICIT_LITTLE, status)
    assert told(story) == ([], {})


def test_an_instance_at_fault_decides_nothing(story):
    sent(story, CT, EXPLICIT_LITTLE, 0xA900, lambda ds: delattr(ds, "Modality"))
    sent(story, MR, EXPLICIT_LITTLE, 0xA900, lambda ds: delattr(ds, "Modality"), "storage.faulty-object")
    assert told(story) == ([], {})


def test_one_that_is_stored_shows_that_the_pair_works(story):
    sent(story, CT, EXPLICIT_LITTLE, 0xC000)
    sent(story, CT, EXPLICIT_LITTLE)
    fails, kept = told(story)
    assert (fails, [*kept.values()]) == ([], [True])


def test_what_is_not_claimed_is_no_matter(story):
    sent(story, MR, EXPLICIT_LITTLE, 0xC000)
    sent(story, CT, IMPLICIT_LITTLE, 0xC000)
    assert told(story, contexts=((CT, EXPLICIT_LITTLE),)) == ([], {})


def test_an_earlier_run_may_have_left_it_there(tmp_path):
    story = Story(tmp_path, ledger=ledger(), repeated=True)
    sent(story, CT, EXPLICIT_LITTLE, 0xC000)
    assert told(story) == ([], {})
