"""Searches side by side: by trials, epochs and training time, with the spread over their seeds."""
