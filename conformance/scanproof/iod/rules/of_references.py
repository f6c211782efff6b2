"""Rules of what has to agree inside one data set: numbers that refer, identify and count."""

from __future__ import annotations

from scanproof.iod.rules.rule import Rule

_PLAN = "PS3.3 C.8.8 (2020), the module's table"

RULES = (
    Rule(
        "reference-missing",
        "What a number or name inside the object refers to is there: an ROI, a beam, a segment, a layer.",
        "A contour without its structure, a beam without its parameters: readers drop it, or stop.",
        _PLAN,
        "Remove the reference, or add the item that it names.",
    ),
    Rule(
        "identifier-twice",
        "A number or name that identifies the items of a sequence is unique.",
        "A reference to it names two things: which one is treated, or coloured, is a matter of luck.",
        _PLAN,
        "Give each item a number of its own, and see which of them the references mean.",
    ),
    Rule(
        "identifier-order",
        "Segments and surfaces are numbered from 1 on, control points from 0 on, one by one.",
        "Readers take the number for the place in the list, and show another segment.",
        "PS3.3 C.8.20.2.4 (2020)",
        "Number the items in their order; change the references with them.",
    ),
    Rule(
        "count-disagrees",
        "An attribute that counts the items of a sequence has their number.",
        "A reader that trusts the number misses a beam or a wedge, or reads past the end.",
        _PLAN,
        "Write the number together with the sequence.",
    ),
    Rule(
        "point-count",
        "Coordinates are as many as their number of points and their kind of figure say.",
        "The figure is cut off or drawn through wrong points: a contour of another organ, a leaf in another place.",
        "PS3.3 C.8.8.6.1, C.10.5.1.2 (2020)",
        "Write number and coordinates together; count points, not values.",
    ),
    Rule(
        "lut-length",
        "A lookup table has as many entries as its descriptor says.",
        "A viewer reads past the end of the table, or shows grays and colors of other values.",
        "PS3.3 C.7.6.3.1.5, C.11.1.1, C.11.2.1.1 (2020)",
        "Write descriptor and data together; a number of entries of 65,536 is written as 0.",
    ),
    Rule(
        "meterset",
        "Cumulative weights of control points begin at 0, do not fall, and end at the final weight of the beam.",
        "The dose that each segment gives is computed from them.",
        "PS3.3 C.8.8.14.1, C.8.8.14.5 (2020)",
        "Compute the weights of a beam together with its final one.",
    ),
    Rule(
        "grid-offsets",
        "Offsets of the planes of a dose grid rise or fall all the way.",
        "Dose is shown in the wrong place.",
        "PS3.3 C.8.8.3.2 (2020)",
        "Sort the planes, and their pixels with them.",
    ),
)
