"""What to try next, the surrogate that tells it, and `result.joblib`: pure functions of the study."""
