"""SR documents beside the rows of their templates (PS3.16); the rows of the tables drive the tests."""

from __future__ import annotations

import pytest

from scanproof.iod.judgement.templates import template_findings
from scanproof.iod.tables.templates.codes import code_in
from scanproof.iod.tables.templates.slots import root_slot, templates
from tests.support.iod_data import dataset
from tests.support.sr_data import changed, coded, content, document, group, places, repeated, without

CT_DOSE, X_RAY_DOSE, MEASUREMENTS, KEY_OBJECTS = "10011", "10001", "1500", "2010"
KO = "key-object-selection-document"


def judged(attributes, iod="comprehensive-sr"):
    return list(template_findings(iod, dataset(attributes)))


def told(attributes, iod="comprehensive-sr"):
    return [(finding.rule, finding.tag) for finding in judged(attributes, iod)]


def path_of(place):
    return " > ".join(f"ContentSequence[{number + 1}]" for number in place)


def around(place):
    return " > ".join(filter(None, (path_of(place[:-1]), "ContentSequence")))


def rows(tid):
    """(document, place, slot) of each item that is demanded in a document of a template."""
    made = document(tid)
    return [(made, place, slot) for place, slot in places(root_slot(tid))]


CASES = [
    pytest.param(CT_DOSE, marks=pytest.mark.long),
    pytest.param(X_RAY_DOSE, marks=[pytest.mark.long, pytest.mark.whole]),
    MEASUREMENTS,
    KEY_OBJECTS,
]


@pytest.mark.parametrize("tid", CASES)
def test_a_document_with_every_row_that_may_be_demanded_is_clean(tid):
    assert told(document(tid)) == []


@pytest.mark.parametrize("tid", CASES)
def test_each_mandatory_row_is_missed(tid):
    for made, place, slot in rows(tid):
        if all(need == "M" for need, _ in slot.asks):
            found = [each for each in judged(without(made, place)) if each.rule == "sr-template-missing"]
            assert [each.tag for each in found if f"({slot.name}" in each.message] == [around(place)], slot.name


@pytest.mark.parametrize("tid", CASES)
def test_each_row_has_its_multiplicity(tid):
    for made, place, slot in rows(tid):
        surplus = judged(repeated(made, place, slot.most + 3))
        found = {each.tag.rpartition("[")[0] for each in surplus if each.rule == "sr-template-count"}
        assert found == ({around(place)} if slot.most else set()), slot.name


@pytest.mark.parametrize("tid", CASES)
def test_each_named_row_has_its_value_type_and_relationship(tid):
    for made, place, slot in rows(tid):
        if not slot.row.concept or slot.row.value_type == "CONTAINER" or slot.row.concept == "DCM:113780":
            continue  # without a name nothing tells that it is meant; a reference point is a text or a code
        found = told(changed(made, place, ValueType="PNAME" if slot.row.value_type != "PNAME" else "DATE"))
        assert ("sr-template-type", f"{path_of(place)} > ValueType") in found, slot.name
        if slot.relation:
            found = told(changed(made, place, RelationshipType="SELECTED FROM"))
            assert ("sr-template-relationship", f"{path_of(place)} > RelationshipType") in found, slot.name


@pytest.mark.parametrize("tid", CASES)
def test_each_number_has_the_unit_of_its_row_and_each_listed_code_a_value_of_it(tid):
    for made, place, slot in rows(tid):
        if slot.row.unit:
            measured = [{"NumericValue": "1", "MeasurementUnitsCodeSequence": [coded("UCUM:kg")]}]
            found = told(changed(made, place, MeasuredValueSequence=measured))
            unit = f"{path_of(place)} > MeasuredValueSequence[1] > MeasurementUnitsCodeSequence"
            assert ("sr-template-unit", unit) in found, slot.name
        if slot.row.values:
            found = told(changed(made, place, ConceptCodeSequence=[coded("99X:5")]))
            assert ("sr-template-value", f"{path_of(place)} > ConceptCodeSequence") in found, slot.name


def test_every_row_can_be_read_and_every_included_template_is_written():
    roots = [tid for tid in templates() if root_slot(tid) is not None]
    assert {CT_DOSE, X_RAY_DOSE, MEASUREMENTS, KEY_OBJECTS, "10013", "10003", "1410", "1411"} <= set(roots)


