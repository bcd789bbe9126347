"""What corrections taught about somebody's documents: kept in the open, used again, and forgotten on request."""
