"""The chaos drill: faults drawn from a seed, injected into a whole run, and the verdict on what it came to."""
