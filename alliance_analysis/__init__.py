"""Alliance Casebook: design alliance accords, negotiate the KPIs inside them, write the paper."""

__version__ = "0.1.0"
