"""The scenarios: each estimates its seconds and runs."""
