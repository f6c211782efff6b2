"""The reference target's server: one application entity with all services."""

from __future__ import annotations

import logging
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from datetime import datetime
from functools import cache, partial
from typing import Any

from pydicom._uid_dict import UID_dictionary
from pydicom.uid import UID, AllTransferSyntaxes, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import AE, AllStoragePresentationContexts, _config, evt
from pynetdicom._globals import MODE_ACCEPTOR
from pynetdicom.association import Association
from pynetdicom.presentation import PresentationContext, build_context
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    ModalityPerformedProcedureStep,
    ModalityPerformedProcedureStepRetrieve,
    ModalityWorklistInformationFind,
    PatientRootQueryRetrieveInformationModelFind,
    PatientRootQueryRetrieveInformationModelGet,
    PatientRootQueryRetrieveInformationModelMove,
    PatientStudyOnlyQueryRetrieveInformationModelFind,
    StorageCommitmentPushModel,
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelGet,
    StudyRootQueryRetrieveInformationModelMove,
    Verification,
)
from pynetdicom.transport import AssociationSocket, RequestHandler, ThreadedAssociationServer

from scansim.files import temporary_folder
from scansim.network.tap import Recording, accepted
from scansim.reference import commitment, mpps, query, retrieve, storage, verification, worklist
from scansim.reference.config import TROUBLE, ReferenceConfig
from scansim.reference.connection import Handlers, Session
from scansim.reference.defects import DEFECTS
from scansim.reference.incoming import Limits
from scansim.reference.proxy import Proxy
from scansim.reference.sending import MAXIMUM_LENGTH, no_delay
from scansim.reference.spoil_contexts import supported
from scansim.reference.spoil_states import Spoiled
from scansim.reference.spoil_storage import busy, with_any_syntax
from scansim.reference.state import Target
from scansim.reference.steady import steady_timers
from scansim.reference.store import Store

_LOG = logging.getLogger("scansim.reference")

_MOST_ASSOCIATIONS, _MOST_CONNECTIONS = 100, 200  # those between are rejected with 2/3/2, those above are closed
_LAST_MOMENT = 0.2  # s that a peer has to close its connection when the target ends
_ENOUGH = 4  # associations, a planted defect

_MESSAGE_SYNTAXES = [ExplicitVRLittleEndian, ImplicitVRLittleEndian]
_STORAGE_SYNTAXES: list[str | UID] = list(dict.fromkeys((*_MESSAGE_SYNTAXES, *AllTransferSyntaxes)))
_STORAGE_CLASSES = [str(context.abstract_syntax) for context in AllStoragePresentationContexts]

_SERVICES: dict[tuple[str, str], Callable[[Target, Any], None]] = {
    ("C_ECHO", Verification): verification.echo,
    ("C_FIND", ModalityWorklistInformationFind): worklist.find,
    ("N_CREATE", ModalityPerformedProcedureStep): mpps.create,
    ("N_SET", ModalityPerformedProcedureStep): mpps.change,
    ("N_GET", ModalityPerformedProcedureStepRetrieve): mpps.get,
    ("N_ACTION", StorageCommitmentPushModel): commitment.act,
    ("C_FIND", PatientRootQueryRetrieveInformationModelFind): query.find,
    ("C_FIND", StudyRootQueryRetrieveInformationModelFind): query.find,
    ("C_MOVE", PatientRootQueryRetrieveInformationModelMove): retrieve.move,
    ("C_MOVE", StudyRootQueryRetrieveInformationModelMove): retrieve.move,
    ("C_GET", PatientRootQueryRetrieveInformationModelGet): retrieve.get,
    ("C_GET", StudyRootQueryRetrieveInformationModelGet): retrieve.get,
}


def _services(config: ReferenceConfig) -> dict[tuple[str, str], Callable[[Target, Any], None]]:
    if config.planted("verification-refused"):
        return {key: service for key, service in _SERVICES.items() if key != ("C_ECHO", Verification)}
    if config.planted("query-retired-model"):
        return {**_SERVICES, ("C_FIND", PatientStudyOnlyQueryRetrieveInformationModelFind): query.find}
    return _SERVICES


