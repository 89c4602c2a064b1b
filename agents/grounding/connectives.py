"""The small words between numbers and subjects: which of them join, which part, which only point."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words that may stand between a subject and its value: verbs of being and of showing, articles, signs.
FILLERS = _words("""
    of at is are was were be being been stands stand standing sits sit sitting reads read reading comes come
    coming in to a an the its this only just now currently today equals equal totals total totalling amounts
    measures prints printed shows showing runs running registers hits hovers hovering remains remaining stays
    held lies lie has have had value level figure quoted marked pegged estimated put set worth still already
    again it which that pays paying pay brings bringing earns earning offers offering gives giving works out
    back implies implied there here also both each some s 's : = ( [ { - | ' " * ` > ~ & # of's therefore then
    as well we they you us me i my desk sheet market shown show seen see find finds found settled settles
    settling looks look like seems appears puts putting print printing mark marks clocks clocked ends ended
    closes closed turns turned proves proved given quotes quote trades traded moved moves ran holds steady flat
    tonight amount amounting work working made makes making say says said call called believed thought expected
    computed calculated reported measured assessed sized priced fixed placed located rated → ≈
""")
# The same between an event and its date.
DATED = _words("""
    on falls fall falling due scheduled lands land for by until through dated released comes
""")
# Words behind which something else begins.
BREAKS = _words("""
    , . ; after against and because before bound but by for from hurdle if inside into leaves leaving limit
    minimum no not onto or per plus requirement since so target than threshold unless until versus vs when where
    whereas while who whose with within without
""")
# Words that make the number behind them a level.
LEVELS = _words("""
    below above beneath under over beyond past
""")
# Subjects that move through levels, so that `below 96` is no value of theirs.
MOVING = _words("""
    spot price stock underlying loss profit move
""")
# Fillers that do not say `is`.
UNEQUAL = _words("""
    in there here works put brings both each some this set placed offers leaves
""")
# Words that say nothing but `is`.
EQUAL = _words("""
    is was : = reads it stands at of ( the which
""")
# Words that make what follows a circumstance: `at this vol, …`.
OPENERS = _words("""
    at with for given despite by in on under over of after before
""")
# Words that make `to` an `is`: `amounts to`.
REACH = _words("""
    amounts amount amounting out comes up equal marks marked
""")
# How events fall on their days.
FALLS = _words("""
    falls fall due comes lands scheduled
""")
# What stands between the members of a list.
GLUE = _words("""
    , and or the a an / & both its respectively plus as well at of then
""")
# What may stand between a value and the name behind it.
RIGHT = _words("""
    - ( [ of in is was as worth being's * ` " '
""")
# Articles and their like.
DETERMINERS = _words("""
    the a an its our this that their total
""")
# Words of subjects that are verbs where a number stands before them.
VERBS = _words("""
    loses lose losses losing lost collects collect collected collecting receives receive expires expire expiring
    yields yielding yield_ reports reporting decays decaying gains wins risks risking earns trades trading
    breaks received pockets
""")
# What has so many days left.
LIFE = _words("""
    left remaining trade trades option options put puts call calls position hold holding cycle tenor
""")
# Words before a level.
PLACES = _words("""
    below above beneath beyond through past under over until
""")
# What may stand in a list besides: `80 % and more than 3,300`.
LISTED = _words("just only more less than least most up to today ' s")
# Words whose point does not end a sentence.
SHORTENED = _words("""
    approx vs no est e g i avg max min ca resp p a m u s jan feb mar apr jun jul aug sep sept oct nov dec
""")
# Which way a number goes, by the words beside it; GAIN and LOSS of money alone.
UP = _words("""
    up gain gains gained rise rises rose risen profit profits plus positive higher above over ahead
""")
DOWN = _words("""
    down loss losses loses lose lost losing fell falls fallen drop dropped decline declined shed negative minus
    lower below beneath under
""")
GAIN = _words("""
    gain gains gained profit profits up plus positive
""")
LOSS = _words("""
    loss losses loses lose lost losing down minus negative shed
""")
# Words to look past for them.
SKIPPED = _words("""
    of a an the by about to at is some roughly nearly almost around $ - + per share contract
""")
# What stands between a list of subjects and the list of their values.
BRIDGES = _words("are is was were for of as at : = ( stand sit read come remain")
