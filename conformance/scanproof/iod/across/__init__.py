"""Instances beside each other: those of an exam, and an image beside its worklist item and performed step."""
