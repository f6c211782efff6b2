"""Claims in reports: thousands of them are a few cells, and what links to one finds its cell."""

from __future__ import annotations

import re
from collections import Counter
from xml.etree import ElementTree

import pytest

from scanproof.report import html, junit
from scanproof.report.claims import lay_out
from scanproof.results import ClaimOutcome, Results
from tests.support import many_claims, report_example
from tests.support.many_claims import SERVICES, STORAGE, SYNTAXES, context


def laid_out(results: Results) -> object:
    return lay_out(results, html.Anchors().make)


@pytest.fixture(scope="module")
def results() -> Results:
    return many_claims.results()


@pytest.fixture(scope="module")
def page(results: Results) -> str:
    whole = html.render(results).decode()
    return whole[whole.index('<h2 id="claims">') : whole.index('<h2 id="coverage">')]


def test_columns_are_syntaxes_and_rows_classes_that_came_out_alike(results: Results) -> None:
    provided, used = lay_out(results, html.Anchors().make).contexts
    assert (provided.role, used.role) == ("SCP", "SCU")
    assert [len(column.names) for column in provided.columns] == [1, 32]
    (contradicted,), (seen,) = provided.rows, provided.folded
    assert len(contradicted.classes.names) == len(SERVICES)
    assert [(cell.outcome, cell.count) for cell in contradicted.cells] == [
        (ClaimOutcome.OBSERVED, 8),
        (ClaimOutcome.CONTRADICTED, 256),
    ]
    assert [cell.told for cell in seen.cells] == ["79 exchanged; 40 negotiated", "3,729 negotiated; 79 exchanged"]
    (open_,) = used.rows
    assert [(cell.outcome, cell.count) for cell in open_.cells] == [
        (ClaimOutcome.NOT_TESTED, len(STORAGE) * len(SYNTAXES))
    ]
    assert open_.cells[0].told == "nothing in this run has the target as SCU of it"


def test_what_is_not_claimed_is_a_cell_of_its_own() -> None:
    claims = [
        context(STORAGE[0], SYNTAXES[0], ClaimOutcome.OBSERVED),
        context(STORAGE[0], SYNTAXES[1], ClaimOutcome.OBSERVED),
        context(STORAGE[1], SYNTAXES[0], ClaimOutcome.NOT_TESTED),
    ]
    example = report_example.results().model_copy(update={"claims": claims})
    (table,) = lay_out(example, html.Anchors().make).contexts
    assert [[cell.outcome for cell in row.cells] for row in (*table.rows, *table.folded)] == [
        [ClaimOutcome.NOT_TESTED, None],
        [ClaimOutcome.OBSERVED, ClaimOutcome.OBSERVED],
    ]
    assert "not claimed" in html.render(example).decode()


def test_a_claim_leads_to_its_cell(results: Results) -> None:
    block = lay_out(results, html.Anchors().make)
    assert set(block.anchors) == {claim.id for claim in results.claims}
    broken = next(claim for claim in results.claims if claim.outcome is ClaimOutcome.CONTRADICTED)
    finding = report_example.results().scenarios[1].findings[0].model_copy(update={"claim": broken.id})
    scenario = results.scenarios[1].model_copy(update={"findings": [finding]})
    whole = html.render(results.model_copy(update={"scenarios": [scenario]})).decode()
    anchor = block.anchors[broken.id]
    assert f'id="{anchor}"' in whole
    ids = re.findall(r'id="([^"]+)"', whole)
    assert [name for name, number in Counter(ids).items() if number > 1] == []
    assert set(re.findall(r'href="#([^"]+)"', whole)) <= set(ids)


def test_thousands_of_claims_make_no_heavy_page(results: Results, page: str) -> None:
    assert len(results.claims) > 8000
    assert len(page) < 40_000
    assert page.count("<tr") < 20


def test_what_was_contradicted_comes_first_and_what_is_seen_is_folded(page: str) -> None:
    places = [
        page.index(text) for text in ("contradicted</span>", "Observed in full: 119 SOP Classes", "Storage as SCP")
    ]
    assert places == sorted(places)
    assert page.index("Storage as SCP") < page.index("Query and retrieve as SCP") < page.index("No driver yet")
    assert "odd data: scanproof run --only claims-query/keys --odd-data tests it" in page
    assert "Seen, not stated: 1" in page
    assert "Questions to the vendor: 1" in page
    assert page.index("No driver yet") < page.index("Seen, not stated") < page.index("Questions to the vendor")


def test_junit_has_a_testcase_for_an_ae_and_a_section(results: Results) -> None:
    root = ElementTree.fromstring(junit.render(results))
    suite = next(each for each in root if each.get("name") == junit.CLAIMS)
    cases = [(each.get("classname"), each.get("name")) for each in suite.iter("testcase")]
    assert len(set(cases)) == len(cases) == 6
    assert ("scanproof.claims", "ARCHIVE: presentation contexts as SCP") in cases
    assert suite.get("failures") == "0"  # the finding fails, where it was seen
    told = suite.find("testcase/skipped")
    assert told is not None
    assert (told.get("message") or "").startswith("3,935 observed, 256 contradicted; the first, ARCHIVE.scp.")
