'use strict';

// An MPPS, Storage, Storage Commitment Push Model and Verification SCP on dcmjs-dimse: a peer that shares no line of
// code with pynetdicom or DCMTK. The library only moves messages; every status is decided here and, for MPPS, in mpps.js,
// from PS3.4 F.7, B.2 and J.3 and PS3.7 Annex C. State lives in memory and ends with the process.
//
//   NODE_PATH=.../node_modules node scp.js [--aet DCMJS] [--host 127.0.0.1] [--port 11120]
//       [--listener SCANPROOF@127.0.0.1:11113]  where a report goes whose association was released before it was sent
//       [--report same|new|never]               which association carries the N-EVENT-REPORT; "never" is a deviation
//       [--delay 50]                            milliseconds between the N-ACTION-RSP and the N-EVENT-REPORT-RQ
//       [--mpps strict|lenient]                 what a performed procedure step has to be; "lenient" takes everything
//       [--fail UID]                            report this SOP Instance UID as failed (0110H) although it was stored

const net = require('net');
const { parseArgs } = require('util');
const dimse = require('dcmjs-dimse');
const { LenientManager, Manager } = require('./mpps');

const { Dataset, Implementation, Scp } = dimse;
const { Association } = dimse.association;
const { NEventReportRequest } = dimse.requests;
const { CEchoResponse, CStoreResponse, NActionResponse, NCreateResponse, NDeleteResponse, NGetResponse, NSetResponse } =
  dimse.responses;
const { PresentationContextResult, RejectReason, RejectResult, RejectSource, SopClass, TransferSyntax } =
  dimse.constants;

const { values: options } = parseArgs({
  options: {
    aet: { type: 'string', default: 'DCMJS' },
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '11120' },
    listener: { type: 'string', default: 'SCANPROOF@127.0.0.1:11113' },
    report: { type: 'string', default: 'same' },
    delay: { type: 'string', default: '50' },
    mpps: { type: 'string', default: 'strict' },
    fail: { type: 'string', multiple: true, default: [] },
  },
});

const SUCCESS = 0x0000;
const PROCESSING_FAILURE = 0x0110;
const NO_SUCH_SOP_INSTANCE = 0x0112;
const INVALID_ARGUMENT_VALUE = 0x0115;
const NO_SUCH_SOP_CLASS = 0x0118;
const CLASS_INSTANCE_CONFLICT = 0x0119;
const NO_SUCH_ACTION = 0x0123;
const UNRECOGNIZED_OPERATION = 0x0211;
const DATASET_DOES_NOT_MATCH_SOP_CLASS = 0xa900;

const COMMITMENT_INSTANCE = '1.2.840.10008.1.20.1.1';
const STORAGE_CLASSES = '1.2.840.10008.5.1.4.1.1.';

const manager = options.mpps === 'lenient' ? new LenientManager() : new Manager();
const stored = new Map(); // SOP Instance UID -> SOP Class UID

const first = (value) => (Array.isArray(value) ? value[0] : value);
const isEmpty = (value) => {
  const one = first(value);
  return one === undefined || one === null || one === '';
};

// What a DIMSE-N answer carries besides its status. Lists of attributes go as keywords and are encoded as tags.
function answer(response, status, { comment, errorId, attributes, elements, transferSyntax } = {}) {
  response.setStatus(status);
  if (comment) {
    response.setErrorComment(comment.slice(0, 64)); // (0000,0902) is LO
  }
  if (errorId) {
    response.getCommandDataset().setElement('ErrorID', errorId);
  }
  if (attributes) {
    const list = new dimse.requests.NGetRequest('', '', attributes).getCommandDataset();
    response.getCommandDataset().setElement('AttributeIdentifierList', list.getElement('AttributeIdentifierList'));
  }
  if (elements) {
    response.setDataset(new Dataset(elements, transferSyntax));
  }
  const command = response.getCommandFieldType().toString(16);
  console.log(`answer ${command} ${status.toString(16).padStart(4, '0')} ${comment || ''}`);
  return response;
}

