"""Edits of a data set by path, and what a reference stands for; on random data sets too."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from scansim.exam import edits
from scansim.exam.battery import BatteryOrder
from scansim.exam.order_book import NoOrder, OrderBook
from scansim.exam.scenario import Scenario
from scansim.identity.ids import Identity
from scansim.site import ListenerAddress, single_target
from scansim.steps.query_worklist import QueryWorklist
from scansim.wire.charsets import CharacterSetError
from scansim.wire.dataset import EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE
from scansim.wire.encoding import decode, encode

SPS = "ScheduledProcedureStepSequence"
CODES = "ScheduledProtocolCodeSequence"
SYNTAXES = (EXPLICIT_LITTLE, IMPLICIT_LITTLE, EXPLICIT_BIG)


def item(**values: Any) -> Dataset:
    ds = Dataset()
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    return ds


def held() -> Dataset:
    steps = [
        item(Modality="CT", ScheduledProtocolCodeSequence=[item(CodeValue="A"), item(CodeValue="B")]),
        item(Modality="MR", ScheduledProtocolCodeSequence=[item(CodeValue="C")]),
        item(),
    ]
    return item(PatientID="1", PatientName="Synthetic-A^B", Allergies=["X", "Y"], PregnancyStatus=4, **{SPS: steps})


def shown(ds: Dataset) -> dict[str, Any]:
    """Keyword to value, items as mappings."""
    return {
        element.keyword or str(element.tag): [shown(each) for each in element.value]
        if element.VR == "SQ"
        else [*map(str, element.value)]
        if isinstance(element.value, MultiValue)
        else element.value
        for element in ds
    }


# --- paths ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("PatientID", [(0x00100020, "LO", 0)]),
        (f"{SPS}[2].Modality", [(0x00400100, "SQ", 2), (0x00080060, "CS", 0)]),
        ("(0010,0020)", [(0x00100020, "LO", 0)]),
        ("(0010,0020) SH", [(0x00100020, "SH", 0)]),
        ("(0009,0010)", [(0x00090010, "LO", 0)]),  # a private creator
        ("(0009,1001) UI", [(0x00091001, "UI", 0)]),
        ("(0009,1001) SQ[3].(0009,10ff) OB", [(0x00091001, "SQ", 3), (0x000910FF, "OB", 0)]),
        ("PixelData", [(0x7FE00010, "OB", 0)]),
        ("SmallestImagePixelValue", [(0x00280106, "US", 0)]),
    ],
)
def test_a_path(path: str, parts: list[tuple[int, str, int]]) -> None:
    assert [(part.tag, part.vr, part.item) for part in edits.parts(path)] == parts


@pytest.mark.parametrize(
    "path",
    [
        *("", ".", "PatientID.", ".PatientID", "PatientID PatientName", f"{SPS}[0].Modality", f"{SPS}[-1]", f"{SPS}[]"),
        *(f"{SPS}[1", "PatientID[1]", "PatientID.PatientName", "patientid", "(0010,20)", "(0009,1001)"),
        *(
            "(0009,1001) ZZ",
            "(0009,1001) OB_OW",
            "$plain.PatientID",
            "0010,0020",
            "(0010,0020",
            f"{SPS}..Modality",
            "山田",
        ),
    ],
)
def test_what_is_no_path(path: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        edits.parts(path)


# --- put, take away, append -------------------------------------------------------------------------------------------


def test_putting_makes_what_is_on_the_way() -> None:
    ds = Dataset()
    edits.put(ds, f"{SPS}.{CODES}[2].CodeValue", "A")
    assert shown(ds) == {SPS: [{CODES: [{}, {"CodeValue": "A"}]}]}
    edits.put(ds, f"{SPS}[3].Modality", "CT")
    assert shown(ds) == {SPS: [{CODES: [{}, {"CodeValue": "A"}]}, {}, {"Modality": "CT"}]}


def test_without_a_number_every_item_is_meant() -> None:
    ds = held()
    edits.put(ds, f"{SPS}.Modality", "US")
    assert [step["Modality"] for step in shown(ds)[SPS]] == ["US", "US", "US"]
    edits.put(ds, f"{SPS}[2].Modality", None)
    assert [step["Modality"] for step in shown(ds)[SPS]] == ["US", None, "US"]
    assert edits.take_away(ds, f"{SPS}.{CODES}.CodeValue")
    assert [step.get(CODES) for step in shown(ds)[SPS]] == [[{}, {}], [{}], None]


def test_putting_items() -> None:
    ds = held()
    edits.put(ds, f"{SPS}[2]", {"Modality": "US", f"{CODES}.CodeValue": "D"})
    assert [step.get("Modality") for step in shown(ds)[SPS]] == ["CT", "US", None]
    assert shown(ds)[SPS][1][CODES] == [{"CodeValue": "D"}]
    edits.put(ds, f"{SPS}[5]", {})
    assert len(shown(ds)[SPS]) == 5
    edits.put(ds, SPS, [{"Modality": "CT"}, {}])
    assert shown(ds)[SPS] == [{"Modality": "CT"}, {}]
    edits.put(ds, SPS, {"Modality": "MR"})
    assert shown(ds)[SPS] == [{"Modality": "MR"}]
    edits.put(ds, SPS, None)
    assert shown(ds)[SPS] == []
    edits.put(ds, SPS, [])
    assert shown(ds)[SPS] == []


def test_taking_away() -> None:
    ds = held()
    assert edits.take_away(ds, "PatientID")
    assert not edits.take_away(ds, "PatientID")
    assert edits.take_away(ds, f"{SPS}[1].{CODES}[2]")
    assert shown(ds)[SPS][0][CODES] == [{"CodeValue": "A"}]
    assert edits.take_away(ds, f"{SPS}[2]")
    assert [step.get("Modality") for step in shown(ds)[SPS]] == ["CT", None]
    for path in (f"{SPS}[7]", f"{SPS}[7].Modality", "RequestedProcedureCodeSequence.CodeValue", "(0009,1001) LO"):
        before = shown(ds)
        assert not edits.take_away(ds, path)
        assert shown(ds) == before
    assert edits.take_away(ds, SPS)
    assert SPS not in ds


def test_appending() -> None:
    ds = held()
    edits.append(ds, SPS, {"Modality": "US"})
    edits.append(ds, f"{SPS}[2].{CODES}", [{"CodeValue": "D"}, {}])
    assert [step.get("Modality") for step in shown(ds)[SPS]] == ["CT", "MR", None, "US"]
    assert shown(ds)[SPS][1][CODES] == [{"CodeValue": "C"}, {"CodeValue": "D"}, {}]
    edits.append(ds, "Allergies", "Z")
    edits.append(ds, "PatientID", ["2", "3"])
    edits.append(ds, "MedicalAlerts", "M")
    edits.append(ds, "PregnancyStatus", 3)
    assert (shown(ds)["Allergies"], shown(ds)["PatientID"]) == (["X", "Y", "Z"], ["1", "2", "3"])
    assert (ds.MedicalAlerts, list(ds.PregnancyStatus)) == ("M", [4, 3])
    edits.append(ds, "RequestedProcedureCodeSequence", {})
    assert shown(ds)["RequestedProcedureCodeSequence"] == [{}]


def test_an_item_that_is_put_is_no_part_of_where_it_came_from() -> None:
    source, ds = held(), Dataset()
    edits.put(ds, SPS, list(source[SPS].value))
    edits.put(ds, f"{SPS}.Modality", "US")
    assert [step.get("Modality") for step in shown(source)[SPS]] == ["CT", "MR", None]


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize(
    ("path", "value", "reads"),
    [
        ("PatientWeight", 70.5, "70.5"),
        ("PatientWeight", "70.50", "70.50"),
        ("PatientID", 7, "7"),
        ("PatientBirthDate", 20260304, "20260304"),
        ("PregnancyStatus", 3, "3"),
        ("PregnancyStatus", [1, 2], "1\\2"),
        ("PregnancyStatus", None, ""),
        ("Allergies", ["A", None, "B"], "A\\\\B"),
        ("Allergies", "", ""),
        ("(0009,1001) LO", "private", "private"),
        ("(0009,1002) FD", 1.5, "1.5"),
        ("(0009,1003) UI", "1.2.3", "1.2.3"),
        ("(0010,0020) SH", "short", "short"),
    ],
)
def test_what_is_put_is_what_is_sent(syntax: str, path: str, value: Any, reads: str) -> None:
    ds = Dataset()
    edits.put(ds, path, value)
    (element,) = decode(encode(ds, syntax), syntax)
    if element.VR == "UN":
        assert element.value.rstrip(b" \0") == reads.encode() or path.endswith("FD")
        return
    values = element.value if element.VM > 1 else [element.value]
    assert "\\".join("" if each is None else str(each) for each in values) == reads


@pytest.mark.parametrize("vr", ["OB", "OW", "UN"])
def test_bytes_are_given_as_text(vr: str) -> None:
    ds = Dataset()
    edits.put(ds, f"(0009,1001) {vr}", ["ab", 12])
    assert encode(ds, EXPLICIT_LITTLE).endswith(b"ab12")


@pytest.mark.parametrize(
    ("terms", "text", "encoded"),
    [
        (["ISO_IR 100"], "Zoë", b"Zo\xeb"),
        (["ISO_IR 192"], "山田", "山田".encode()),
        (["", "ISO 2022 IR 87"], "Yamada=山田", b"\x1b$B;3ED\x1b(B"),
        (["GB18030"], "山", b"\xc9\xbd"),
    ],
)
def test_text_is_in_the_set_of_the_data_set(terms: list[str], text: str, encoded: bytes) -> None:
    ds = Dataset()
    ds.SpecificCharacterSet = terms
    edits.put(ds, f"{SPS}.ScheduledProcedureStepDescription", text)
    edits.put(ds, "PatientName", text)
    assert encode(ds, EXPLICIT_LITTLE).count(encoded) == 2
    edits.put(ds, "SpecificCharacterSet", "ISO_IR 144")
    with pytest.raises(CharacterSetError, match="PatientName"):
        encode(ds, EXPLICIT_LITTLE)


# --- on random data sets ----------------------------------------------------------------------------------------------

TEXTS = ("PatientID", "Modality", "CodeValue", "(0009,1001) LO", "AccessionNumber")
SEQUENCES = (SPS, CODES, "RequestedProcedureCodeSequence", "(0009,1002) SQ")


def any_path(random: random.Random, *, numbers: bool = True) -> str:
    way = [random.choice(SEQUENCES) for _ in range(random.randrange(4))]
    numbered = [f"{name}[{random.randrange(1, 4)}]" if numbers and random.random() < 0.5 else name for name in way]
    return ".".join([*numbered, random.choice(TEXTS)])


@pytest.mark.parametrize("seed", range(40))
def test_what_was_put_is_there_and_what_was_taken_away_is_not(seed: int) -> None:
    rng = random.Random(seed)
    ds = Dataset()
    for _ in range(12):
        path = any_path(rng)
        edits.put(ds, path, str(rng.random()))
        for syntax in SYNTAXES[:2]:
            assert encode(decode(encode(ds, syntax), syntax), syntax) == encode(ds, syntax)
        element = edits.element_at(ds, path)
        assert element is not None
        assert not element.is_empty
        before = shown(ds)
        edits.put(ds, path, element.value)
        once = shown(ds)
        edits.put(ds, path, element.value)
        assert shown(ds) == once  # a second time it changes nothing
        if "[" in path or "." not in path:
            assert once == before
        edits.put(ds, path, None)
        assert (edits.element_at(ds, path) or element).is_empty
        assert edits.take_away(ds, path)
        assert edits.element_at(ds, path) is None
        assert not edits.take_away(ds, path)


@pytest.mark.parametrize("seed", range(20))
def test_appending_lengthens_by_one(seed: int) -> None:
    rng = random.Random(seed)
    ds = held()
    for _ in range(8):
        path = ".".join(rng.choice(SEQUENCES) + f"[{rng.randrange(1, 4)}]" for _ in range(rng.randrange(1, 3)))
        path = path.rpartition("[")[0]
        before = edits.element_at(ds, path)
        count = len(before.value) if before is not None else 0
        edits.append(ds, path, {"Modality": "CT"})
        after = edits.element_at(ds, path)
        assert after is not None
        assert len(after.value) == count + 1
        assert after.value[-1].Modality == "CT"


# --- references -------------------------------------------------------------------------------------------------------

DAY = date(2026, 3, 4)


def book(*orders: BatteryOrder, placed: bool = True, items: list[Dataset] | None = None, **more: Any) -> OrderBook:
    procedure = {"code": "C", "meaning": "M", "protocol_code": "P", "protocol_meaning": "PM"}
    battery = Scenario.model_construct(
        id="mine", modality="CT", procedure=Scenario.model_fields["procedure"].annotation(**procedure),
        orders=orders, patient=None, **more,
    )  # fmt: skip
    listener = ListenerAddress(ae="SCANPROOF", port=0)
    site = single_target("TARGET", "127.0.0.1", 1, listener=listener, calling_ae="SCANPROOF")
    place = (lambda _made: None) if placed else None
    return OrderBook(battery, site, DAY, Identity(1, DAY, "mine", "run-1"), place, items=items)


@pytest.fixture
def made(tmp_path: Path) -> OrderBook:
    orders = (
        BatteryOrder(id="plain"),
        BatteryOrder(id="kanji", patient="kanji-5c"),
        BatteryOrder(id="again", patient="kanji-5c", station="OTHER", day=2, time="103000", modality="MR"),
        BatteryOrder(
            id="many", count=3, set={"PatientID": "A#-$run", "Allergies": ["#", "N"], f"{SPS}[1]": {"Modality": "M#"}}
        ),
        BatteryOrder(id="less", remove=("PatientID",), empty=("AccessionNumber", CODES), set={"Allergies": ["X", "Y"]}),
    )
    found = book(*orders)
    found.make(tmp_path / "mine")
    return found


def test_an_order_is_as_its_battery_says(made: OrderBook) -> None:
    assert [*made.orders] == ["plain", "kanji", "again", "many[1]", "many[2]", "many[3]", "less"]
    kanji, again, less = (made.orders[name] for name in ("kanji", "again", "less"))
    assert kanji.PatientID == again.PatientID
    assert kanji.StudyInstanceUID != again.StudyInstanceUID
    step = again[SPS][0]
    assert (step.ScheduledStationAETitle, step.Modality) == ("OTHER", "MR")
    assert (step.ScheduledProcedureStepStartDate, step.ScheduledProcedureStepStartTime) == ("20260306", "103000")
    assert "PatientID" not in less
    assert less.get_item("AccessionNumber").is_empty
    second = made.orders["many[2]"]
    assert second.PatientID == f"A2-{made.lookup('$run')}"
    assert [*second.Allergies] == ["2", "N"]
    assert shown(second)[SPS] == [{"Modality": "M2"}]
    assert len({order.StudyInstanceUID for order in made.orders.values()}) == 7


@pytest.mark.parametrize(
    ("value", "is_made"),
    [
        ("$today", "20260304"),
        ("$today+1", "20260305"),
        ("$today-4", "20260228"),
        ("$today-$today+1", "20260304-20260305"),
        ("$today-1-$today-1", "20260303-20260303"),
        ("$station", "SCANPROOF"),
        ("A$run", "A{run}"),
        ("$plain.PatientID", "{plain.PatientID}"),
        ("x$plain.PatientID*", "x{plain.PatientID}*"),
        ("$plain.PatientID$plain.PatientID", "{plain.PatientID}{plain.PatientID}"),
        ("$many[3].PatientID", "{many[3].PatientID}"),
        (f"${{}}{SPS}", f"${{}}{SPS}"),
        ("$5", "$5"),
        (["$today", {"PatientID": "$station"}, 7, None], ["20260304", {"PatientID": "SCANPROOF"}, 7, None]),
        ("$less.Allergies", ["X", "Y"]),
        (f"$plain.{SPS}.{CODES}.CodeValue", "P"),
        (f"$plain.{SPS}[1].Modality", "CT"),
    ],
)
def test_a_reference_is_replaced(made: OrderBook, value: Any, is_made: Any) -> None:
    if isinstance(is_made, str):
        for name in ("plain", "many[3]"):
            is_made = is_made.replace(f"{{{name}.PatientID}}", str(made.orders[name].PatientID))
        is_made = is_made.replace("{run}", made.lookup("$run"))
    assert edits.resolve(value, made.lookup) == is_made


def test_a_reference_to_a_sequence_is_its_items(made: OrderBook) -> None:
    ds = Dataset()
    edits.put(ds, "RequestedProcedureCodeSequence", made.lookup("$plain.RequestedProcedureCodeSequence"))
    assert ds.RequestedProcedureCodeSequence[0] == made.orders["plain"].RequestedProcedureCodeSequence[0]


def test_what_an_order_does_not_have_cannot_be_referred_to(made: OrderBook) -> None:
    for reference in ("$less.PatientID", "$less.AccessionNumber", f"$plain.{SPS}[2].Modality"):
        with pytest.raises(NoOrder, match=r"the order .* has no "):
            made.lookup(reference)


def asks(*values: str) -> list[QueryWorklist]:
    return [QueryWorklist(keys={"PatientID": value}) for value in values]


def test_where_orders_are_not_placed_an_item_stands_for_a_plain_one(tmp_path: Path) -> None:
    orders = (BatteryOrder(id="plain"), BatteryOrder(id="other"), BatteryOrder(id="kanji", patient="kanji-5c"))
    items = [item(PatientID="A"), item(PatientID="B", AccessionNumber="2"), item(PatientID="C", AccessionNumber="3")]
    there = book(*orders, placed=False, items=items)
    there.make(tmp_path / "a")
    steps = asks("$plain.PatientID", "$plain.AccessionNumber", "$other.PatientID", "$kanji.PatientID", "$today")
    found = there.stand_ins(steps)
    assert found == {"plain": items[1], "other": items[0]}  # the first that has it all, and another one
    assert there.lookup("$plain.AccessionNumber", found) == "2"
    assert there.lookup("$other.PatientID", found) == "A"
    assert there.lookup("$today", found) == "20260304"
    assert there.order("plain") is None
    for reference, stand_ins in (("$plain.PatientID", {}), ("$kanji.PatientID", found), ("$plain.PatientID", None)):
        with pytest.raises(NoOrder, match=r"^it needs the order .*, and nothing that the worklist holds stands for it"):
            there.lookup(reference, stand_ins)


@pytest.mark.parametrize(
    ("items", "values", "told"),
    [
        (None, ("$plain.PatientID",), "it needs the order plain, and nobody asked what the worklist holds"),
        ([], ("$plain.PatientID",), "it needs the order plain, and the worklist holds none"),
        ([{}], ("$plain.PatientID",), "it needs the order plain with PatientID, and the worklist holds none"),
        ([{"PatientID": ""}], ("x$plain.PatientID*",), "it needs the order plain with PatientID, and the worklist"),
        (
            [{"PatientID": "A"}],
            ("$plain.PatientID", "$other.PatientID"),
            "it needs the order other with PatientID",
        ),
        ([{"PatientID": "A"}], ("$plain.PatientID", "$plain.PatientID"), ""),
        (None, ("$today",), ""),
        ([], ("A",), ""),
    ],
)
def test_what_nothing_stands_for(items: list[dict[str, str]] | None, values: tuple[str, ...], told: str) -> None:
    held = None if items is None else [item(**each) for each in items]
    there = book(BatteryOrder(id="plain"), BatteryOrder(id="other"), placed=False, items=held)
    assert there.lacking(asks(*values)).startswith(told)
    assert bool(there.lacking(asks(*values))) == bool(told)
    ours = book(BatteryOrder(id="plain"), BatteryOrder(id="other"))
    assert ours.lacking(asks(*values)) == ""


def test_whom_the_user_prescribes_orders_are_for(tmp_path: Path) -> None:
    orders = (BatteryOrder(id="plain"), BatteryOrder(id="kanji", patient="kanji-5c"))
    found = book(*orders)
    found.battery = found.battery.model_copy(update={"patient": "single-name"})
    found.make(tmp_path / "a")
    again = book(*orders)
    again.make(tmp_path / "b")
    assert "^" not in str(found.orders["plain"].PatientName)
    assert found.orders["plain"].PatientID != again.orders["plain"].PatientID
    assert found.orders["kanji"].PatientID == again.orders["kanji"].PatientID


def test_the_words_of_days_are_days() -> None:
    found = book()
    for days in (-365, -1, 1, 40):
        assert found.lookup(f"$today{days:+d}") == f"{DAY + timedelta(days=days):%Y%m%d}"