# --- codes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("116152004", "SCT"), ("P5-08001", "SRT")),
        (("370129005", "SCT"), ("G-C036", "SNM3")),
        (("24028007", "SCT"), ("G-A100", "99SDM")),
    ],
)
def test_old_snomed_codes_are_those_of_today(first, second):
    items = [
        {"CodeValue": value, "CodingSchemeDesignator": scheme, "CodeMeaning": "x"} for value, scheme in (first, second)
    ]
    codes = {code_in(dataset({"ConceptCodeSequence": [item]}), "ConceptCodeSequence") for item in items}
    assert len(codes) == 1


def test_meanings_versions_and_long_code_values_make_no_difference():
    item = {"LongCodeValue": "113701", "CodingSchemeDesignator": "DCM", "CodingSchemeVersion": "9", "CodeMeaning": "y"}
    assert code_in(dataset({"ConceptCodeSequence": [item]}), "ConceptCodeSequence") == "DCM:113701"


# --- where there is room ----------------------------------------------------------------------------------------------


def test_a_document_that_names_no_template_or_a_foreign_one_is_not_judged():
    made = without(document(CT_DOSE), (0,))
    assert told(made)
    assert told({name: value for name, value in made.items() if name != "ContentTemplateSequence"}) == []
    assert told(made | {"ContentTemplateSequence": [{"MappingResource": "99X", "TemplateIdentifier": CT_DOSE}]}) == []
    assert told(made | {"ContentTemplateSequence": [{"MappingResource": "DCMR", "TemplateIdentifier": "5200"}]}) == []


@pytest.mark.parametrize("tid", [CT_DOSE, MEASUREMENTS])
def test_an_extensible_template_takes_further_items(tid):
    assert told(document(tid, content("TEXT", "99X:7"), content("NUM", "99X:8"))) == []


@pytest.mark.parametrize("unit", ["UCUM:mGycm", "UCUM:mgy.cm"])
def test_a_unit_in_the_form_of_an_older_edition_is_a_warning(unit):
    made, place = next((made, place) for made, place, slot in rows(CT_DOSE) if slot.row.concept == "DCM:113813")
    measured = [{"NumericValue": "1", "MeasurementUnitsCodeSequence": [coded(unit)]}]
    (found,) = judged(changed(made, place, MeasuredValueSequence=measured))
    assert (found.rule, found.level) == ("sr-template-unit", "warning")


def test_a_number_without_a_value_has_no_unit():
    made, place = next((made, place) for made, place, slot in rows(CT_DOSE) if slot.row.concept == "DCM:113813")
    assert told(changed(made, place, MeasuredValueSequence=[])) == []


def test_any_concept_may_be_modified_further():
    """PS3.16 6.2.4, in a template that is not extensible too."""
    assert told(document(KEY_OBJECTS, content("CODE", "99X:7", "HAS CONCEPT MOD")), KO) == []


# --- key objects ------------------------------------------------------------------------------------------------------


def keys(*items):
    return {"ValueType": "CONTAINER", "ConceptNameCodeSequence": [coded("DCM:113000")], "ContentSequence": list(items)}


@pytest.mark.parametrize("kind", ["IMAGE", "WAVEFORM", "COMPOSITE"])
def test_key_objects_are_judged_without_naming_their_template_and_need_one_reference(kind):
    assert told(keys(content(kind), content("TEXT", "DCM:113012")), KO) == []
    assert told(keys(content("TEXT", "DCM:113012")), KO) == [("sr-template-missing", "ContentSequence")]


def test_key_objects_have_one_description_and_nothing_else():
    text = content("TEXT", "DCM:113012")
    assert told(keys(content("IMAGE"), text, text), KO) == [("sr-template-count", "ContentSequence[3]")]
    assert told(keys(content("IMAGE"), content("TEXT", "99X:1")), KO) == [("sr-template-extra", "ContentSequence[2]")]


def test_key_objects_have_no_purpose_of_reference():
    found = told(keys(content("IMAGE", "DCM:121080")), KO)
    assert found == [("sr-template-value", "ContentSequence[1] > ConceptNameCodeSequence")]


def observer(kind, *more):
    return (content("CODE", "DCM:121005", "HAS OBS CONTEXT", value=kind), *more)


