"""Tools for those who work on scanproof; nothing here is installed."""
