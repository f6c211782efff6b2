"""Status codes as statements state them: hexadecimal text, with x for any digit, and the service class it is of."""

from __future__ import annotations

from scansim.vocabulary.status import CANCEL, SUCCESS, is_pending, is_warning

#: Words of statements for the service classes of PS3.7 Annex C; refused and failed are both Failure there.
_CLASSES = {
    "success": "success",
    "warning": "warning",
    "failure": "failure",
    "failed": "failure",
    "refused": "failure",
    "error": "failure",
    "cancel": "cancel",
    "canceled": "cancel",
    "cancelled": "cancel",
    "pending": "pending",
}


def fits(code: str, status: int) -> bool:
    """Whether a status is one that a stated code, such as ``A7xx`` or ``A700-A7FF``, stands for."""
    shown = f"{status:04X}"
    low, dash, high = (part.strip().upper() for part in code.partition("-"))
    if dash:
        return low <= shown <= high
    return len(low) == len(shown) and all(one in ("X", other) for one, other in zip(low, shown, strict=True))


def service_class(status: int) -> str:
    """The service class of a status by PS3.7 Annex C: success, warning, failure, cancel or pending."""
    if status == SUCCESS:
        return "success"
    if status == CANCEL:
        return "cancel"
    if is_pending(status):
        return "pending"
    return "warning" if is_warning(status) else "failure"


def is_of(stated: str, status: int) -> bool:
    """Whether a status is of a stated service class; of a word that names none nothing is known, and any is."""
    return _CLASSES.get(stated.strip().lower(), service_class(status)) == service_class(status)