def test_an_observer_is_named_by_its_kind():
    device = content("UIDREF", "DCM:121012", "HAS OBS CONTEXT")
    assert told(keys(content("IMAGE"), *observer("DCM:121007", device)), KO) == []
    assert told(keys(content("IMAGE"), *observer("DCM:121007")), KO) == [("sr-template-missing", "ContentSequence")]
    assert told(keys(content("IMAGE"), *observer("DCM:121006", device)), KO) == [
        ("sr-template-missing", "ContentSequence")
    ]
    found = told(keys(content("IMAGE"), *observer("99X:1")), KO)
    assert found == [("sr-template-value", "ContentSequence[2] > ConceptCodeSequence")]


# --- measurements -----------------------------------------------------------------------------------------------------


def measured(*groups):
    made = document(MEASUREMENTS)
    names = [item.get("ConceptNameCodeSequence", [{}])[0].get("CodeValue") for item in made["ContentSequence"]]
    return changed(made, (names.index("126010"),), ContentSequence=list(groups)), names.index("126010") + 1


@pytest.mark.parametrize("tid", ["1410", "1411"])
def test_a_group_is_judged_by_the_template_that_it_names(tid):
    made, at = measured(group(tid))
    assert told(made) == []
    items = [item for item in group(tid)["ContentSequence"] if item["ValueType"] not in ("SCOORD", "SCOORD3D", "IMAGE")]
    made, at = measured(group(tid) | {"ContentSequence": items})
    expected = f"ContentSequence[{at}] > ContentSequence[1] > ContentSequence"
    assert ("sr-template-missing", expected) in told(made)


def test_a_group_that_names_none_has_its_tracking_and_any_findings():
    plain = {name: value for name, value in group("1410").items() if name != "ContentTemplateSequence"}
    tracked = [item for item in plain["ContentSequence"] if item["ValueType"] in ("TEXT", "UIDREF")]
    finding = content("TEXT", "DCM:121071")  # any text may stand there
    made, at = measured(plain | {"ContentSequence": [*tracked, finding]})
    assert told(made) == []
    made, at = measured(plain | {"ContentSequence": [finding]})
    assert told(made) == [("sr-template-missing", f"ContentSequence[{at}] > ContentSequence[1] > ContentSequence")]


def test_a_container_deep_in_a_private_document_names_its_template():
    made = {
        "ValueType": "CONTAINER",
        "ContentSequence": [content("CONTAINER", "99X:1", "CONTAINS", without(group("1410"), (0,)))],
    }
    assert ("sr-template-missing", "ContentSequence[1] > ContentSequence[1] > ContentSequence") in told(made)


def test_an_item_by_reference_counts_as_what_it_points_to():
    made = keys(content("IMAGE"))
    made["ContentSequence"].append({"RelationshipType": "CONTAINS", "ReferencedContentItemIdentifier": [1, 1]})
    assert told(made, KO) == []
    made["ContentSequence"].append({"RelationshipType": "CONTAINS", "ReferencedContentItemIdentifier": [1, 9]})
    assert told(made, KO) == []


def test_a_region_is_of_an_image_or_in_space():
    plane = content("SCOORD", "DCM:111030", "CONTAINS", content("IMAGE", "", "SELECTED FROM"))
    kept = [item for item in group("1410")["ContentSequence"] if item["ValueType"] not in ("SCOORD", "IMAGE")]
    for region, expected in ((plane, 0), (content("SCOORD3D", "DCM:111030"), 0), (content("SCOORD", "DCM:111030"), 1)):
        made, _ = measured(group("1410") | {"ContentSequence": [*kept, region]})
        assert len(told(made)) == expected


def test_a_row_that_not_every_edition_asks_for_is_a_warning():
    """A document of 2006 knows no Source of Dose Information: it does not name its edition."""
    found = {}
    for made, place, slot in rows(CT_DOSE):
        if slot.name in ("TID 10011 row 12", "TID 10012 row 3"):
            missing = [each for each in judged(without(made, place)) if f"({slot.name}" in each.message]
            found[slot.name] = [each.level.value for each in missing]
    assert found == {"TID 10011 row 12": ["warning"], "TID 10012 row 3": ["error"]}