// The N-EVENT-REPORT for one N-ACTION: event 1 when every instance is here, else event 2 with what failed and, when
// there is any, what did not (PS3.4 J.3.3.1).
function reportOf(transactionUid, references) {
  const committed = [];
  const failed = [];
  for (const { ReferencedSOPClassUID, ReferencedSOPInstanceUID } of references) {
    const item = { ReferencedSOPClassUID, ReferencedSOPInstanceUID };
    const known = stored.get(ReferencedSOPInstanceUID);
    if (options.fail.includes(ReferencedSOPInstanceUID)) {
      failed.push({ ...item, FailureReason: PROCESSING_FAILURE });
    } else if (known === undefined) {
      failed.push({ ...item, FailureReason: NO_SUCH_SOP_INSTANCE });
    } else if (known !== ReferencedSOPClassUID) {
      failed.push({ ...item, FailureReason: CLASS_INSTANCE_CONFLICT });
    } else {
      committed.push(item);
    }
  }
  const elements = { TransactionUID: transactionUid };
  if (committed.length > 0) {
    elements.ReferencedSOPSequence = committed;
  }
  if (failed.length > 0) {
    elements.FailedSOPSequence = failed;
  }
  return { eventType: failed.length > 0 ? 2 : 1, elements };
}

function eventReport({ eventType, elements }, transferSyntax) {
  const request = new NEventReportRequest(SopClass.StorageCommitmentPushModel, COMMITMENT_INSTANCE, eventType);
  request.setDataset(new Dataset(elements, transferSyntax));
  request.on('response', (response) => {
    console.log(`N-EVENT-REPORT-RSP ${response.getStatus().toString(16).padStart(4, '0')} to event ${eventType}`);
  });
  return request;
}

class Peer extends Scp {
  constructor(socket, opts) {
    super(socket, opts);
    this.open = true;
    this.on('close', () => (this.open = false));
  }

  // The library (0.3.3) keeps the bytes of a command without a data set in front of the next command, so that for
  // example the Affected SOP Instance UID of an N-EVENT-REPORT-RSP would be seen again in the N-CREATE that follows it.
  _performDimse(context, message) {
    this.dimseStream = undefined;
    this.transferSyntax = context.getAcceptedTransferSyntaxUid();
    super._performDimse(context, message);
  }

  associationRequested(association) {
    if (association.getCalledAeTitle().trim() !== options.aet) {
      this.sendAssociationReject(RejectResult.Permanent, RejectSource.ServiceUser, RejectReason.CalledAeNotRecognized);
      return;
    }
    for (const { id } of association.getPresentationContexts()) {
      const context = association.getPresentationContext(id);
      const abstractSyntax = context.getAbstractSyntaxUid();
      const offered = context.getTransferSyntaxUids();
      const chosen = [TransferSyntax.ExplicitVRLittleEndian, TransferSyntax.ImplicitVRLittleEndian].find((uid) =>
        offered.includes(uid)
      );
      const served =
        abstractSyntax.startsWith(STORAGE_CLASSES) ||
        [SopClass.Verification, SopClass.ModalityPerformedProcedureStep, SopClass.StorageCommitmentPushModel].includes(
          abstractSyntax
        );
      if (!served) {
        context.setResult(PresentationContextResult.RejectAbstractSyntaxNotSupported);
      } else if (!chosen) {
        context.setResult(PresentationContextResult.RejectTransferSyntaxesNotSupported);
      } else {
        context.setResult(PresentationContextResult.Accept, chosen);
      }
    }
    this.sendAssociationAccept();
  }

  associationReleaseRequested() {
    this.open = false;
    this.sendAssociationReleaseResponse();
  }

  abort() {
    this.open = false;
    this.socket.end();
  }

  cEchoRequest(request, callback) {
    callback(answer(CEchoResponse.fromRequest(request), SUCCESS));
  }

  cStoreRequest(request, callback) {
    const response = CStoreResponse.fromRequest(request);
    const classUid = request.getAffectedSopClassUid();
    const instanceUid = request.getAffectedSopInstanceUid();
    const elements = request.getDataset().getElements();
    if (elements.SOPClassUID !== classUid || elements.SOPInstanceUID !== instanceUid) {
      callback(answer(response, DATASET_DOES_NOT_MATCH_SOP_CLASS, { comment: 'UIDs of command and data set differ' }));
      return;
    }
    stored.set(instanceUid, classUid);
    callback(answer(response, SUCCESS));
  }

  nCreateRequest(request, callback) {
    const response = NCreateResponse.fromRequest(request);
    if (request.getAffectedSopClassUid() !== SopClass.ModalityPerformedProcedureStep) {
      callback(answer(response, NO_SUCH_SOP_CLASS));
      return;
    }
    const uid = request.getAffectedSopInstanceUid() || Dataset.generateDerivedUid();
    response.setAffectedSopInstanceUid(uid);
    const elements = request.hasDataset() ? request.getDataset().getElements() : {};
    const { status, ...more } = manager.create(uid, elements);
    callback(answer(response, status, { ...more, transferSyntax: this.transferSyntax }));
  }

