"""Interactive Brokers as a broker, over TWS or IB Gateway.

session  a connection with a thread of its own: what is asked, what is sent, what silence means
form     an intent as TWS's contract and order           told      TWS's orders and executions as ours
journal  what TWS forgets, or never tells                 activities  what happened without an order, derived
"""
