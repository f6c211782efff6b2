"""What the standard says, as tables: structure of the IODs, conditions, listed values, numbers of items, clauses."""
