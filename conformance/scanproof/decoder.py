"""The process that decodes compressed pixels: begun when there are some, and begun anew when it ends.

What a target sends decides what a decoder does, which may break, hang, or take the process with it. None of that is a
fault of the target's, and none of it may end a run.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: How long one frame may take, in s.
_PATIENCE = 30.0
_CHUNK = 1 << 20


class DecoderError(Exception):
    """Why a stream was not decoded."""


class Decoder:
    """Decodes streams one after the other in a process of its own. Safe to use from several threads."""

    def __init__(self, seconds: float = _PATIENCE) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def decode(self, codec: str, about: Mapping[str, int], stream: bytes) -> NDArray[Any]:
        """Samples of a frame.

        Raises
        ------
        DecoderError
            When there are none, with the reason.
        """
        request = json.dumps({"codec": codec, "about": dict(about), "length": len(stream)}).encode() + b"\n"
        with self._lock:
            try:
                facts, data = self._ask(request + stream)
            except TimeoutError:
                self.close()
                raise DecoderError(f"the decoder came to no end within {self._seconds:g} s") from None
            except (OSError, EOFError, ValueError):
                self.close()
                raise DecoderError("the decoder broke down over it") from None
        if missing := facts.get("missing"):
            raise DecoderError(f"{missing} is not installed, which decodes it")
        if error := facts.get("error"):
            raise DecoderError(f"its stream cannot be decoded: {error}")
        return np.frombuffer(data, facts["dtype"]).reshape(facts["shape"])

    def close(self) -> None:
        """End the process; a later stream begins it anew."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(OSError):
            process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)

    def _ask(self, request: bytes) -> tuple[dict[str, Any], bytes]:
        process = self._running()
        until = time.monotonic() + self._seconds
        assert process.stdin is not None
        assert process.stdout is not None
        _write(process.stdin.fileno(), request, until)
        answer = b""
        while (end := answer.find(b"\n")) < 0:
            answer += _read(process.stdout.fileno(), until)
        facts = json.loads(answer[:end])
        parts, left = [answer[end + 1 :]], int(facts["length"]) - (len(answer) - end - 1)
        while left > 0:
            parts.append(_read(process.stdout.fileno(), until))
            left -= len(parts[-1])
        return facts, b"".join(parts)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "scanproof.codecs"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "OPENBLAS_NUM_THREADS": "1"},
                start_new_session=True,  # Ctrl-C is for who asked
            )
            assert self._process.stdin is not None
            os.set_blocking(self._process.stdin.fileno(), False)
        return self._process


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _write(fd: int, data: bytes, until: float) -> None:
    view = memoryview(data)
    while view:
        if not select.select([], [fd], [], _left(until))[1]:
            raise TimeoutError
        view = view[os.write(fd, view[:_CHUNK]) :]


def _read(fd: int, until: float) -> bytes:
    if not select.select([fd], [], [], _left(until))[0]:
        raise TimeoutError
    if not (data := os.read(fd, _CHUNK)):
        raise EOFError
    return data


#: The one of this process.
DECODER = Decoder()
atexit.register(DECODER.close)
