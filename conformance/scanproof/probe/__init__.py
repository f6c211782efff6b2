"""A draft of a Conformance Statement from what a target does: a run that asks, and what is made of its evidence.

`asking` makes the scenarios, `scanproof.probing` runs them, one association at a time. `drafting` is a pure function of
the evidence, with one module a chapter of the statement. No value that a target answered is in a draft, but for what
it says of itself (Implementation Class UID and the like): people's data stay in the transcript.
"""
