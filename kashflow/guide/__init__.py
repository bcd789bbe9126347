"""The guided flow: from what to do in KashFlow to the first publish."""
