"""The ledger: what was proposed, decided, promised, sent and filled, and by whom, so that it can be proved later.

    propose → reserve → settle ─┬→ approve ─┐
                                │           ├→ intent → order → fills → positions, cash → finish
                                └───────────┘
      every step: one transaction = the rows it changes + the events that tell of it (append-only, hash-chained)

Rows answer questions, events are the evidence: `audit` derives the rows from the events again and compares.
SQLite by default, PostgreSQL by URL. Times are ISO-8601 UTC text, money is decimal text, JSON is canonical text,
so that a hash means the same on every database.
"""
