"""How a recording of clients says what it is: one file beside the records of its associations."""

from __future__ import annotations

#: The file that makes a folder a recording, and what it says of itself.
FACTS = "recording.json"
FORMAT = "scanproof-recording/1"
