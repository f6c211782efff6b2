"""Words and facts of the standard that both packages share: UIDs, status classes, values, services; at the bottom."""
