"""What a process tells of itself in numbers: declared once, labelled from closed sets, read when somebody asks."""
