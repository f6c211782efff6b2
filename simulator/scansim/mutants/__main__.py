"""``python -m scansim.mutants`` prints docs/mutants.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scansim.mutants import LOOKALIKES, MUTANTS, OBJECT_MUTANTS, SERIES_MUTANTS
from scansim.mutants.contents import NAMES
from scansim.mutants.facts import CT, MR

_HEAD = """\
<!-- printed by: tools/regenerate -->
# Mutants

Good files with exactly one defect, made by `scansim.mutants.mutate(name, data)` from the bytes of a CT or MR image or
of another object, and by `mutate_series(name, files)` from those of an exam. They prove a checker: it has to find each,
at the attribute given, and must not call a look-alike an error. One defect may well break a second rule (without Rows,
Pixel Data have the wrong length): what counts is that the rule given is among the findings.

The last column says whether dciodvfy (for a series: dcentvfy) of dicom3tools reports it, as an error when it is one,
and if not, why. The tests hold it to that.
"""


def _classes(uids: Iterable[str]) -> str:
    return ", ".join(({CT: "CT", MR: "MR"} | NAMES).get(uid, uid) for uid in uids)


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _table(*head: str) -> Iterator[str]:
    yield _row(*head)
    yield "|" + " --- |" * len(head)


def lines() -> Iterator[str]:
    """Yield the lines of docs/mutants.md."""
    yield from _HEAD.splitlines()
    for title, mutants, peer in (
        ("One file", MUTANTS.values(), "dciodvfy"),
        ("One object that is no image of CT or MR", OBJECT_MUTANTS.values(), "dciodvfy"),
        ("A series of files", SERIES_MUTANTS.values(), "dcentvfy"),
    ):
        yield from ("", f"## {title}: {len(mutants)}", "")
        yield from _table("name", "defect", "rule", "level", "attribute", "clause", "of", peer)
        for mutant in mutants:
            yield _row(
                f"`{mutant.name}`",
                mutant.summary,
                mutant.rule,
                mutant.level,
                mutant.tag,
                mutant.clause,
                _classes(mutant.applies_to),
                f"no: {mutant.blind}" if mutant.blind else "yes",
            )
    yield from ("", f"## Look-alikes: {len(LOOKALIKES)}", "")
    yield "They look like a defect of the rule given, and are none. The level is the most that a checker may say."
    yield ""
    yield from _table("name", "why it is right", "not", "level", "attribute", "clause", "of", "dciodvfy")
    for each in LOOKALIKES.values():
        alarm = f"false alarm: {each.false_alarm}" if each.false_alarm else "no error"
        yield _row(
            f"`{each.name}`", each.why, each.rule, each.level, each.tag, each.clause, _classes(each.applies_to), alarm
        )


if __name__ == "__main__":
    print("\n".join(lines()))
