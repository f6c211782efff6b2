"""Synthetic images: what a virtual scanner acquires for one exam."""

from scansim.images.acquisition import MAKERS, Acquired, acquire, instances, resized, shortened
from scansim.images.instance import Instance
from scansim.images.protocol import (
    Acquisition,
    Protocol,
    begin,
    builtin_protocols,
    choose_protocol,
    default_protocol,
    find_protocol,
    load_protocol,
)

__all__ = [
    "MAKERS",
    "Acquired",
    "Acquisition",
    "Instance",
    "Protocol",
    "acquire",
    "begin",
    "builtin_protocols",
    "choose_protocol",
    "default_protocol",
    "find_protocol",
    "instances",
    "load_protocol",
    "resized",
    "shortened",
]
