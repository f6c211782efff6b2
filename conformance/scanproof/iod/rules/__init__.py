"""The catalogue of rules: what each demands, why that matters in a hospital, where it stands, and what to do.

`advise` says what to do about one finding.

>>> rule_of("type1-missing").requirement
'An attribute of Type 1 is there.'
"""

from scanproof.iod.rules.advice import advise
from scanproof.iod.rules.catalogue import RULES, explain, rule_of
from scanproof.iod.rules.levels import levels_of
from scanproof.iod.rules.rule import Rule

__all__ = ["RULES", "Rule", "advise", "explain", "levels_of", "rule_of"]
