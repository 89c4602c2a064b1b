"""The good answer of `examples` in other languages: well formed, and of no use to an English desk."""

from __future__ import annotations

from typing import Any

from tests.agents.examples import answer

GERMAN: dict[str, Any] = answer(
    rationale="Der Put zahlt 7,5 % im Jahr f\u00fcr einen Basispreis 6,1 % unter dem Kurs, und die implizite "
    "Volatilit\u00e4t liegt \u00fcber der realisierten. Schwach ist, dass die Gewinnschwelle nahe ist.",
    risk_narrative="Ein Fall durch 97,09 schmerzt zuerst durch Volatilit\u00e4t, dann durch Delta.",
    risk_factors=["Gewinnschwelle nahe", "weite Spanne", "keine Bonit\u00e4tsnote"],
    catalysts=["CPI am 2026-11-12"],
    sentiment="Verh\u00e4ltnis von Puts zu Calls und RSI sind ruhig.",
    earnings="Die n\u00e4chsten Zahlen kommen 42 Tage nach dem Verfall.",
    sector_and_macro="Energie bei einem VIX von 17.4, kein Stress.",
    scenarios={"best": "Er steigt langsam.", "base": "Er verf\u00e4llt.", "worst": "Er f\u00e4llt weit."},
    similar_trades="Keine bekannt.",
    exit_plan="Bei halber Pr\u00e4mie zur\u00fcckkaufen, bei 1,82 aufh\u00f6ren.",
)
DUTCH: dict[str, Any] = answer(
    rationale="De put betaalt 7,5 % per jaar voor een uitoefenprijs van 6,1 % onder de koers, en de impliciete "
    "volatiliteit is hoger dan de gerealiseerde. Het zwakke punt is het omslagpunt dat dichtbij ligt.",
    risk_narrative="Een daling door 97,09 doet eerst pijn door volatiliteit en daarna door delta.",
    risk_factors=["omslagpunt dichtbij", "brede spread", "geen rating"],
    catalysts=["CPI op 2026-11-12"],
    sentiment="De verhouding tussen puts en calls is rustig.",
    earnings="De volgende cijfers komen 42 dagen na de expiratie.",
    sector_and_macro="Energie bij een VIX van 17.4, geen stress.",
    scenarios={"best": "Hij stijgt langzaam.", "base": "Hij loopt af.", "worst": "Hij daalt ver."},
    similar_trades="Geen bekend.",
    exit_plan="Terugkopen voor de helft van de premie, stoppen op 1,82.",
)
CHINESE: dict[str, Any] = answer(
    rationale="\u8be5\u770b\u8dcc\u671f\u6743\u5e74\u5316\u6536\u76ca 7.5 %\uff0c\u98ce\u9669\u6709\u9650\u3002",
    risk_narrative="\u4e0b\u8dcc\u4f1a\u5e26\u6765\u635f\u5931\u3002" * 4,
    risk_factors=["\u6ce2\u52a8\u7387\u4e0a\u5347"],
    catalysts=[],
    sentiment="\u5e02\u573a\u5e73\u9759\u3002",
    earnings="\u8d22\u62a5\u5728\u5230\u671f\u4e4b\u540e\u3002",
    sector_and_macro="\u80fd\u6e90\u677f\u5757\u5e73\u7a33\u3002",
    scenarios={"best": "\u4e0a\u6da8", "base": "\u6301\u5e73", "worst": "\u4e0b\u8dcc"},
    similar_trades="\u6ca1\u6709\u8bb0\u5f55\u3002",
    exit_plan="\u534a\u4ef7\u56de\u8d2d\u3002",
)
