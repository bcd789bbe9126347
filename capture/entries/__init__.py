"""The list entries that items use: found after a refresh, or gone and replaced."""
