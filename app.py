"""Composition root (under construction)."""
