"""The account as a whole: what it holds, what that exposes it to, how a candidate fits, how an open trade ends.

    account + snapshot → held (marks, NAV) → cover (who secures whom) → exposures
    candidate → unit exposure → contracts → limits after the trade and all reservations → fit 0-10
    open trades + snapshot → views → exit signals → rolls at equal count, held against the same limits
    fills, settlements, dividends, interest, splits → books → account, statements

Reading path: `fit` is the door for proposals, `holdings` the one for the screen, `positions` feeds both; `exits`
and `rolls` look at open trades through `trade_view`, and `spiral` refuses what would mend a lean by selling more;
`accounting` is the door for what has happened, `settlement` and `early_assignment` say how options end.
"""
