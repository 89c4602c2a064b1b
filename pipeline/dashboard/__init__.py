"""The pages on this machine: what waits for a person, answered in a browser, with or without JavaScript.

link with a token → session cookie → page → form (CSRF token + the card's secret) → the one policy
"""
