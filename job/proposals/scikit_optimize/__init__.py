"""Proposals by scikit-optimize, which nothing else imports: its surrogates, and its form of a space and its points."""
