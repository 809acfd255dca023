"""Screens: they wire models to widgets."""
