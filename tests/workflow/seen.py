"""Lines the tests want printed after the run."""

SUMMARY: list[str] = []
