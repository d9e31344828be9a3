"""A plot of the report, as whoever shows it takes it."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Plot:
    """A drawing under a title, or the reason why there is none."""

    name: str  # of its files: plots/NAME.svg and plots/NAME.png
    title: str
    alt: str = ""  # what it shows, with its main numbers, for who cannot see it
    svg: bytes = b""
    png: bytes = b""
    absent: str = ""  # why it is not there, as a sentence
