"""Conditions of the modules of patient, study, series, equipment and SOP Common, which most IODs share."""

from __future__ import annotations

from scanproof.iod.tables.logic import ALWAYS, UNKNOWN, Condition, filled, present, required_if, value_is

_CT, _MR = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4"
#: DX, mammography, intra-oral: the DX Positioning Module has both, of Type 3.
_PROJECTED = tuple(
    f"1.2.840.10008.5.1.4.1.1.{kind}" for first in ("1.1", "1.2", "1.3") for kind in (first, f"{first}.1")
)
_POSITIONED = (_CT, _MR, f"{_CT}.1", f"{_MR}.1", f"{_MR}.2", f"{_MR}.3")

#: Body parts that nobody has just one of (terms of PS3.16 Annex L); a doubtful one is left out.
_PAIRED = (
    *("ANKLE", "CALCANEUS", "CLAVICLE", "EAR", "ELBOW", "EYE", "FEMUR", "FOOT", "FOREARM", "HAND", "HUMERUS", "KNEE"),
    *("LEG", "PATELLA", "RADIUS", "SCAPULA", "SHOULDER", "THIGH", "TIBIA", "ULNA", "UPPER ARM", "WRIST"),
)
# In a multi-frame image the functional group Frame Anatomy has the laterality of each frame.
_lateral_elsewhere = (
    present("ImageLaterality") | present("MeasurementLaterality") | present("SharedFunctionalGroupsSequence")
)

_integers = present("PixelData") | present("PixelDataProviderURL")
_floats = present("FloatPixelData") | present("DoubleFloatPixelData")

#: Attributes that nobody fills for a human being; without one of them it is not known what the patient is.
_animal = UNKNOWN
for _name in (
    *("PatientBreedDescription", "PatientBreedCodeSequence", "BreedRegistrationSequence", "StrainDescription"),
    *("StrainNomenclature", "StrainAdditionalInformation", "StrainStockSequence", "GeneticModificationsSequence"),
):
    _animal = _animal | filled(_name)
_of_animals = required_if(_animal, ALWAYS)

PATIENT: dict[tuple[str, str], Condition] = {
    # Of the two names of a species, and the two of a breed, the first alone is asked for.
    ("patient", "PatientSpeciesDescription"): required_if(_animal & ~present("PatientSpeciesCodeSequence"), ALWAYS),
    ("patient", "PatientBreedDescription"): required_if(_animal & ~filled("PatientBreedCodeSequence"), ALWAYS),
    **dict.fromkeys(
        (
            *(("patient", "PatientBreedCodeSequence"), ("patient", "BreedRegistrationSequence")),
            *(("patient", "ResponsiblePerson"), ("patient", "ResponsibleOrganization")),
            ("patient-study", "PatientSexNeutered"),
        ),
        _of_animals,
    ),
    ("patient", "DeidentificationMethod"): required_if(
        value_is("PatientIdentityRemoved", "YES") & ~present("DeidentificationMethodCodeSequence"), ALWAYS
    ),
    ("patient", "PatientAlternativeCalendar"): required_if(
        present("PatientBirthDateInAlternativeCalendar") | present("PatientDeathDateInAlternativeCalendar")
    ),
    ("patient", "ResponsiblePersonRole"): required_if(filled("ResponsiblePerson")),
    ("clinical-trial-subject", "ClinicalTrialSubjectID"): required_if(
        ~present("ClinicalTrialSubjectReadingID"), ALWAYS
    ),
    ("clinical-trial-subject", "ClinicalTrialProtocolEthicsCommitteeName"): required_if(
        present("ClinicalTrialProtocolEthicsCommitteeApprovalNumber")
    ),
    ("clinical-trial-study", "LongitudinalTemporalEventType"): required_if(
        present("LongitudinalTemporalOffsetFromEvent")
    ),
    ("clinical-trial-study", "ConsentForClinicalTrialUseSequence>DistributionType"): required_if(
        value_is("ConsentForDistributionFlag", "YES", "WITHDRAWN"), ALWAYS
    ),
    ("general-series", "Laterality"): required_if(value_is("BodyPartExamined", *_PAIRED) & ~_lateral_elsewhere, ALWAYS),
    # Of other SOP Classes the text forbids it beside the codes alone (cases.md IOD-02).
    ("general-series", "PatientPosition"): required_if(
        value_is("SOPClassUID", *_POSITIONED) & ~present("PatientOrientationCodeSequence"),
        ~present("PatientOrientationCodeSequence") | value_is("SOPClassUID", *_PROJECTED),
    ),
    # Rows tell of an image whose pixels are absent, which is said already, or were not given.
    ("general-equipment", "PixelPaddingValue"): required_if(
        present("PixelPaddingRangeLimit") & _integers, _integers | (present("Rows") & ~_floats)
    ),
    ("sop-common", "PrivateDataElementCharacteristicsSequence>NonidentifyingPrivateElements"): required_if(
        value_is("BlockIdentifyingInformationStatus", "MIXED"), ALWAYS
    ),
    (
        "sop-common",
        "PrivateDataElementCharacteristicsSequence>PrivateDataElementDefinitionSequence>"
        "PrivateDataElementNumberOfItems",
    ): required_if(value_is("PrivateDataElementValueRepresentation", "SQ"), ALWAYS),
    ("device", "DeviceSequence>DeviceDiameterUnits"): required_if(present("DeviceDiameter"), ALWAYS),
}
