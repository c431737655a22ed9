"""Pages of this directory that are made from the code: ``python -m milepost.docs`` writes them, a test compares."""
