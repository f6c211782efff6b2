'use strict';

// A Modality Performed Procedure Step manager that takes what PS3.4 F.7 describes and nothing else: for each N-CREATE
// and N-SET the status, and what the answer says about it (PS3.7 Annex C). It knows data sets as plain objects with
// keywords, keeps them in memory, and knows nothing of messages.
//
// Where the standard obliges an SCP to no answer, this one refuses: an attribute that an N-SET may not touch or that
// was not created (0105H), an item without what it has to hold (0120H), a step that ends without series (0121H).

const SUCCESS = 0x0000;
const NO_SUCH_ATTRIBUTE = 0x0105;
const INVALID_ATTRIBUTE_VALUE = 0x0106;
const PROCESSING_FAILURE = 0x0110;
const DUPLICATE_SOP_INSTANCE = 0x0111;
const NO_SUCH_SOP_INSTANCE = 0x0112;
const INVALID_SOP_INSTANCE = 0x0117;
const MISSING_ATTRIBUTE = 0x0120;
const MISSING_ATTRIBUTE_VALUE = 0x0121;
const ERROR_ID_MPPS_IS_FINAL = 0xa710;

const IN_PROGRESS = 'IN PROGRESS';
const FINAL = ['COMPLETED', 'DISCONTINUED'];

// Table F.7.2-1 by what it asks of an SCU at creation: Type 1 has a value, Type 2 may be empty, and the items of a
// sequence that is not empty have the attributes of `items`.
const REFERENCE = { 1: ['ReferencedSOPClassUID', 'ReferencedSOPInstanceUID'], 2: [] };
const CODE = { 1: ['CodeMeaning'], 2: [] };

const SCHEDULED = {
  1: ['StudyInstanceUID'],
  2: [
    'ReferencedStudySequence',
    'AccessionNumber',
    'RequestedProcedureID',
    'RequestedProcedureDescription',
    'ScheduledProcedureStepID',
    'ScheduledProcedureStepDescription',
    'ScheduledProtocolCodeSequence',
  ],
  items: { ReferencedStudySequence: REFERENCE, ScheduledProtocolCodeSequence: CODE },
};
const SERIES = {
  1: ['ProtocolName', 'SeriesInstanceUID'],
  2: [
    'PerformingPhysicianName',
    'OperatorsName',
    'SeriesDescription',
    'RetrieveAETitle',
    'ReferencedImageSequence',
    'ReferencedNonImageCompositeSOPInstanceSequence',
  ],
  items: { ReferencedImageSequence: REFERENCE, ReferencedNonImageCompositeSOPInstanceSequence: REFERENCE },
};
// What an N-SET may change
const SETTABLE = {
  1: ['PerformedProcedureStepStatus'],
  2: [
    'PerformedProcedureStepDescription',
    'PerformedProcedureTypeDescription',
    'ProcedureCodeSequence',
    'PerformedProcedureStepEndDate',
    'PerformedProcedureStepEndTime',
    'PerformedProtocolCodeSequence',
    'PerformedSeriesSequence',
  ],
  items: { ProcedureCodeSequence: CODE, PerformedProtocolCodeSequence: CODE, PerformedSeriesSequence: SERIES },
};
// What is told once, at creation
const CREATED = {
  1: [
    'ScheduledStepAttributesSequence',
    'PerformedProcedureStepID',
    'PerformedStationAETitle',
    'PerformedProcedureStepStartDate',
    'PerformedProcedureStepStartTime',
    'Modality',
  ],
  2: [
    'PatientName',
    'PatientID',
    'PatientBirthDate',
    'PatientSex',
    'ReferencedPatientSequence',
    'PerformedStationName',
    'PerformedLocation',
    'StudyID',
  ],
  items: { ScheduledStepAttributesSequence: SCHEDULED, ReferencedPatientSequence: REFERENCE },
};
const STEP = {
  1: [...CREATED[1], ...SETTABLE[1]],
  2: [...CREATED[2], ...SETTABLE[2]],
  items: { ...CREATED.items, ...SETTABLE.items },
};
// Type 3 at creation, and told once as well
const ALSO_NOT_SETTABLE = [
  'IssuerOfPatientID',
  'IssuerOfPatientIDQualifiersSequence',
  'AdmissionID',
  'IssuerOfAdmissionIDSequence',
  'ServiceEpisodeID',
  'IssuerOfServiceEpisodeIDSequence',
  'ServiceEpisodeDescription',
];
const NOT_SETTABLE = new Set([...CREATED[1], ...CREATED[2], ...ALSO_NOT_SETTABLE]);
// Has a value by the time that the step ends
const FINAL_TYPE_1 = ['PerformedProcedureStepEndDate', 'PerformedProcedureStepEndTime', 'PerformedSeriesSequence'];

