"""A naive ERP in a process of its own: it books whatever it is sent, also twice. Imports nothing of ours."""
