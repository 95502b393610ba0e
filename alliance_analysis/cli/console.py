"""Where the command prints: results to standard output, the rest to standard error."""

from __future__ import annotations

from rich.console import Console


def out() -> Console:
    """Return the console for results."""
    return Console(soft_wrap=True, highlight=False)


def err() -> Console:
    """Return the console for progress and faults."""
    return Console(stderr=True, soft_wrap=True, highlight=False)
