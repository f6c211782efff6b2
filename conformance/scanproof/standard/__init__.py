"""Tables of the standard that the judge has for itself: the reference target has its own (docs/decisions/0007)."""
