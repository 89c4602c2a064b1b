"""When the exchange trades and how much time passes: sessions, the trading clock, expiries, blackouts.

Every instant handed in is aware; every instant handed out carries New York time.
"""
