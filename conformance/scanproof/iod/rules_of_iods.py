"""Rules of Information Object Definitions: attributes and their conditions, values, content trees, instances together."""

from __future__ import annotations

from scanproof.iod.rule import Rule

_TYPES = "PS3.5 7.4 (2013); PS3.3, the module's table"
_FILL = "Fill the attribute where the object is made; the message names its module."
_CONTEXT = "PS3.3 A.1.2 (2024e)"
_GROUPS = "PS3.3 C.7.6.16 (2020)"
_CONTENT = "PS3.3 C.17.3 (2020) and the IOD's relationships in Annex A"
_SPLIT = "The archive splits what belongs together, or shows under one name what belongs to two."
_ONE_SOURCE = "Take the values of all instances from one source: the order, and the scanner's own settings."
_VOLUME = "Reconstructions, distances and overlays are wrong in the direction across the slices."

RULES = (
    Rule(
        "type1-missing",
        "An attribute of Type 1 is there.",
        "Viewers and archives rely on it: the object is refused, or shown wrongly.",
        "PS3.5 7.4.1 (2013); PS3.3, the module's table",
        _FILL,
    ),
    Rule(
        "type1-empty",
        "An attribute of Type 1, or of Type 1C when its condition holds, has a value.",
        "A blank where a value is relied on is as bad as no attribute, and found later.",
        "PS3.5 7.4.1, 7.4.2 (2013); PS3.3, the module's table",
        _FILL,
    ),
    Rule(
        "type2-missing",
        "An attribute of Type 2 is there, with zero length when nothing is known.",
        "A receiver cannot tell that it is unknown from that it was forgotten; strict ones refuse the object.",
        "PS3.5 7.4.3 (2013); PS3.3, the module's table",
        "Write it with zero length when there is nothing to say.",
    ),
    Rule(
        "condition-missing",
        "An attribute of Type 1C or 2C is there when its condition holds.",
        "What it says is needed in just this case: how to read the pixels, or what was done.",
        "PS3.5 7.4.2, 7.4.4 (2013); PS3.3, the module's table",
        "See the condition in the message: add the attribute, or correct what makes the condition hold.",
    ),
    Rule(
        "condition-forbidden",
        "An attribute of Type 1C or 2C is absent when its condition does not hold, unless its text allows it.",
        "A value that does not belong there is believed all the same.",
        "PS3.5 7.4.2, 7.4.4 (2013); PS3.3, the module's table",
        "Leave the attribute out, or correct what its condition looks at.",
    ),
    Rule(
        "enumerated-value",
        "A value is one of the enumerated ones.",
        "No receiver knows another: it falls back on a default, or refuses the object.",
        "PS3.5 6.3 (2013); PS3.3, the module's table",
        "Use one of the values of the message; mind capitals, and blanks inside.",
    ),
    Rule(
        "defined-term",
        "A value is one of the defined terms, or one that the Conformance Statement adds to them.",
        "Hanging protocols and routing rules do not know it.",
        "PS3.5 6.3 (2013); PS3.3, the module's table",
        "Prefer a defined term; if there is none, name yours in the Conformance Statement.",
    ),
    Rule(
        "modality-sop-class",
        "Modality is one that the SOP Class has.",
        "The series opens in the wrong application, or is routed to the wrong reader.",
        "PS3.3 Table C.7-5a (2024e) and the IOD's own series module",
        "Set Modality from the SOP Class.",
    ),
    Rule(
        "vm-pair",
        "Attributes that go in pairs have as many values each.",
        "A window is applied with another one's width.",
        "PS3.3 C.11.2.1.2 (2020a)",
        "Write both attributes together.",
    ),
    Rule("item-count", "A sequence has as many items as its text allows.", "The surplus is ignored.", _TYPES, _FILL),
    Rule(
        "item-empty",
        "An item has the attributes that it needs; one without any says nothing.",
        "A code without value, a reference to nothing: readers trip over it, or count it.",
        "PS3.5 7.5 (2013); PS3.3, the module's table",
        "Send no item, or a zero-length sequence, when there is nothing to say.",
    ),
    Rule(
        "sequence-no-item",
        "A sequence whose description wants an item has one when it is there.",
        "Some readers take the first item without looking whether there is one.",
        "PS3.5 7.5 (2013); PS3.3, the module's table",
        "Leave a Type 3 sequence out when it has no item.",
    ),
    Rule(
        "attribute-retired",
        "Attributes that were retired are no longer sent.",
        "New receivers ignore them: what stands in them is not read.",
        "PS3.6 6 (2024c)",
        "Use the attribute that replaces it.",
    ),
    Rule(
        "attribute-unknown",
        "An attribute of an even group is in the dictionary; a newer edition may have more than the one known here.",
        "Others ignore it, or take it for a defect.",
        "PS3.6 6 (2024c)",
        "If it is no newer attribute, make it a private one.",
    ),
    Rule(
        "standard-extended",
        "Attributes outside the IOD make it a Standard Extended SOP Class, which is allowed.",
        "Receivers may drop them; PS3.2 wants them in the Conformance Statement.",
        "PS3.2 7.3; PS3.4 B.4.1",
        "A note; list them in the Conformance Statement.",
    ),
    Rule(
        "iod-not-checked",
        "The IOD of the SOP Class is known; of private and unknown classes structure and conditions are not judged.",
        "Silence about such an object means nothing.",
        "PS3.4 B.5",
        "A note; encoding and values are judged all the same.",
    ),
    Rule(
        "conditions-not-checked",
        "The conditions of this IOD are written down in the checker; where they are not, this note says so.",
        "Silence about a conditional attribute means nothing then.",
        "PS3.3",
        "A note; structure, types, VR, VM and shared values are judged all the same.",
    ),
    Rule(
        "header-only",
        "An image has Pixel Data; one without them, as indexes and de-identifiers make it, is judged as a header.",
        "If it is not meant to be so, the image is lost.",
        "PS3.3 Table C.7-11a (2026b)",
        "See whether the pixels were left out on purpose.",
    ),
    Rule(
        "sop-class-retired",
        "The SOP Class is not retired.",
        "New archives and viewers need not know it.",
        "PS3.6 A (2024c)",
        "Produce the class that replaces it.",
    ),
    Rule(
        "sop-class-unknown",
        "SOP Class UID is that of a SOP Class, of the standard or with a root of its maker.",
        "No receiver negotiates it; what is stored cannot be displayed.",
        "PS3.6 A (2024c); PS3.5 9 (2024e)",
        "Correct the UID; own classes need an own root.",
    ),
    Rule(
        "uid-reuse",
        "A UID names one thing: no two instances, and not a series and an instance, have the same.",
        "The second object replaces the first one in the archive: images are lost without a message.",
        "PS3.5 9 (2024e)",
        "Make every UID anew; a copy that was changed is another instance.",
    ),
    Rule(
        "dates",
        "Birth, study and series follow each other, and age agrees with them.",
        "A typing error in a birth date matches another patient, or none.",
        "PS3.3 Table C.7-1, C.7-3, C.7-4a (2026b)",
        "Compare with the order; the scanner's clock may be wrong.",
    ),
    Rule(
        "geometry-orientation",
        "Rows and columns of an image are unit vectors at right angles, and one plane in a series.",
        "Left and right, or the angle of a needle, are wrong; a volume cannot be made.",
        "PS3.3 C.7.6.2.1.1 (2020a)",
        "Normalise the direction cosines; give other planes a series of their own.",
    ),
    Rule(
        "geometry-spacing",
        "Distances are positive, and agree with the positions and within a series.",
        "Every length and volume that is measured is wrong.",
        "PS3.3 10.7.1.3 (2018-2024), Table C.7-10 (2026b)",
        "Compute spacing from the positions; mind rows before columns.",
    ),
    Rule(
        "geometry-slice-order",
        "Slices of a series lie at equal distances on a line along their normal, one at each place, in their order.",
        _VOLUME,
        "PS3.3 C.7.6.2.1.1 (2020a)",
        "A warning, as the standard wants no volume: look for slices that are missing, or were sent twice.",
    ),
    Rule(
        "geometry-window",
        "Window Width is 1 or more, of functions other than LINEAR above 0.",
        "The image is shown black, white, or not at all.",
        "PS3.3 C.11.2.1.2 (2020a)",
        "Leave the window out if there is none.",
    ),
    Rule("mixed-matrix", "The images of a series have one matrix.", _VOLUME, "PS3.3 Table C.7-11c (2024e)",
         "A warning: give other matrices a series of their own."),
    Rule(
        "instance-number",
        "Instance Numbers of a series differ.",
        "Lists and print-outs sort by them; two readers speak of image 12 and see two images.",
        "PS3.3 Table C.7-9 (2026b)",
        "A warning: number the instances of a series once.",
    ),
    Rule("patient-disagrees", "The instances of a study are of one patient.", _SPLIT, _CONTEXT, _ONE_SOURCE),
    Rule("study-disagrees", "The instances of a study have one date, time, ID, accession and physician; a series is of "
         "one study.", _SPLIT, _CONTEXT, _ONE_SOURCE),
    Rule("series-disagrees", "The instances of a series have one modality, number, date, time, description, side, body "
         "part, position and protocol.", _SPLIT, _CONTEXT, _ONE_SOURCE),
    Rule("frame-of-reference-disagrees", "The instances of a series have one frame of reference.", _VOLUME, _CONTEXT,
         "Make a new series when the patient was moved."),
    Rule("equipment-disagrees", "The instances of a series are of one device.", _SPLIT, _CONTEXT, _ONE_SOURCE),
    Rule(
        "functional-group-missing",
        "A functional group that the IOD demands is there, shared or in every frame.",
        "Frames have no position, or no scale: they are shown and cannot be measured.",
        _GROUPS,
        "Put the macro into the shared item when all frames agree, else into each frame.",
    ),
    Rule(
        "functional-group-twice",
        "A functional group stands in the shared item or in the frames, not in both.",
        "One viewer takes the shared values, another those of the frame.",
        _GROUPS,
        "Take it out of one of the two.",
    ),
    Rule(
        "frame-count",
        "The per-frame sequence has an item for each frame.",
        "Positions and scales belong to other frames than they stand for.",
        _GROUPS,
        "Write Number of Frames and the items together.",
    ),
    Rule("sr-value-type", "A content item has a Value Type that its document allows.",
         "The report is shown without this line, or not at all.", _CONTENT, "See the IOD's table of relationships."),
    Rule("sr-value-extra", "A content item has only the attributes of its Value Type.",
         "What is shown is not what was meant.", _CONTENT, "Leave the other attributes out."),
    Rule("sr-relationship", "Content items are related as their document allows.",
         "A finding is read as a property of another one.", _CONTENT, "See the IOD's table of relationships."),
)  # fmt: skip