const has = (elements, keyword) => Object.hasOwn(elements, keyword);
const items = (value) => (Array.isArray(value) ? [...value] : value ? [value] : []);
const first = (value) => (Array.isArray(value) ? value[0] : value);
const isEmpty = (value) => {
  const one = first(value);
  return one === undefined || one === null || one === '';
};

const statusOf = (elements) => first(elements.PerformedProcedureStepStatus);

// What a data set lacks of a table, and what is there and has no value: keywords, of items within as well.
function lacking(elements, table, only = () => true) {
  const asked = [...table[1], ...table[2]].filter(only);
  const absent = asked.filter((keyword) => !has(elements, keyword));
  const empty = table[1].filter((keyword) => only(keyword) && has(elements, keyword) && isEmpty(elements[keyword]));
  for (const [keyword, within] of Object.entries(table.items || {})) {
    for (const item of items(only(keyword) ? elements[keyword] : undefined)) {
      const inner = lacking(item, within);
      absent.push(...inner.absent);
      empty.push(...inner.empty);
    }
  }
  return { absent: [...new Set(absent)], empty: [...new Set(empty)] };
}

// An answer: its status, the Error Comment and Error ID, attributes by keyword for the Attribute Identifier List, and a
// data set with values that are at fault.
const refusal = (status, comment, more = {}) => ({ status, comment, ...more });

function problemOfForm({ absent, empty }) {
  if (absent.length > 0) {
    return refusal(MISSING_ATTRIBUTE, `absent: ${absent.join(' ')}`, { attributes: absent });
  }
  return empty.length > 0 ? refusal(MISSING_ATTRIBUTE_VALUE, `empty: ${empty.join(' ')}`) : undefined;
}

const badStatus = (status, comment) =>
  refusal(INVALID_ATTRIBUTE_VALUE, comment, { elements: { PerformedProcedureStepStatus: status } });

class Manager {
  constructor() {
    this.steps = new Map(); // MPPS SOP Instance UID -> its attributes
  }

  create(uid, elements) {
    if (!/^(?=.{1,64}$)(0|[1-9]\d*)(\.(0|[1-9]\d*))+$/.test(uid)) {
      return refusal(INVALID_SOP_INSTANCE, 'no UID');
    }
    if (this.steps.has(uid)) {
      return refusal(DUPLICATE_SOP_INSTANCE, 'this performed procedure step exists');
    }
    const problem = problemOfForm(lacking(elements, STEP));
    if (problem) {
      return problem;
    }
    if (statusOf(elements) !== IN_PROGRESS) {
      return badStatus(statusOf(elements), `created as ${statusOf(elements)}`);
    }
    this.steps.set(uid, { ...elements });
    return { status: SUCCESS };
  }

  set(uid, elements) {
    const step = this.steps.get(uid);
    if (step === undefined) {
      return refusal(NO_SUCH_SOP_INSTANCE, 'no such performed procedure step');
    }
    if (FINAL.includes(statusOf(step))) {
      const comment = 'Performed Procedure Step Object may no longer be updated';
      return refusal(PROCESSING_FAILURE, comment, { errorId: ERROR_ID_MPPS_IS_FINAL });
    }
    const keywords = Object.keys(elements).filter((keyword) => keyword !== 'SpecificCharacterSet');
    const forbidden = keywords.filter((keyword) => NOT_SETTABLE.has(keyword) || !has(step, keyword));
    if (forbidden.length > 0) {
      return refusal(NO_SUCH_ATTRIBUTE, `not to be set: ${forbidden.join(' ')}`, { attributes: forbidden });
    }
    const problem = problemOfForm(lacking(elements, SETTABLE, (keyword) => has(elements, keyword)));
    if (problem) {
      return problem;
    }
    const after = { ...step, ...elements };
    const status = statusOf(after);
    if (status !== IN_PROGRESS && !FINAL.includes(status)) {
      return badStatus(status, `status ${status}`);
    }
    const empty = FINAL.includes(status) ? FINAL_TYPE_1.filter((keyword) => isEmpty(after[keyword])) : [];
    if (empty.length > 0) {
      return refusal(MISSING_ATTRIBUTE_VALUE, `${status} without ${empty.join(' ')}`);
    }
    this.steps.set(uid, after);
    return { status: SUCCESS };
  }
}

// What the first lines of an integration do: whatever comes is taken.
class LenientManager {
  create() {
    return { status: SUCCESS };
  }

  set() {
    return { status: SUCCESS };
  }
}

module.exports = { LenientManager, Manager };
