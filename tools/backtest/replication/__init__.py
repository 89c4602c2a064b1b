"""PUT, BXM and CNDR from daily index closes, VIX and bill rates alone.

Where no option prices are at hand the options are modelled; every assumption is a sentence in the result.
`replicate.replicate` is the whole of it, `market.daily_market` makes its input of columns.
"""
