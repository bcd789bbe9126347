"""What happened to items and submissions: written down, told in plain sentences, and taken back."""
