"""The account as a whole: what it holds, what that exposes it to, and how a candidate fits.

    account + snapshot → held (marks, NAV) → cover (who secures whom) → exposures
    candidate → unit exposure → contracts → limits after the trade and all reservations → fit 0-10
    fills, settlements, dividends, interest, splits → books → account, statements

Reading path: `fit` is the door for proposals, `holdings` the one for the screen, `positions` feeds both;
`accounting` is the one for what has happened, `settlement` and `early_assignment` say how options end.
"""
