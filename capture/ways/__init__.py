"""The ways in: channels with their switches, mailboxes and watched folders."""
