"""What to try next, by scikit-optimize, which nothing else imports: pure functions of the study."""
