"""Tasks: how the cases of each kind are run, and what is handed to the scorers."""
