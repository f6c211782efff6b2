from __future__ import annotations

import re
import time
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest

import scanproof.report
from scanproof.finding import Verdict
from scanproof.report.html import render
from scanproof.report.words import headline, overall
from scanproof.results import Results
from tests.support import report_example

VOID = {"meta", "br", "link", "img", "hr", "input"}


class Page(HTMLParser):
    """The page's elements, ids, links and visible text; complains about tags that do not match."""

    def __init__(self, results: Results) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.tags: Counter[str] = Counter()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loads: list[str] = []
        self.text = ""
        self.source = render(results).decode("utf-8")
        self.feed(self.source)
        self.close()
        assert self.stack == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        for name, value in attrs:
            assert not name.startswith("on"), f"<{tag} {name}>"
            if name == "id":
                self.ids.append(value or "")
            elif name == "href":
                self.links.append(value or "")
            elif name in ("src", "srcset", "data", "action"):
                self.loads.append(value or "")
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.stack:
            self.text += data


@pytest.fixture(scope="module")
def page() -> Page:
    return Page(report_example.results())


def test_it_stands_alone(page: Page) -> None:
    assert page.loads == []
    assert page.tags["link"] == page.tags["script"] == page.tags["img"] == 0
    assert all(link.startswith("#") for link in page.links)
    assert "url(" not in page.source
    assert "@import" not in page.source


def test_every_link_leads_to_one_place(page: Page) -> None:
    assert [name for name, number in Counter(page.ids).items() if number > 1] == []
    assert sorted({link[1:] for link in page.links} - set(page.ids)) == []
    assert "finding_ct-routine_mpps.set-after-completed" in page.ids
    assert "message_ct-routine_a02.r1" in page.ids
    assert "association_ct-routine_a01" in page.ids


def test_markup_and_control_characters_in_names_are_text(page: Page) -> None:
    assert page.tags["script"] == 0
    assert report_example.MARKUP_NAME in page.text
    assert "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;" in page.source
    assert report_example.KANJI_NAME in page.text
    assert re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", page.source) is None
    assert "DOE^JANE\ufffd[2J" in page.text


def hostile(value: object) -> object:
    """Put markup into every text of a model's plain data that is free text."""
    if isinstance(value, dict):
        kept = {
            "verdict",
            "level",
            "outcome",
            "format",
            "direction",
            "initiator",
            "summary",
            "evidence",
            "role",
            "depth",
        }
        return {key: each if key in kept else hostile(each) for key, each in value.items()}
    if isinstance(value, list):
        return [hostile(each) for each in value]
    return f"\"'><script>{value}</script><img src=x onerror=y>" if isinstance(value, str) else value


def test_no_field_lets_markup_through() -> None:
    plain = report_example.results(complete=False).model_dump(mode="json")
    page = Page(Results.model_validate(hostile(plain)))
    assert page.tags["script"] == page.tags["img"] == 0


def test_the_verdict_stands_on_top(page: Page) -> None:
    assert page.text.index("The target failed: 2 requirements not met in 1 of 2 scenarios") < page.text.index("Tested")
    for fact in ("ris.radiology.hospital.example:11112", "20261125", "2026b", "Example RIS 7.2", "2026-11-25"):
        assert fact in page.text


def test_what_to_do_comes_worst_first_with_all_parts(page: Page) -> None:
    text = page.text[page.text.index("What to do", page.text.index("What happened") + 500) :]
    titles = [
        "1. An N-SET on a step",  # what explains another finding comes first
        "2. Every returned item matches",
        "3. Each C-STORE-RQ is answered",
        "4. The report names every instance",
        "5. Names are returned",
        "6. An association that is rejected",
        "Steps and created objects",
    ]
    assert [text.index(title) for title in titles] == sorted(text.index(title) for title in titles)
    root = text[text.index(titles[0]) : text.index(titles[1])]
    assert "mpps RIS_WORKLIST01@ris.radiology.hospital.example:11112" in root
    assert "It explains 1 not tested behind it" in root
    assert "A step in progress can be set" in root
    first = text[text.index(titles[1]) : text.index(titles[2])]
    for part in ("seen 2 times", "MR_OTHER in 2 of 3 items", "PS3.4 K.2.2.1.1.1 (2026b)", "worklist.keys.station"):
        assert part in first
    assert "It answers message a02.s1, C-FIND-RQ." in first
    assert "(0040,0001) AE ScheduledStationAETitle  MR_OTHER  ◀" in first


def test_only_the_attribute_of_the_finding_is_marked(page: Page) -> None:
    assert len(re.findall("<mark>", page.source)) == 1


def test_uids_are_whole(page: Page) -> None:
    for uid in (report_example.STUDY_UID, report_example.MPPS_UID):
        assert uid in page.text


def test_a_message_without_its_elements_is_only_in_the_picture() -> None:
    results = report_example.results()
    scenario = results.scenarios[1]
    bare = [e.model_copy(update={"command": [], "dataset": []}) for e in scenario.exchanges if e.id != "a02.r1"]
    kept = [e for e in scenario.exchanges if e.id == "a02.r1"]
    exchanges = sorted([*bare, *kept], key=lambda e: e.seconds)
    page = Page(results.model_copy(update={"scenarios": [scenario.model_copy(update={"exchanges": exchanges})]}))
    assert [name for name in page.ids if name.startswith("message_")] == ["message_ct-routine_a02.r1"]
    assert sorted({link[1:] for link in page.links} - set(page.ids)) == []
    assert "It answers message a02.s1, C-FIND-RQ." in page.text
    assert "N-SET-RQ" in page.text
    assert "No data set" not in page.text


