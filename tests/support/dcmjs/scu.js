'use strict';

// A client on dcmjs-dimse: one association, with one kind of request. The library moves messages; what they hold is
// what somebody who begins with it would send.
//
//   NODE_PATH=.../node_modules node scu.js PORT CALLING_AE echo | store FILE... | find-study | find-worklist |
//       get STUDY_UID | mpps | commit SOP_CLASS SOP_INSTANCE

const dimse = require('dcmjs-dimse');

const { Client, Dataset } = dimse;
const { CEchoRequest, CFindRequest, CGetRequest, CStoreRequest, NActionRequest, NCreateRequest } =
  dimse.requests;
const { CStoreResponse, NEventReportResponse } = dimse.responses;
const { SopClass } = dimse.constants;

const [port, title, what, ...rest] = process.argv.slice(2);
const client = new Client();
const step = Dataset.generateDerivedUid();

const request = (made, elements) => {
  if (elements) made.setDataset(new Dataset(elements));
  return made;
};

const REQUESTS = {
  echo: () => [new CEchoRequest()],
  store: () => rest.map((file) => new CStoreRequest(file)),
  'find-study': () => [CFindRequest.createStudyFindRequest({ PatientID: '*', PatientName: '*' })],
  'find-worklist': () => [CFindRequest.createWorklistFindRequest({ PatientName: '*' })],
  get: () => [CGetRequest.createStudyGetRequest(rest[0])],
  mpps: () => [
    request(new NCreateRequest(SopClass.ModalityPerformedProcedureStep, step), {
      PatientName: 'Synthetic-Doe^Jane',
      PatientID: 'SP1',
      Modality: 'CT',
      PerformedProcedureStepStatus: 'IN PROGRESS',
    }),
  ],
  commit: () => [
    request(new NActionRequest(SopClass.StorageCommitmentPushModel, '1.2.840.10008.1.20.1.1', 1), {
      TransactionUID: Dataset.generateDerivedUid(),
      ReferencedSOPSequence: [{ ReferencedSOPClassUID: rest[0], ReferencedSOPInstanceUID: rest[1] }],
    }),
  ],
};

const succeeds = (Response) => (asked, answer) => {
  const response = Response.fromRequest(asked);
  response.setStatus(0x0000);
  answer(response);
};

client.on('cStoreRequest', succeeds(CStoreResponse));
client.on('nEventReportRequest', succeeds(NEventReportResponse));
client.on('networkError', (error) => {
  console.error(error.message);
  process.exit(2);
});
client.on('associationRejected', () => process.exit(3));
client.on('closed', () => process.exit(0));
REQUESTS[what]().forEach((each) => client.addRequest(each));
client.send('127.0.0.1', Number(port), title, 'REFERENCE');
