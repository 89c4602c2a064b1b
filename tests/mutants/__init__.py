"""Wrong order paths, made by hand: each is one that somebody might write, and a test must not let it live.

executing.py, gating.py, booking.py  what is changed where, and the tests that kill it
test_mutants.py                      each text still stands once; `make mutants`: each is killed
"""
