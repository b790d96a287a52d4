"""What the benchmarks share: processes on cores, the work, the peers, the load, the figures and the report."""
