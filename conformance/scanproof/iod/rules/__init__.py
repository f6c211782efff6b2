"""The catalogue of rules: what each demands, why that matters in a hospital, where it stands, and what to do.

>>> rule_of("type1-missing").requirement
'An attribute of Type 1 is there.'
"""

from scanproof.iod.rules.catalogue import RULES, explain, rule_of
from scanproof.iod.rules.rule import Rule

__all__ = ["RULES", "Rule", "explain", "rule_of"]
