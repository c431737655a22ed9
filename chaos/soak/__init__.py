"""The soak: a drill without faults of processes that goes on for long, and a burst at its end. Is everything flat?"""
