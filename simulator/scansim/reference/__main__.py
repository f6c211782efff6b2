"""``python -m scansim.reference``: run the reference target in the foreground."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import warnings
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

from scansim.reference.config import ReferenceConfig
from scansim.reference.defects import DEFECTS

if TYPE_CHECKING:
    from scansim.network.tap import Recording

#: Station AE title that seeded orders are scheduled for.
STATION_AE = "SCANPROOF"


def _peer(text: str) -> tuple[str, tuple[str, int]]:
    title, _, address = text.partition("=")
    host, _, port = address.rpartition(":")
    if not title or not host or not port.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not AET=HOST:PORT")
    return title, (host, int(port))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scansim.reference", description=__doc__)
    parser.add_argument("--ae", default="REFERENCE", help="AE title of the target")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=0, help="port to listen on, 0 for a free one")
    parser.add_argument("--folder", type=Path, help="where data are kept; a temporary folder when left out")
    parser.add_argument("--peer", type=_peer, action="append", default=[], metavar="AET=HOST:PORT", help="a known AE")
    parser.add_argument("--commitment", choices=("same", "new"), default="new", help="association of the report")
    parser.add_argument("--delay", type=float, default=0.05, help="time before a commitment report, in s")
    parser.add_argument("--artim", type=float, default=30.0, help="time for a connection without association, in s")
    parser.add_argument("--longest", type=int, default=1 << 30, help="bytes of a data set that is stored")
    parser.add_argument("--admits", choices=("called", "all", "known"), default="called", help="whom it takes")
    parser.add_argument("--any-class", action="store_true", help="store SOP Classes that nobody knows")
    parser.add_argument("--defect", choices=sorted(DEFECTS), metavar="NAME", help="one wrong behaviour to show")
    parser.add_argument("--orders", type=int, default=0, help="orders to put into the worklist, for today")
    parser.add_argument("--station", default=STATION_AE, help="station AE title that they are scheduled for")
    parser.add_argument("--exit-with-parent", action="store_true", help="end when standard input ends")
    return parser


def _seed(folder: Path, count: int, station: str) -> None:
    """Put `count` orders for today into the worklist, CT and MR by turns."""
    from scansim.identity.ids import Identity
    from scansim.identity.orders import PROCEDURES, order
    from scansim.reference.store import Store

    today = date.today()
    identity = Identity(1, today, "reference")
    store = Store(folder)
    for number in range(count):
        modality = ("CT", "MR")[number % 2]
        start = datetime.combine(today, time(8 + number // 4 % 12, number % 4 * 15))
        store.add_order(
            order(
                identity,
                modality=modality,
                station_ae=station,
                start=start,
                procedure=PROCEDURES[modality],
                key=f"order {number}",
            )
        )
    store.close()


def _end_with_parent() -> None:
    while os.read(0, 4096):  # not sys.stdin: its lock, held by a daemon thread, would abort the interpreter's end
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def main(arguments: list[str] | None = None, recording: Recording | None = None) -> int:
    """Run the command, recording if there is something to record with; returns the exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.orders and options.folder is None:
        from scansim.files import temporary_folder

        with temporary_folder("scansim-reference-") as folder:
            return _run(options, folder, recording)
    return _run(options, options.folder, recording)


def _run(options: argparse.Namespace, folder: Path | None, recording: Recording | None) -> int:
    from scansim.reference.server import serve  # here, so that --help and errors need no pynetdicom

    config = ReferenceConfig(
        options.ae,
        options.host,
        options.port,
        folder,
        dict(options.peer),
        options.commitment,
        options.delay,
        options.artim,
        options.longest,
        options.defect,
        options.admits,
        options.any_class,
    )
    if options.orders and folder is not None:
        _seed(folder, options.orders, options.station)
    warnings.simplefilter("ignore")  # pydicom's, of values that strangers send
    if options.exit_with_parent:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    serve(config, lambda address: print(f"{address} ready", flush=True), recording=recording)
    return 0


if __name__ == "__main__":
    sys.exit(main())
