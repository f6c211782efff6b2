"""Images that were sent beside what came back of them, for report.html: of many a few, those that differ first."""

from __future__ import annotations

from dataclasses import dataclass

from pydicom.uid import UID

from scanproof.results import PictureView, Results

#: Images of one report.
MOST_SHOWN = 24


@dataclass(frozen=True)
class Row:
    """One image: where its message is, its syntaxes in words, and the pictures as data URIs, empty for none."""

    view: PictureView
    syntaxes: str
    sent: str
    came: str


@dataclass(frozen=True)
class Pictures:
    """The pictures of one scenario, and how many more there would be."""

    rows: tuple[Row, ...]
    more: int


def chosen(results: Results) -> dict[str, Pictures]:
    """The pictures that are shown, by the label of their scenario."""
    everything = [
        (view.same, number, scenario.label, view)
        for scenario in results.scenarios
        for number, view in enumerate(scenario.pictures)
    ]
    shown = {(label, number) for _, number, label, _ in sorted(everything, key=lambda each: each[:2])[:MOST_SHOWN]}
    found = {}
    for scenario in results.scenarios:
        views = [view for number, view in enumerate(scenario.pictures) if (scenario.label, number) in shown]
        if views:
            found[scenario.label] = Pictures(tuple(map(_row, views)), len(scenario.pictures) - len(views))
    return found


def _row(view: PictureView) -> Row:
    sent, came = UID(view.sent_syntax).name, UID(view.came_syntax).name
    syntaxes = sent if sent == came else f"sent in {sent}, came in {came}"
    return Row(view, syntaxes, _uri(view.sent), _uri(view.came))


def _uri(picture: str) -> str:
    return f"data:image/png;base64,{picture}" if picture else ""