class _Handler(RequestHandler):
    """Makes a `Session` of each connection."""

    server: _Server

    def _create_association(self) -> Association:
        # pynetdicom's own version copies all contexts for each association, which takes 30 ms here
        session = Session(self.ae, MODE_ACCEPTOR, self.server.handlers, self.server.limits)
        session._server = self.server
        session.name = f"AcceptorThread-{self.client_address[1]}"  # the server finds its associations by this name
        client = accepted(self.server.recording, self.request, self.client_address)
        session.set_socket(AssociationSocket(session, client_socket=client))
        session.acceptor.maximum_length = self.ae.maximum_pdu_size
        session.acceptor.ae_title = self.server.ae_title
        session.acceptor.address_info = self.local
        session.acceptor.implementation_class_uid = self.ae.implementation_class_uid
        session.acceptor.implementation_version_name = self.ae.implementation_version_name
        session.acceptor.supported_contexts = self.server.contexts
        session.requestor.address_info = self.remote
        session.bind(evt.EVT_CONN_OPEN, no_delay)
        session.bind(evt.EVT_REQUESTED, self.server.admit)
        return session


class _Server(ThreadedAssociationServer):
    """A server that knows what answers its requests, and whom to let in."""

    handlers: Handlers
    admit: Callable[[evt.Event], None]
    limits: Limits
    recording: Recording | None = None
    daemon_threads = True
    request_queue_size = 64

    def verify_request(self, request: Any, client_address: Any) -> bool:
        """Whether there is room for one more connection; those without an association count as well."""
        there_is = len(self.active_associations) < _MOST_CONNECTIONS
        if not there_is and self.recording is not None:
            self.recording.passed_over()
        return there_is

    def service_actions(self) -> None:
        """Nothing: pynetdicom's own collects all garbage here once a second, which stops whoever shares the process."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that ended before it could be served is nothing to talk about."""
        _LOG.info("a connection of %s ended at once: %s", client_address, sys.exc_info()[1])


def _admit(target: Target, spoiled: Spoiled, event: evt.Event) -> None:
    """Let everybody in, unless a defect has it that the first few were enough."""
    if target.config.any_class:
        _take_unknown(target, event.assoc)
    if not spoiled.admits(id(event.assoc)):
        _turn_away(event, 2, 3, 2)
        return
    if target.planted("storage-one-association") and busy(event.assoc, _LAST_MOMENT):
        _turn_away(event, 2, 3, 2)
        return
    numbers = (2, 3, 2) if target.planted("slots-not-freed") else (1, 1, 3)
    if next(target.arrivals) >= _ENOUGH and (target.planted("slots-not-freed") or target.planted("titles-forgotten")):
        _turn_away(event, *numbers)


def _take_unknown(target: Target, session: Any) -> None:
    """Store what an association proposes of SOP Classes that nobody knows, and of those that are storage by name."""
    proposed = {str(each.abstract_syntax) for each in session.requestor.primitive.presentation_context_definition_list}
    known = {str(each.abstract_syntax) for each in session.acceptor.supported_contexts}
    unknown = [uid for uid in sorted(proposed - known) if uid not in UID_dictionary or "Storage" in UID(uid).name]
    if unknown:
        session.acceptor.supported_contexts = [*session.acceptor.supported_contexts, *map(_storage_context, unknown)]
        store = partial(storage.store, target)
        session.take_over({("C_STORE", uid): store for uid in unknown})


def _turn_away(event: evt.Event, result: int, source: int, reason: int) -> None:
    event.assoc.acse.send_reject(result, source, reason)
    event.assoc.is_rejected = True
    event.assoc.kill()


def _application_entity(config: ReferenceConfig) -> AE:
    ae = AE(config.ae)
    ae.require_called_aet = config.admits != "all"
    if config.admits == "known":
        ae.require_calling_aet = list(config.peers)
    ae.maximum_pdu_size = MAXIMUM_LENGTH
    ae.maximum_associations = _MOST_ASSOCIATIONS
    ae.network_timeout = 600
    for _, sop_class in _services(config):
        # the requestor is the SCU, here as the role selection of MPPS and commitment wants it said (F.2.1, J.2.1)
        ae.add_supported_context(sop_class, _MESSAGE_SYNTAXES, scu_role=True, scp_role=False)
    return ae


@cache
def _storage_contexts() -> list[PresentationContext]:
    return list(map(_storage_context, _STORAGE_CLASSES))


