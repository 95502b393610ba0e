"""Whether to go on: alignment, readiness, the choice of a partner, pitfalls, the rhythm of review, and the decision."""
