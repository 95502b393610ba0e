"""The whole alliance over time: three accords in an environment, and what each contributes."""
