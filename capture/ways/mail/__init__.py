"""Mails coming in: fetched, taken apart by a process of its own, and their files submitted."""
