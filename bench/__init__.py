"""What speed costs here: each measurement takes its two sides in turns and holds them against a bar.

    screening | surface | store | overhead | startup → measurement (base, real, base, …) ┐
    pricing → race (library by library, in rounds, accuracy beside speed)              ┴→ report (table or JSON)

    python -m bench [NAME …] [--rounds N] [--json]

A ratio says as much on a slow or busy machine as on a fast one; seconds are of this machine. Nothing here
fails a build: the tests hold what is right, these hold what is quick.
"""
