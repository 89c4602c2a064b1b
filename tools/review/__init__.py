"""Review: what can be asked of a decision afterwards, from its record alone. Pure; nothing here looks at a market.

record ─┬→ facts by dotted path, with unit
        └→ tools: reprice · scenario · compare · what if      each answers with facts of its own
"""
