"""What every floor stands on: configuration, database, errors, log, money and secrets."""
