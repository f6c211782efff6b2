"""How claims about character sets are observed: by names that go through the whole exam in each of them."""

from __future__ import annotations

from scanproof.observing import observing

observing("character-set", built_in=lambda claim: (f"names/{str(claim.data['term']).replace(' ', '_')}",))