def test_what_is_odd_in_the_pdus_of_an_association_stands_with_it() -> None:
    results = report_example.results()
    odd = "A-ASSOCIATE-AC, byte 90: item 99H of 4 bytes is not defined (note)"
    results.scenarios[0].associations[0].problems.append(odd)
    assert odd in Page(results).text


def test_every_message_is_drawn_once(page: Page) -> None:
    exchanges = [e for scenario in report_example.results().scenarios for e in scenario.exchanges]
    assert len([name for name in page.ids if name.startswith("message_")]) == len(exchanges)


def test_a_large_exam_renders_in_linear_time() -> None:
    results = report_example.results()
    scenario = results.scenarios[1]
    many = [
        report_example.exchange(name, f"a04.{way}{number}", 2 + number / 1000)
        for number in range(1, 2001)
        for name, way in (("C-STORE-RQ", "s"), ("C-STORE-RSP", "r"))
    ]
    results = results.model_copy(update={"scenarios": [scenario.model_copy(update={"exchanges": many})]})
    began = time.perf_counter()
    content = render(results)
    assert time.perf_counter() - began < 20
    assert content.count(b"It answers") == 2000


def test_ids_that_fold_to_one_anchor_stay_apart() -> None:
    results = report_example.results()
    scenario = results.scenarios[1]
    twins = [scenario.findings[0].model_copy(update={"tag": tag}) for tag in ("A", "B", "C")]
    Page(results.model_copy(update={"scenarios": [scenario.model_copy(update={"findings": twins})]}))


def test_an_interrupted_run_says_so() -> None:
    page = Page(report_example.results(complete=False))
    assert "Partial result, the run was interrupted." in page.text
    assert "Interrupted by the user at 08:16:02, in ct-routine." in page.text


def only(*verdicts: Verdict, complete: bool = True) -> Results:
    results = report_example.results(complete)
    scenario = results.scenarios[1]
    findings = [finding for finding in scenario.findings if finding.verdict in verdicts]
    scenario = scenario.model_copy(update={"findings": findings, "verdict": verdicts[0], "exchanges": []})
    summary = dict(Counter(finding.verdict for finding in findings))
    return results.model_copy(update={"scenarios": [scenario], "summary": summary})


@pytest.mark.parametrize(
    ("results", "verdict", "sentence"),
    [
        (only(Verdict.PASS), Verdict.PASS, "Passed: 30 requirements met, no fault found."),
        (
            only(Verdict.WARN, Verdict.PASS),
            Verdict.WARN,
            "Passed with 2 warnings: 30 requirements met, no fault found.",
        ),
        (
            only(Verdict.INCONCLUSIVE, Verdict.PASS),
            Verdict.INCONCLUSIVE,
            "No verdict: 1 requirement could not be judged; 30 met, no fault found.",
        ),
        (
            only(Verdict.NOT_DECLARED, Verdict.PASS),
            Verdict.NOT_DECLARED,
            "Passed: 30 requirements met; 1 thing worked that nobody declared.",
        ),
        (
            only(Verdict.NOT_APPLICABLE),
            Verdict.NOT_APPLICABLE,
            "Nothing was judged: no requirement applied to what was run.",
        ),
        (
            only(Verdict.PASS, complete=False),
            Verdict.INCONCLUSIVE,
            "Partial result, the run was interrupted. No verdict: 30 met and no fault found until then.",
        ),
    ],
)
def test_headlines(results: Results, verdict: Verdict, sentence: str) -> None:
    assert overall(results) is verdict
    assert headline(results) == sentence.removesuffix(".") + "; the AE as a whole: 2 of 3 claims decided (66 %)."
    assert headline(results) in Page(results).text


def test_results_of_nothing() -> None:
    results = report_example.results().model_copy(update={"scenarios": [], "claims": [], "summary": {}, "target": []})
    assert "Nothing was judged" in Page(results).text


def colours(block: str) -> dict[str, tuple[int, int, int]]:
    found = re.findall(r"--([a-z_-]+): #([0-9a-f]{6});", block)
    return {name: (int(value[:2], 16), int(value[2:4], 16), int(value[4:], 16)) for name, value in found}


def luminance(colour: tuple[int, int, int]) -> float:
    """Relative luminance as WCAG 2.1 defines it."""
    parts = [c / 255 / 12.92 if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("dark", [False, True])
def test_contrast_is_sufficient(dark: bool) -> None:
    style = (Path(scanproof.report.__file__).parent / "report.css").read_text(encoding="utf-8")
    light_block, dark_block = style.split("prefers-color-scheme: dark", 1)
    palette = colours(dark_block if dark else light_block)
    for text in ("ink", "soft", "link", *(verdict.value.lower() for verdict in Verdict)):
        grounds = ["paper", "panel", *([f"{text}-bg"] if f"{text}-bg" in palette else [])]
        for ground in grounds:
            assert contrast(palette[text], palette[ground]) >= 4.5, (text, ground)
    for verdict in Verdict:
        assert contrast(palette["soft"], palette[f"{verdict.value.lower()}-bg"]) >= 4.5
