"""Trying a rule on the past before it is saved: its page and its call."""
