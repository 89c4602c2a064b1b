"""Approvals: what the score and the limits decide alone, and how a person is asked about the rest.

    score, fit, filters, analysis → policy.gate ─┬→ approved | refused
                                                 └→ waiting → card → channel → a person's answer

The answer itself is a compare-and-swap row in the ledger, whichever channel it came through.
"""
