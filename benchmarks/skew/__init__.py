"""How far apart are the pictures? ``python -m benchmarks.skew --help``."""
