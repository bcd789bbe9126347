"""Organisations, memberships, users, roles and sign-in."""
