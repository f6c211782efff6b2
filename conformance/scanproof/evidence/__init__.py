"""Evidence: what one scenario showed, what the whole run did, and what a client did at our target.

Checks and claims read it and nothing else. What several of them ask is answered here once: one module a subject, each
a pure function of what was recorded. Nothing in here says what is right.
"""

from scanproof.evidence.client import ClientEvidence
from scanproof.evidence.run import RunEvidence
from scanproof.evidence.scenario import Evidence

__all__ = ["ClientEvidence", "Evidence", "RunEvidence"]
