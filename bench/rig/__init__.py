"""What the benchmarks stand on: a server to load, generators to compare, and a way to measure both."""
