"""Train the small demo checkpoint: emoji, their names and coloured backgrounds. See README.md beside this file."""