def _storage_context(sop_class: str) -> PresentationContext:
    context = build_context(sop_class, _STORAGE_SYNTAXES)
    context.scu_role = context.scp_role = True  # with C-GET the requestor is the SCP of storage
    return context


def serve(
    config: ReferenceConfig,
    ready: Callable[[str], None],
    stop: threading.Event | None = None,
    recording: Recording | None = None,
) -> None:
    """Run a target until SIGTERM, SIGINT, SIGHUP or `stop`.

    Parameters
    ----------
    config : ReferenceConfig
        What to run.
    ready : callable
        Called once with ``AE@HOST:PORT`` when associations are taken.
    stop : threading.Event, optional
        Ends the target when set. Signals are handled only when this is called in the main thread.
    recording : Recording, optional
        What records every association; it is closed when the target has ended. That it cannot write ends the target.
    """
    stop = stop or threading.Event()
    signalled: list[bool] = []  # not the event itself: its lock may be this thread's own when a signal comes
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup
                signal.signal(number, lambda *_: signalled.append(True))
    steady_timers()
    _config.LOG_HANDLER_LEVEL = "none"  # formatting every PDU for a log costs more than serving it
    with ExitStack() as stack:
        folder = config.folder or stack.enter_context(temporary_folder("scansim-reference-"))
        store = Store(folder, _report_trouble)
        stack.callback(store.close)
        if recording is not None:
            recording.broken = stop.set
            stack.callback(lambda: recording.close(datetime.now().astimezone().isoformat(timespec="seconds")))
        target = Target(config, store, stop, recording=recording)
        stack.callback(target.end_background)
        rewrites = config.defect is not None and DEFECTS[config.defect].rewrites
        ae = _application_entity(config)
        inner = ("127.0.0.1", 0) if rewrites else (config.host, config.port)
        contexts = [*ae.supported_contexts, *_storage_contexts()]
        if config.planted("storage-any-syntax"):
            contexts = with_any_syntax(contexts)
        contexts = supported(config.planted, contexts)
        server = _Server(ae, inner, ae.ae_title, contexts, request_handler=_Handler)
        handlers: dict[tuple[str, str], Any] = {
            key: partial(service, target) for key, service in _services(config).items()
        }
        handlers |= {("C_STORE", sop_class): partial(storage.store, target) for sop_class in _STORAGE_CLASSES}
        server.handlers = handlers
        server.recording = None if rewrites else recording
        # a proxy may take the Maximum Length away, and then peers send what they like
        longest = 1 << 22 if rewrites else MAXIMUM_LENGTH
        early = config.planted("storage-early-success")
        spoiled = Spoiled(config.defect, stop.set)
        server.limits = Limits(folder, config.longest, longest, config.artim, _report_trouble, early, spoiled)
        server.admit = partial(_admit, target, spoiled)
        ae._servers.append(server)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="reference-server", daemon=True)
        thread.start()
        stack.callback(_shut_down, server)
        port = int(server.server_address[1])
        if rewrites:
            proxy = stack.enter_context(
                Proxy((config.host, config.port), ("127.0.0.1", port), str(config.defect), recording)
            )
            port = proxy.port
        commitment.resume(target)
        if recording is not None:
            recording.note(ae=config.ae, host=config.host, port=port)
        ready(f"{config.ae}@{config.host}:{port}")
        if recording is not None and recording.told is not None:
            recording.told()
        while not signalled and not stop.wait(_LAST_MOMENT):
            pass  # a signal that another thread got is handled when this one wakes
        stop.set()


def _report_trouble(text: str) -> None:
    """Say on standard error what could not be written: whoever started this target takes it for its own trouble."""
    with suppress(OSError):
        print(f"{TROUBLE}{text}", file=sys.stderr, flush=True)


def _shut_down(server: _Server) -> None:
    server.shutdown()
    associations = server.active_associations
    for association in associations:
        association.acse_timeout = _LAST_MOMENT  # of ARTIM, which would be too long to end with
        association.abort(block=False)
    deadline = time.monotonic() + 2 * _LAST_MOMENT
    for association in associations:
        association.join(max(0.0, deadline - time.monotonic()))
        wrapper = association.dul.socket
        if wrapper is not None and wrapper.socket is not None:  # the peer does not read, or serving takes its time
            wrapper._shutdown_socket()
        association.dul.kill_dul()
