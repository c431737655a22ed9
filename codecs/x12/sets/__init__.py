"""The transaction sets we speak, each as one table that both reads and writes it."""
