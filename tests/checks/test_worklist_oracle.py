"""The worklist oracle by itself, and against the matching of the reference target, which knows nothing of it."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from pydicom.dataset import Dataset
from pydicom.valuerep import PersonName

from scanproof.evidence.known import held_of
from scanproof.evidence.oracle import KeySeen, Kind, Oracle, Outcome, answered, known, wild_cards
from scanproof.evidence.oracle import names as oracle_names
from scanproof.evidence.oracle.moments import judge_of, moment_of
from scansim.reference.matching import Matcher
from scansim.wire.dataset import EXPLICIT_LITTLE, DataSet, read
from scansim.wire.encoding import decode
from tests.support.building import encode

STEP, DATE, TIME = (
    "ScheduledProcedureStepSequence",
    "ScheduledProcedureStepStartDate",
    "ScheduledProcedureStepStartTime",
)
STATION, PERFORMER = "ScheduledStationAETitle", "ScheduledPerformingPhysicianName"
OUT, UNLIKELY, UNDECIDED, FREE, LIKELY, IN = Outcome


def level(values: dict[str, object]) -> Dataset:
    ds = Dataset()
    for name, value in values.items():
        ds.add_new(name, _VR[name], value)
    return ds


_VR = {
    "SpecificCharacterSet": "CS",
    "TimezoneOffsetFromUTC": "SH",
    "PatientName": "PN",
    "PatientID": "LO",
    "AccessionNumber": "SH",
    "StudyInstanceUID": "UI",
    "PatientWeight": "DS",
    "RequestedProcedureCodeSequence": "SQ",
    "PertinentDocumentsSequence": "SQ",
    "CodeValue": "SH",
    "DocumentTitle": "ST",
    "Modality": "CS",
    STATION: "AE",
    DATE: "DA",
    TIME: "TM",
    PERFORMER: "PN",
    "ScheduledProcedureStepModificationDateTime": "DT",
    STEP: "SQ",
}
IN_STEP = ("Modality", STATION, DATE, TIME, PERFORMER)


def whole(values: dict[str, object]) -> Dataset:
    """A data set with the attributes of the step in their sequence."""
    step = {name: value for name, value in values.items() if name in IN_STEP}
    root = {name: value for name, value in values.items() if name not in IN_STEP}
    return level({**root, **({STEP: [level(step)]} if step else {})})


def wire(ds: Dataset) -> DataSet:
    return read(encode(ds, EXPLICIT_LITTLE), EXPLICIT_LITTLE)


def outcome(keys: dict[str, object], item: dict[str, object], **how: bool) -> Outcome:
    """What the oracle says of keys and an item that is known whole."""
    return Oracle(wire(whole(keys)), **how).outcome(known(held_of(wire(whole(item))), whole=True))


UTF8 = {"SpecificCharacterSet": "ISO_IR 192"}

CASES: list[tuple[str, dict[str, object], dict[str, object], Outcome]] = [
    # --- single value: to the letter, but for padding
    ("equal", {"Modality": "CT"}, {"Modality": "CT"}, IN),
    ("other", {"Modality": "CT"}, {"Modality": "MR"}, OUT),
    ("case of an ID", {"PatientID": "a1"}, {"PatientID": "A1"}, OUT),
    ("case of a title", {STATION: "ct1"}, {STATION: "CT1"}, OUT),
    ("padding", {STATION: " CT1 "}, {STATION: "CT1   "}, IN),
    ("one of several", {STATION: "B"}, {STATION: ["A", "B"]}, IN),
    ("none of several", {STATION: "C"}, {STATION: ["A", "B"]}, OUT),
    ("unknown", {"PatientID": "A1"}, {"PatientID": ""}, OUT),
    ("absent", {"PatientID": "A1"}, {}, OUT),
    ("several values", {"PatientID": ["A1", "A2"]}, {"PatientID": "A1"}, UNDECIDED),
    ("empty value", {"PatientID": '""'}, {"PatientID": ""}, OUT),
    ("one composed letter", {"PatientID": "Å", **UTF8}, {"PatientID": "Å", **UTF8}, IN),
    # --- what need not be matched
    ("optional", {"AccessionNumber": "1"}, {"AccessionNumber": "1"}, IN),
    ("optional and other", {"AccessionNumber": "1"}, {"AccessionNumber": "2"}, FREE),
    ("optional and unknown", {"AccessionNumber": "1"}, {"AccessionNumber": ""}, FREE),
    ("optional, one of several", {"AccessionNumber": "1"}, {"AccessionNumber": ["1", "2"]}, LIKELY),
    ("optional wild card", {"AccessionNumber": "1*"}, {"AccessionNumber": "12"}, LIKELY),
    ("a list of UIDs", {"StudyInstanceUID": ["1.2", "1.3"]}, {"StudyInstanceUID": "1.3"}, LIKELY),
    ("a UID", {"StudyInstanceUID": "1.2"}, {"StudyInstanceUID": "1.2"}, IN),
    ("a wild card in a UID", {"StudyInstanceUID": "1.*"}, {"StudyInstanceUID": "1.2"}, FREE),
    ("a number", {"PatientWeight": "70.0"}, {"PatientWeight": "70"}, IN),
    # --- universal
    ("zero length", {"Modality": "", "PatientID": ""}, {"Modality": "MR", "PatientID": ""}, IN),
    ("a lone star in a name", {"PatientName": "*"}, {"PatientName": "Doe"}, LIKELY),
    ("a lone star and no name", {"PatientName": "*"}, {"PatientName": ""}, LIKELY),
    ("a star where there are no wild cards", {STATION: "*"}, {STATION: "CT1"}, UNDECIDED),
    ("a wild card in a modality", {"Modality": "C?"}, {"Modality": "MR"}, UNDECIDED),
    # --- dates and times
    ("date", {DATE: "20260102"}, {DATE: "20260102"}, IN),
    ("old date", {DATE: "20260102"}, {DATE: "2026.01.02"}, LIKELY),
    ("other date", {DATE: "20260102"}, {DATE: "20260103"}, OUT),
    ("no date", {DATE: "20260102"}, {DATE: "tomorrow"}, UNDECIDED),
    ("a key that is none", {DATE: "2026*"}, {DATE: "20260103"}, UNDECIDED),
    ("first day", {DATE: "20260102-20260104"}, {DATE: "20260102"}, IN),
    ("last day", {DATE: "20260102-20260104"}, {DATE: "20260104"}, IN),
    ("day after", {DATE: "20260102-20260104"}, {DATE: "20260105"}, OUT),
    ("open end", {DATE: "20260102-"}, {DATE: "20300102"}, IN),
    ("open beginning", {DATE: "-20260102"}, {DATE: "20260103"}, OUT),
    ("backwards", {DATE: "20260104-20260102"}, {DATE: "20260103"}, UNDECIDED),
    ("no ends", {DATE: "-"}, {DATE: "20260103"}, UNDECIDED),
    ("time, to the letter", {TIME: "2230"}, {TIME: "2230"}, IN),
    ("time by meaning, as a range", {TIME: "2230-2230"}, {TIME: "223000"}, IN),
    ("time by meaning", {TIME: "2230"}, {TIME: "223000.000"}, LIKELY),
    ("time within", {TIME: "2230"}, {TIME: "223015"}, UNDECIDED),
    ("other time", {TIME: "2230"}, {TIME: "2231"}, OUT),
    ("old time", {TIME: "223000"}, {TIME: "22:30:00"}, LIKELY),
    ("short value, long end", {TIME: "193000-200000"}, {TIME: "1930"}, IN),
    ("within the last minute", {TIME: "1900-1930"}, {TIME: "193030"}, UNDECIDED),
    ("an hour", {TIME: "1830-1930"}, {TIME: "18"}, UNDECIDED),
    ("an hour within", {TIME: "1700-1930"}, {TIME: "18"}, IN),
    ("round midnight", {TIME: "2200-0500"}, {TIME: "2300"}, UNDECIDED),
    # --- date and time as one period
    ("between the days", {DATE: "20260101-20260103", TIME: "2200-0500"}, {DATE: "20260102", TIME: "1200"}, IN),
    ("before its time", {DATE: "20260101-20260103", TIME: "2200-0500"}, {DATE: "20260101", TIME: "2100"}, OUT),
    ("after its time", {DATE: "20260101-20260103", TIME: "1000-1200"}, {DATE: "20260103", TIME: "1201"}, OUT),
    ("the last moment", {DATE: "20260101-20260103", TIME: "1000-1200"}, {DATE: "20260103", TIME: "120000"}, LIKELY),
    ("from a moment on", {DATE: "20260101-", TIME: "2200-"}, {DATE: "20260102", TIME: "0100"}, IN),
    ("up to a moment", {DATE: "-20260102", TIME: "-0500"}, {DATE: "20260101", TIME: "2300"}, IN),
    ("both readings", {DATE: "20260101-20260103", TIME: "1000-"}, {DATE: "20260102", TIME: "1100"}, IN),
    ("one reading", {DATE: "20260101-20260103", TIME: "1000-"}, {DATE: "20260102", TIME: "0900"}, UNDECIDED),
    ("no reading", {DATE: "20260101-20260103", TIME: "1000-"}, {DATE: "20260101", TIME: "0900"}, OUT),
    ("no time", {DATE: "20260101-20260103", TIME: "1000-1200"}, {DATE: "20260102", TIME: ""}, UNDECIDED),
    ("no time, other day", {DATE: "20260101-20260103", TIME: "1000-1200"}, {DATE: "20260104", TIME: ""}, OUT),
    ("only the date is a range", {DATE: "20260101-20260103", TIME: "1000"}, {DATE: "20260102", TIME: "1100"}, OUT),
    ("only the time is a range", {DATE: "20260102", TIME: "1000-1200"}, {DATE: "20260102", TIME: "1100"}, IN),
    # --- time zones: a day or more decides nothing
    ("zone", {DATE: "20260102", "TimezoneOffsetFromUTC": "+0900"}, {DATE: "20260102"}, UNDECIDED),
    ("zone, far off", {DATE: "20260102", "TimezoneOffsetFromUTC": "+0900"}, {DATE: "20260105"}, OUT),
    ("zone, far within", {DATE: "20260101-20260201", "TimezoneOffsetFromUTC": "+0900"}, {DATE: "20260115"}, IN),
    ("zone and time", {TIME: "1000", "TimezoneOffsetFromUTC": "+0900"}, {TIME: "1000"}, UNDECIDED),
    # --- sequences
    ("no item", {STEP: []}, {"Modality": "CT"}, IN),
    ("an empty item", {STEP: [Dataset()]}, {"Modality": "CT"}, IN),
    ("two items", {STEP: [level({"Modality": "CT"})] * 2}, {"Modality": "CT"}, UNDECIDED),
    ("no step at all", {"Modality": "CT"}, {"PatientID": "1"}, OUT),
    (
        "a code",
        {"RequestedProcedureCodeSequence": [level({"CodeValue": "A"})]},
        {"RequestedProcedureCodeSequence": [level({"CodeValue": "B"}), level({"CodeValue": "A"})]},
        IN,
    ),
    (
        "a code to be returned",
        {"RequestedProcedureCodeSequence": [level({"CodeValue": ""})]},
        {"RequestedProcedureCodeSequence": []},
        IN,
    ),
    (
        "another code",
        {"RequestedProcedureCodeSequence": [level({"CodeValue": "A"})]},
        {"RequestedProcedureCodeSequence": [level({"CodeValue": "B"})]},
        FREE,
    ),
    (
        "asked for with zero length only",
        {"PertinentDocumentsSequence": [level({"DocumentTitle": "A"})]},
        {"PertinentDocumentsSequence": [level({"DocumentTitle": "B"})]},
        FREE,
    ),
]


@pytest.mark.parametrize(("keys", "item", "expected"), [row[1:] for row in CASES], ids=[row[0] for row in CASES])
def test_what_an_item_comes_to(keys: dict[str, object], item: dict[str, object], expected: Outcome) -> None:
    assert outcome(keys, item) is expected


@pytest.mark.parametrize(
    ("key", "name", "expected"),
    [
        ("Doe^Jane", "Doe^Jane^^", IN),
        ("Doe^Jane", "DOE^JANE", FREE),
        ("Jane^Doe", "Doe^Jane", FREE),
        ("Müller^Eva", "Mueller^Eva", FREE),
        ("Zoe^Angstrom", "Zoë^Ångström", FREE),
        ("山田^太郎", "Yamada^Tarou=山田^太郎", FREE),
        ("Yamada^Tarou", "Yamada^Tarou=山田^太郎", FREE),
        ("Yamada^Tarou=佐藤", "Yamada^Tarou=山田^太郎", UNDECIDED),
        ("Doe", "Doe^Jane", UNDECIDED),
        ("Meier^Eva", "Mayr^Eva", UNLIKELY),
        ("Doe^John", "Smith^Bob", OUT),
        ("D?e^J*", "Doe^Jane", LIKELY),
        ("D?E^J*", "Doe^Jane", FREE),
        ("D?^Jane", "Doe^Jane", UNLIKELY),
        ("*", "Doe^Jane=X", LIKELY),
    ],
)
def test_names(key: str, name: str, expected: Outcome) -> None:
    assert oracle_names.judge(key, name)[0] is expected
    assert oracle_names.judge(key, name, negotiated=True)[0] is UNDECIDED


def test_text_that_nobody_declares_is_not_owed() -> None:
    key, item = {"PatientName": "Иванов^Иван", **UTF8}, {"PatientName": "Иванов^Иван", **UTF8}
    assert outcome(key, item) is IN
    assert outcome(key, item, unread=True) is FREE
    assert outcome(key, {"PatientName": "Петров^Иван", **UTF8}, unread=True) is UNDECIDED
    assert outcome({"PatientName": "Иванов^Иван^X", **UTF8}, {"PatientName": "Doe^Jane^Y"}, unread=True) is OUT
    assert outcome({"PatientName": "X-Иванов^Иван", **UTF8}, {"PatientName": "X-^"}, unread=True) is UNDECIDED
    assert outcome({"PatientID": "Ä1", **UTF8}, {"PatientID": "A1"}, unread=True) is UNDECIDED
    assert outcome({"PatientID": "A1", **UTF8}, {"PatientID": "A1"}, unread=True) is IN


def test_private_keys_and_what_is_no_key_are_free() -> None:
    keys = whole({"PatientID": "1"})
    keys.private_block(0x0009, "SCANPROOF", create=True).add_new(1, "LO", "x")
    oracle, item = Oracle(wire(keys)), known(held_of(wire(whole({"PatientID": "1"}))), whole=True)
    assert oracle.outcome(item) is FREE
    assert [(seen.path, seen.kind, seen.outcome) for seen in oracle.account(item)] == [
        ("(0009,0010)", Kind.PRIVATE, LIKELY),
        ("(0009,1001)", Kind.PRIVATE, FREE),
        ("PatientID", Kind.SINGLE, IN),
    ]
    assert Oracle(wire(whole({"SpecificCharacterSet": "ISO_IR 100", "PatientID": ""}))).universal


def test_an_account_names_key_value_and_kind() -> None:
    oracle = Oracle(wire(whole({DATE: "20260101-20260103", TIME: "1000-1200", "PatientID": "1"})))
    item = {DATE: "20260104", TIME: "0900", "PatientID": "1"}
    seen, patient = sorted(oracle.account(answered(wire(whole(item)))), key=lambda each: each.kind, reverse=False)
    assert seen == KeySeen(
        f"{STEP}[1] > {DATE}", "20260101-20260103 at 1000-1200", "20260104 at 0900", Kind.PERIOD, OUT
    )
    assert (patient.path, patient.outcome) == ("PatientID", IN)


def test_what_an_answer_left_out_decides_nothing() -> None:
    oracle = Oracle(wire(whole({"PatientID": "1", "Modality": "CT"})))
    assert oracle.outcome(answered(wire(whole({"Modality": "CT"})))) is UNDECIDED
    assert oracle.outcome(answered(wire(whole({"PatientID": "2"})))) is OUT


def test_of_several_steps_the_one_that_matches_counts() -> None:
    oracle = Oracle(wire(whole({"Modality": "CT", STATION: "A"})))
    steps = [level({"Modality": "CT", STATION: "B"}), level({"Modality": "CT", STATION: "A"})]
    assert oracle.outcome(answered(wire(level({STEP: steps})))) is IN
    crossed = [level({"Modality": "CT", STATION: "B"}), level({"Modality": "MR", STATION: "A"})]
    assert oracle.outcome(answered(wire(level({STEP: crossed})))) is OUT


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("20260102103000", "20260102103000.000", LIKELY),
        ("20260102103000+0100", "20260102093000+0000", LIKELY),
        ("20260102103000-0500", "20260102153000+0000", LIKELY),
        ("20260102-20260104", "20260103120000", IN),
        ("20260102-", "20260101235959", OUT),
        ("-2025", "20260101", OUT),
        ("20260102103000+0100-20260102113000+0100", "20260102110000+0100", IN),
        ("20260102103000+0100", "20260102103000", UNDECIDED),  # whose time zone?
        ("2026", "202606", UNDECIDED),
        ("12", "2026", UNDECIDED),
    ],
)
def test_moments(key: str, value: str, expected: Outcome) -> None:
    assert judge_of(key, "DT", zoned=False)(value)[0] is expected


@pytest.mark.parametrize("text", ["2026-01-02", "20261301", "20260230", "2026010225", "", "2026010203040506"])
def test_no_moment(text: str) -> None:
    assert moment_of(text) is None


def test_wild_cards_cost_no_more_than_key_and_value_multiplied() -> None:
    assert not wild_cards.fits("*a" * 60 + "b", "a" * 400)
    assert [wild_cards.fits(*pair) for pair in (("*?*b*", "ab"), ("?*b", "b"), ("**", ""))] == [True, False, True]


# --- against the reference target: an implementation of its own -------------------------------------------------------

DATES = [
    "20260101",
    "20260102",
    "20260103",
    "20260104",
    "20260101-20260103",
    "20260102-",
    "-20260102",
    "20260102-20260102",
]
TIMES = ["0900", "090000", "093000", "10", "0900-1000", "093000-100000", "0930-", "-1000", "103000.5", "2200-2359"]
TEXTS = ["A", "a", "AB", "ABC", "A B", "Ä", "B", ""]
NAMES = [
    "Doe^Jane",
    "DOE^JANE",
    "Doe^John",
    "D*",
    "D?e^Jane",
    "*",
    "Smith^Bob",
    "",
    "Yamada^Tarou=山田^太郎",
    "山田^太郎",
]


def random_level(rng: random.Random, *, keys: bool) -> dict[str, object]:
    """Values of which some match: keys with ranges, lists and wild cards, or an item without."""
    wild = ("*", "?") if keys else ()
    names = NAMES if keys else [name for name in NAMES if not wild_cards.has_any(name)]
    pools: dict[str, list[object]] = {
        "PatientID": [*TEXTS],
        "AccessionNumber": [*TEXTS, "A*", "?B"] if keys else [*TEXTS],
        "PatientName": [*names],
        PERFORMER: [*names],
        "StudyInstanceUID": ["1.2", "1.3", ["1.2", "1.4"], ""] if keys else ["1.2", "1.3"],
        "Modality": ["CT", "MR", ""],
        STATION: ["S1", "S2", ""] if keys else ["S1", "S2", ["S1", "S3"]],
        DATE: [*DATES, ""] if keys else DATES[:4],
        TIME: [*TIMES, ""] if keys else ["09", "0900", "093000", "0930", "100000", "1000", "103000.5", "235959"],
        "RequestedProcedureCodeSequence": [
            [level({"CodeValue": rng.choice(["X", "Y", *wild, ""])}) for _ in range(rng.randint(0, 1 if keys else 2))]
        ],
    }
    names_ = [name for name in pools if not keys or rng.random() < 0.35]
    values = {name: rng.choice(pools[name]) for name in names_}
    return {**UTF8, **values}


def random_levels(seed: int, count: int, *, keys: bool) -> Iterator[bytes]:
    rng = random.Random(seed)
    return (encode(whole(random_level(rng, keys=keys)), EXPLICIT_LITTLE) for _ in range(count))


def test_the_reference_target_never_contradicts_the_oracle() -> None:
    """What has to match does, what may not does not; of the rest both are seen."""
    told: dict[Outcome, set[bool]] = {each: set() for each in Outcome}
    encoded = [*random_levels(1, 80, keys=False)]
    items = [known(held_of(read(each, EXPLICIT_LITTLE)), whole=True) for each in encoded]
    theirs = [decode(each, EXPLICIT_LITTLE) for each in encoded]
    for keys in random_levels(2, 120, keys=True):
        oracle = Oracle(read(keys, EXPLICIT_LITTLE))
        matcher = Matcher(decode(keys, EXPLICIT_LITTLE), unknown_matches=False)
        for item, their in zip(items, theirs, strict=True):
            said, matched = oracle.outcome(item), matcher.matches(their)
            told[said].add(matched)
            assert matched if said >= LIKELY else not matched or said > UNLIKELY, (oracle.account(item), their)
    assert (told[IN], told[LIKELY], told[OUT]) == ({True}, {True}, {False})
    assert told[FREE] == told[UNDECIDED] == {True, False}


def test_person_names_are_read_as_they_came() -> None:
    keys = whole({"PatientName": PersonName("山田^太郎"), **UTF8})
    assert outcome({"PatientName": "山田^太郎", **UTF8}, {"PatientName": "X=山田^太郎", **UTF8}) is FREE
    assert not Oracle(wire(keys)).universal
