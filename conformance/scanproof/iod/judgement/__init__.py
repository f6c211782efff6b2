"""Judges what was decoded: single values, the attributes of an IOD, content trees, and what has to agree."""
