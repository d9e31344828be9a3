"""What a search is, and what is done next: frozen records and pure functions, without files, clocks or environment."""
