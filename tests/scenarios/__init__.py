"""Lifecycles by name: what may become of an order, each told in a few lines of steps over one small world.

    world.py  the clock, the market, the venue, the books    steps.py  what happens    expected.py  what must be so
    bells.py, market.py  what happens without an order, and the prices that it happens at
    orders.py, hours.py, settlements.py  tables of scenarios      test_scenarios.py  runs them all

A new kind of happening is a function that returns a step; a new subject is a new table in `test_scenarios.TABLES`.
"""
