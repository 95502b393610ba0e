"""Panels in which a student tries, chooses and keeps; each writes only its own part of the agreement file."""
