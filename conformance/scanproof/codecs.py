"""Decoders of compressed pixels, run by `decoder` as a process of their own: what comes in may end a decoder.

Each request on standard input is answered on standard output: a line of JSON, and the bytes that it counts.
"""

from __future__ import annotations

import contextlib
import json
import resource
import sys
from collections.abc import Callable
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

RLE, J2K, JPEG_LS, JPEG = "rle", "j2k", "jpeg-ls", "jpeg"
#: Bytes of memory that the process may have.
_MOST = 1 << 32

Samples = NDArray[Any]


def _of_rle(about: dict[str, int], stream: bytes) -> Samples:
    import rle.utils

    rows, columns, samples = about["rows"], about["columns"], about["samples"]
    planes = rle.utils.decode_pixel_data(
        stream, version=2, rows=rows, columns=columns, bits_allocated=about["allocated"], byteorder="<"
    )
    flat = np.frombuffer(bytes(planes), f"<u{about['allocated'] // 8}")
    if samples == 1:
        return flat.reshape((rows, columns))
    return flat.reshape((samples, rows, columns)).transpose((1, 2, 0))


def _of_j2k(_: dict[str, int], stream: bytes) -> Samples:
    import openjpeg.utils

    decoded: Samples = openjpeg.utils.decode(stream, 0)
    return decoded


def _of_jpeg_ls(about: dict[str, int], stream: bytes) -> Samples:
    import jpeg_ls

    rows, columns, samples = about["rows"], about["columns"], about["samples"]
    data, seen = jpeg_ls.decode_pixel_data(stream)
    flat = np.frombuffer(bytes(data), "<u1" if seen["bits_per_sample"] <= 8 else "<u2")
    if samples > 1 and seen["interleave_mode"] == 0:
        return flat.reshape((samples, rows, columns)).transpose((1, 2, 0))
    return flat.reshape((rows, columns, *([samples] if samples > 1 else [])))


def _of_jpeg(_: dict[str, int], stream: bytes) -> Samples:
    import imagecodecs

    decoded: Samples = np.asarray(imagecodecs.jpeg_decode(stream))
    return decoded


_CODECS: dict[str, Callable[[dict[str, int], bytes], Samples]] = {
    RLE: _of_rle,
    J2K: _of_j2k,
    JPEG_LS: _of_jpeg_ls,
    JPEG: _of_jpeg,
}


def _answer(request: dict[str, Any], stream: bytes) -> tuple[dict[str, Any], bytes]:
    try:
        decoded = np.ascontiguousarray(_CODECS[request["codec"]](request["about"], stream))
    except ImportError as error:
        return {"missing": str(error.name)}, b""
    except BaseException as error:  # a panic of a decoder in Rust is none of Exception
        return {"error": f"{type(error).__name__}: {error}"}, b""
    return {"dtype": decoded.dtype.str, "shape": decoded.shape}, decoded.tobytes()


def serve(taken: BinaryIO, given: BinaryIO) -> None:
    """Answer requests until there are no more."""
    while line := taken.readline():
        request = json.loads(line)
        facts, data = _answer(request, taken.read(request["length"]))
        given.write(json.dumps({**facts, "length": len(data)}).encode() + b"\n" + data)
        given.flush()


if __name__ == "__main__":
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (_MOST, _MOST))
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        serve(sys.stdin.buffer, sys.stdout.buffer)
