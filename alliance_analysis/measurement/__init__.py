"""What the numbers say: a KPI's series, its signals and noise, thresholds that punish neither, and fair baselines."""
