"""Offline judgement: protocols, metrics, reports."""
