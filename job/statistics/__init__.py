"""How sure scores are: over seeds, over examples, and among candidates that were trained on the same seeds."""
