"""Partners as data: one file describes a partner, one engine reads and writes by it."""
