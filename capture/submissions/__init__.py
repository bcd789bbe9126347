"""Every file that ever arrived: found again, and what can still be done with it."""
