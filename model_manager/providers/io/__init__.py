"""Carries out the steps of an exchange over HTTP."""