  nSetRequest(request, callback) {
    const response = NSetResponse.fromRequest(request);
    if (request.getRequestedSopClassUid() !== SopClass.ModalityPerformedProcedureStep) {
      callback(answer(response, NO_SUCH_SOP_CLASS));
      return;
    }
    const uid = request.getRequestedSopInstanceUid();
    const elements = request.hasDataset() ? request.getDataset().getElements() : {};
    const { status, ...more } = manager.set(uid, elements);
    callback(answer(response, status, { ...more, transferSyntax: this.transferSyntax }));
  }

  // The MPPS SOP Class has N-CREATE and N-SET only; reading one back is another SOP Class (PS3.4 F.8)
  nGetRequest(request, callback) {
    callback(answer(NGetResponse.fromRequest(request), UNRECOGNIZED_OPERATION));
  }

  nDeleteRequest(request, callback) {
    callback(answer(NDeleteResponse.fromRequest(request), UNRECOGNIZED_OPERATION));
  }

  nActionRequest(request, callback) {
    const response = NActionResponse.fromRequest(request);
    if (request.getRequestedSopClassUid() !== SopClass.StorageCommitmentPushModel) {
      callback(answer(response, NO_SUCH_SOP_CLASS));
      return;
    }
    if (request.getRequestedSopInstanceUid() !== COMMITMENT_INSTANCE) {
      callback(answer(response, NO_SUCH_SOP_INSTANCE));
      return;
    }
    if (request.getActionTypeId() !== 1) {
      callback(answer(response, NO_SUCH_ACTION));
      return;
    }
    const elements = request.hasDataset() ? request.getDataset().getElements() : {};
    if (isEmpty(elements.TransactionUID) || isEmpty(elements.ReferencedSOPSequence)) {
      callback(answer(response, INVALID_ARGUMENT_VALUE, { comment: 'no Transaction UID or nothing referenced' }));
      return;
    }
    const report = reportOf(elements.TransactionUID, [...elements.ReferencedSOPSequence]);
    const transferSyntax = this.transferSyntax;
    callback(answer(response, SUCCESS));
    if (options.report !== 'never') {
      setTimeout(() => this.deliver(report, transferSyntax), Number(options.delay));
    }
  }

  deliver(report, transferSyntax) {
    if (options.report === 'same' && this.open) {
      this.sendRequests(eventReport(report, transferSyntax));
    } else {
      reportOnNewAssociation(report);
    }
  }
}

// As requestor, an SCP of Storage Commitment proposes itself as SCP by role selection (PS3.4 J.3.3, PS3.7 D.3.3.4).
function reportOnNewAssociation(report) {
  const [aet, address] = options.listener.split('@');
  const [host, port] = address.split(':');
  const association = new Association(options.aet, aet);
  const id = association.addPresentationContext(SopClass.StorageCommitmentPushModel);
  association.addTransferSyntaxToPresentationContext(id, TransferSyntax.ImplicitVRLittleEndian);
  association.getPresentationContext(id).setUserRole(false);
  association.getPresentationContext(id).setProviderRole(true);

  const requestor = new Scp(net.connect({ host, port: Number(port) }));
  requestor.socket.setNoDelay(true);
  requestor.on('connect', () => requestor.sendAssociationRequest(association));
  const request = eventReport(report, TransferSyntax.ImplicitVRLittleEndian);
  requestor.on('associationAccepted', () => requestor.sendRequests(request));
  requestor.on('done', () => requestor.sendAssociationReleaseRequest());
  requestor.on('associationReleaseResponse', () => requestor.socket.end());
  for (const event of ['associationRejected', 'abort', 'networkError']) {
    requestor.on(event, (what) => {
      console.log(`report not delivered to ${options.listener}: ${event} ${what.message || JSON.stringify(what)}`);
      requestor.socket.end();
    });
  }
}

Implementation.setMaxPduLength(16384); // as most archives do, so that data sets come in fragments
dimse.log.setLevel('warn');

// Not the library's own Server: it ignores the address that it is told to listen on.
const server = net.createServer((socket) => {
  socket.setNoDelay(true); // command and data set are two writes; Nagle's algorithm would hold the second one back
  const peer = new Peer(socket);
  peer.connected = true;
  peer.on('networkError', (error) => {
    console.log(`network error: ${error.message}`);
    socket.end();
  });
});
server.listen(Number(options.port), options.host, () => console.log('ready'));
