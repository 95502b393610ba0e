"""Is it fit to sign: what a draft still lacks, and what its words promise."""
