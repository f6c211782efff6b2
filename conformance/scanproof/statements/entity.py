"""What a Conformance Statement says of one Application Entity: its claims, and what the judge asks of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from pydicom._uid_dict import UID_dictionary

from scanproof.statements.claim import Claim
from scansim.vocabulary.services import SERVICES, STORAGE

Delivery = Literal["same", "new", "either"]


@dataclass(frozen=True)
class Commitment:
    """How the results of Storage Commitment come (PS3.2 N.5.2.6.2); times in s, None where nothing is said."""

    delivery: Delivery | None
    typical_seconds: float | None
    max_seconds: float | None
    known_requesters_only: bool
    retry_seconds: float | None


@dataclass(frozen=True)
class ApplicationEntity:
    """One Application Entity of a product.

    ``said`` are its claims in the order of the file; ``private_storage`` its private SOP Classes that are for storage.
    """

    ae: str
    said: tuple[Claim, ...]
    private_storage: frozenset[str] = frozenset()

    def claims(self) -> tuple[Claim, ...]:
        """Every claim, in the order of the file."""
        return self.said

    @cached_property
    def _by_kind(self) -> dict[str, tuple[Claim, ...]]:
        found: dict[str, list[Claim]] = {}
        for claim in self.said:
            found.setdefault(claim.kind, []).append(claim)
        return {kind: tuple(claims) for kind, claims in found.items()}

    def of(self, kind: str) -> tuple[Claim, ...]:
        """Its claims of one kind, those whose option is off left out: nothing is promised by them here."""
        return tuple(claim for claim in self._by_kind.get(kind, ()) if not claim.option)

    def one(self, kind: str) -> Claim | None:
        """The claim of a kind that is made once, if it is made."""
        return next(iter(self.of(kind)), None)

    @cached_property
    def _declared(self) -> dict[tuple[str, str], tuple[str, ...]]:
        """Role and SOP Class to its Transfer Syntaxes."""
        declared: dict[tuple[str, str], dict[str, None]] = {}
        for claim in self.of("context"):
            key = (claim.role, str(claim.data["sop_class"]))
            declared.setdefault(key, {}).setdefault(str(claim.data["transfer_syntax"]))
        return {key: tuple(syntaxes) for key, syntaxes in declared.items()}

    def transfer_syntaxes(self, sop_class: str, role: str = "SCP") -> tuple[str, ...]:
        """Transfer Syntax UIDs that are declared for a SOP Class in a role; none when it is not declared."""
        return self._declared.get((role, sop_class), ())

    @property
    def sop_classes(self) -> tuple[tuple[str, str], ...]:
        """Role and SOP Class of all that is declared."""
        return tuple(self._declared)

    def offers(self, service: str) -> bool:
        """Whether a SOP Class of a service is declared as SCP."""
        provided = [uid for role, uid in self._declared if role == "SCP"]
        private = [uid for uid in self.private_storage if uid not in UID_dictionary]
        also = private if service == STORAGE.name else []
        return any(SERVICES[service].has(uid) or uid in also for uid in provided)

    @property
    def character_sets(self) -> tuple[str, ...]:
        """Terms of Specific Character Set that are declared."""
        return tuple(str(claim.data["term"]) for claim in self.of("character-set"))

    @cached_property
    def commitment(self) -> Commitment | None:
        """How commitment results come; None when nothing is said of it."""
        kinds = ("delivery", "typical", "maximum", "commitment-known-requesters", "commitment-retry-interval")
        if not any(self.of(kind) for kind in kinds):
            return None
        only = bool(self._fact("commitment-known-requesters", "only"))
        times = (self._fact(kind, "seconds") for kind in ("typical", "maximum", "commitment-retry-interval"))
        typical, maximum, retry = times
        return Commitment(self._fact("delivery", "delivery"), typical, maximum, only, retry)

    def _fact(self, kind: str, name: str) -> Any:
        claim = self.one(kind)
        return claim.data.get(name) if claim is not None else None
