"""Items out of readings, coded by the rules: applied, tried on the past, grown from corrections."""
