"""The check of Verification against hand-made conversations."""

from __future__ import annotations

import pytest

from scanproof.checks import verification as module
from scanproof.finding import Verdict
from scanproof.statements import Statement
from scansim.wire import pdu as p
from tests.support.building import VERIFICATION, WORKLIST, Story, deviations, observe, stated, verdict

CHECK = "verification.success"


def echo(story: Story, status: int | None) -> None:
    link = story.associate(VERIFICATION, service="verification")
    link.ask("C-ECHO-RQ")
    link.answer(status)
    link.release()


def test_success_passes(tmp_path):
    story = Story(tmp_path)
    echo(story, 0)
    assert module.success is not None
    assert (deviations(CHECK, story.evidence()), verdict(CHECK, story.evidence())) == ([], Verdict.PASS)


@pytest.mark.parametrize("status", [0x0122, 0x0110, 0xA700, None])
def test_any_other_answer_fails(tmp_path, status):
    story = Story(tmp_path)
    echo(story, 0)
    echo(story, status)
    assert [seen for seen, _ in deviations(CHECK, story.evidence())] == ["FAIL"]


def test_a_target_that_offers_no_verification_breaks_nothing(tmp_path):
    story = Story(tmp_path)
    refused = {"contexts": (p.ContextResult(1, 0, "1.2.840.10008.1.2"), p.ContextResult(3, 3, "1.2.840.10008.1.2"))}
    story.associate(WORKLIST, VERIFICATION, ac=refused).release()
    assert verdict(CHECK, story.evidence()) is Verdict.NOT_APPLICABLE


def test_silence_is_told_by_the_check_of_responses(tmp_path):
    story = Story(tmp_path)
    link = story.associate(VERIFICATION)
    link.ask("C-ECHO-RQ")
    link.event("timeout", waiting="the response", seconds=1)
    assert verdict(CHECK, story.evidence()) is Verdict.NOT_APPLICABLE
    assert verdict("dimse.response-received", story.evidence()) is Verdict.FAIL


# --- taken by some AE of the implementation (R2-01) -------------------------------------------------------------------

OFFERED = "verification.offered"
REFUSED = {"contexts": (p.ContextResult(1, 0, "1.2.840.10008.1.2"), p.ContextResult(3, 3, "1.2.840.10008.1.2"))}


def asked(story: Story, title: str = "TARGET", *, taken: bool = False, host: str = "127.0.0.1") -> None:
    rq = {"called_ae": title}
    story.associate(WORKLIST, VERIFICATION, rq=rq, ac=None if taken else REFUSED, host=host).release()


def declared(*titles: str, scu: str = "") -> Statement:
    contexts = {"sop_classes": ["Verification"], "transfer_syntaxes": ["ImplicitVRLittleEndian"]}
    entities = [{"ae": title, "presentation_contexts": [contexts]} for title in titles]
    if scu:
        entities.append({"ae": scu, "presentation_contexts": [{**contexts, "roles": ["SCU"]}]})
    return stated({"product": {"name": "P", "version": "1"}, "application_entities": entities})


def test_an_ae_that_takes_it_is_enough_for_all_of_its_host(tmp_path):
    story = Story(tmp_path, all_aes=True)
    asked(story, "RIS")
    asked(story, "PACS", taken=True)
    asked(story, "GATEWAY", host="localhost")
    assert verdict(OFFERED, story.evidence()) is Verdict.PASS


def test_where_all_refuse_it_warns_as_others_may_be_there(tmp_path):
    story = Story(tmp_path)
    asked(story, "RIS")
    asked(story, "PACS")
    (seen,) = observe(OFFERED, story.evidence())
    assert (seen.verdict, seen.actual) == (Verdict.WARN, "refused by RIS, PACS of this machine")


def test_where_all_refuse_and_the_site_names_all_it_fails(tmp_path):
    story = Story(tmp_path, all_aes=True)
    asked(story)
    assert verdict(OFFERED, story.evidence()) is Verdict.FAIL


def test_two_hosts_are_two_implementations(tmp_path):
    story = Story(tmp_path)
    asked(story, "RIS", host="192.0.2.1")
    asked(story, "PACS", taken=True, host="192.0.2.2")
    assert [seen.verdict for seen in observe(OFFERED, story.evidence())] == [Verdict.WARN, Verdict.PASS]


@pytest.mark.parametrize(
    ("titles", "scu", "wanted"),
    [
        (("RIS", "PACS"), "", Verdict.FAIL),
        (("RIS", "PACS"), "STATION", Verdict.FAIL),  # one that serves nothing takes no association
        (("RIS", "PACS", "OTHER"), "", Verdict.WARN),  # which may be the one
    ],
)
def test_the_aes_of_one_statement_are_one_implementation(tmp_path, titles, scu, wanted):
    story = Story(tmp_path)
    asked(story, "RIS", host="192.0.2.1")
    asked(story, "PACS", host="192.0.2.2")
    assert verdict(OFFERED, story.evidence(declared(*titles, scu=scu))) is wanted


def test_what_took_no_association_is_not_asked(tmp_path):
    story = Story(tmp_path, all_aes=True)
    story.associate(WORKLIST, VERIFICATION, answer=p.AssociateRJ(1, 1, 3))
    story.associate(WORKLIST).release()
    assert verdict(OFFERED, story.evidence()) is Verdict.NOT_APPLICABLE
