"""Pruning: which trials stop at a rung, which of those are gone on with, and how stopped ones would have ended."""
