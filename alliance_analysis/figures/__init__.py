"""The only room that draws: every function returns an Exhibit."""

from alliance_analysis.figures.exhibit import Exhibit

__all__ = ["Exhibit"]
