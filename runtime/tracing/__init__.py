"""Traces: what one milestone caused, from its arrival to the ERP's booking. Silent unless switched on."""
