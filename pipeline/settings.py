"""Settings: one TOML file in the home, overridden by `THETAGATE_*`, validated before anything runs.

    thetagate.toml ─┐
    THETAGATE_*    ─┼→ Settings (frozen) → wiring
    *_API_KEY      ─┘

This is the only module that reads the environment. A wrong key names the file, the line, the key and the
nearest valid one.
"""

from __future__ import annotations

import difflib
import getpass
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from pipeline.approval_settings import SLACK_NAMES, ApprovalSettings, Approvers, SlackSettings, WebSettings
from pipeline.broker_settings import BrokerSettings
from pipeline.execution_settings import ExecutionSettings
from pipeline.market import DriverName
from pipeline.serve_settings import ServeSettings
from tools.books.rollout import RolloutRules, Stage
from tools.domain.errors import ConfigError
from tools.domain.mode import Mode
from tools.domain.score import ScoreWeights
from tools.risk.profile import LimitProfile

CONFIG_NAME = "thetagate.toml"
PREFIX = "THETAGATE_"
NOT_SETTINGS = ("THETAGATE_HOME", "THETAGATE_TEST_POSTGRES")
DEFAULT_HOME = Path.home() / ".thetagate"
_TICKER = re.compile(r"^[A-Z][A-Z0-9]{0,5}(\.[A-Z])?$")


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class MarketSettings(Section):
    """Where quotes come from.

    embedded  `seed` picks another path than the embedded day's; `shocks` moves spots by a fraction (0.05 = +5 %)
    past      twenty simulated years behind `driver` (the real S&P 500, your imported SPX, or invented), at `seed`
    store     what `data import` and `data watch` brought in, at `--as-of`
    alpaca    the rest: `universe` is looked at every `refresh_minutes`, a look takes `deadline_seconds` at most,
              one request `timeout_seconds`; `rate` is a decimal per year, continuously compounded
    """

    source: Literal["embedded", "past", "store", "alpaca"] = "embedded"
    driver: DriverName = DriverName.SP500
    seed: int | None = Field(default=None, ge=0)
    shocks: dict[str, float] = {}
    universe: tuple[str, ...] = ("SPY", "QQQ", "IWM")
    feed: Literal["indicative", "opra"] = "indicative"
    stock_feed: Literal["iex", "sip", "delayed_sip"] = "iex"
    rate: float | None = Field(default=None, gt=-0.5, lt=1)
    requests_per_minute: int = Field(default=200, ge=1, le=100_000)
    timeout_seconds: float = Field(default=20.0, gt=0, le=600)
    refresh_minutes: float = Field(default=5.0, ge=1, le=390)
    deadline_seconds: float = Field(default=60.0, gt=0, le=3600)
    trading_url: str = ""
    data_url: str = ""

    @field_validator("universe")
    @classmethod
    def _tickers(cls, symbols: tuple[str, ...]) -> tuple[str, ...]:
        wrong = [symbol for symbol in symbols if not _TICKER.match(symbol.upper())]
        if wrong or not symbols:
            raise ValueError(
                f"universe must name underlyings like SPY or BRK.B, not {wrong[0] if wrong else 'none'!r}"
            )
        return tuple(dict.fromkeys(symbol.upper() for symbol in symbols))

    @model_validator(mode="after")
    def _sane_shocks(self) -> MarketSettings:
        for symbol, shock in self.shocks.items():
            if not -0.9 <= shock <= 9:
                raise ValueError(
                    f"shock of {symbol} must lie between -0.9 and 9 (a fraction of spot), not {shock:g}"
                )
        return self


class FundamentalsSettings(Section):
    """Who tells of companies, rates and the VIX beside a live market."""

    source: Literal["none", "fmp"] = "none"
    requests_per_minute: int = Field(default=300, ge=1, le=100_000)
    url: str = ""


class EventSettings(Section):
    """Blackouts around releases: from a `file` where one is named, else from `source`; and dates of `earnings`.

    A layout is macro, earnings or a TOML file; hours of New York around FOMC, CPI and NFP, and `widths` for a
    release of its own, as (hours before, hours after). `earnings` serves names whose dates nobody else tells.
    """

    source: Literal["embedded", "fmp"] = "embedded"
    file: Path | None = None
    layout: str = "macro"
    earnings: Path | None = None
    earnings_layout: str = "earnings"
    before_hours: float = Field(default=24.0, ge=0, le=24 * 30)
    after_hours: float = Field(default=2.0, ge=0, le=24 * 30)
    widths: dict[Literal["FOMC", "CPI", "NFP", "PPI"], tuple[float, float]] = {}

    @model_validator(mode="after")
    def _sane_widths(self) -> EventSettings:
        for kind, hours in self.widths.items():
            if not all(0 <= each <= 24 * 30 for each in hours):
                raise ValueError(f"widths of {kind} must be hours between 0 and 720, not {hours}")
        return self


class AccountSettings(Section):
    """`cash` opens an account without a portfolio file; the embedded one holds part of it in shares."""

    name: str = "main"
    cash: float = Field(default=1_000_000.0, gt=0, le=1e12)


class BookSettings(Section):
    """`enabled` in the order that breaks ties; `folder` holds the user's own TOML books.

    `capital` names a plan that shares NAV out among them, or is the path of one; without it nothing is kept.
    `rollout` is the stage at which a book begins its rollout, by name: "paper", 0.10, 0.25, 0.50 or 1; from then on
    the ledger's stage holds, until another one stands here. `promotion` is what a stage asks.
    """

    enabled: tuple[str, ...] = ("covered_call", "cash_secured_put")
    folder: Path | None = None
    capital: str | None = None
    rollout: dict[str, Annotated[Stage, BeforeValidator(Stage.of)]] = Field(default_factory=dict)
    promotion: RolloutRules = RolloutRules()


class ScoreSettings(Section):
    """Scores 0-10, compared unrounded: `automatic` and above trades alone, `human` and above asks (spec D)."""

    automatic: float = Field(default=7.5, ge=0, le=10)
    human: float = Field(default=6.0, ge=0, le=10)
    weights: ScoreWeights = ScoreWeights()

    @model_validator(mode="after")
    def _ordered(self) -> ScoreSettings:
        if self.human > self.automatic:
            raise ValueError(f"human ({self.human:g}) must not lie above automatic ({self.automatic:g})")
        if min(self.weights.quantitative, self.weights.model, self.weights.fit) < 0:
            raise ValueError("weights must not be negative: an opinion may count for nothing, never against itself")
        total = self.weights.quantitative + self.weights.model + self.weights.fit
        if abs(total - 1) > 1e-9:
            raise ValueError(f"weights must sum to 1, not {total:g}")
        return self


class ModelSettings(Section):
    """Which analyst. `auto`: recordings on the embedded day, else a configured provider, else offline.

    news  a folder of what others have published, `SYMBOL/2026-11-03T14:00Z source.txt`; it can only lower
    """

    provider: Literal["auto", "recorded", "anthropic", "openai", "offline"] = "auto"
    name: str = ""
    base_url: str = ""
    timeout_seconds: float = Field(default=20.0, gt=0)
    concurrency: int = Field(default=8, ge=1, le=64)
    max_usd_per_candidate: float = Field(default=0.05, gt=0)
    max_usd_per_day: float = Field(default=5.0, gt=0)
    recordings: Path | None = None
    news: Path | None = None


class Settings(BaseSettings):
    """Everything a run depends on besides the market and the ledger."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", frozen=True, extra="forbid", env_ignore_empty=True
    )

    mode: Mode = Mode.SIMULATED
    market: MarketSettings = MarketSettings()
    fundamentals: FundamentalsSettings = FundamentalsSettings()
    events: EventSettings = EventSettings()
    account: AccountSettings = AccountSettings()
    books: BookSettings = BookSettings()
    risk: LimitProfile = LimitProfile()
    score: ScoreSettings = ScoreSettings()
    approvals: ApprovalSettings = ApprovalSettings()
    approvers: Approvers = ()
    slack: SlackSettings = SlackSettings()
    web: WebSettings = WebSettings()
    serve: ServeSettings = ServeSettings()
    model: ModelSettings = ModelSettings()
    execution: ExecutionSettings = ExecutionSettings()
    broker: BrokerSettings = BrokerSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return env_settings, init_settings


class Keys(Section):
    """Secrets of the environment; empty where not configured. Never written anywhere."""

    anthropic: SecretStr = SecretStr("")
    openai: SecretStr = SecretStr("")
    alpaca: SecretStr = SecretStr("")
    alpaca_secret: SecretStr = SecretStr("")
    fmp: SecretStr = SecretStr("")
    slack_bot: SecretStr = SecretStr("")
    slack_app: SecretStr = SecretStr("")
    slack_signing: SecretStr = SecretStr("")


def find_home(option: Path | None) -> Path:
    """`--home`, else `THETAGATE_HOME`, else `~/.thetagate`."""
    if option is not None:
        return option.expanduser().resolve()
    return Path(os.environ.get("THETAGATE_HOME") or DEFAULT_HOME).expanduser().resolve()


ALPACA_NAMES = {
    "alpaca": ("APCA_API_KEY_ID", "ALPACA_API_KEY_ID", "ALPACA_API_KEY"),
    "alpaca_secret": ("APCA_API_SECRET_KEY", "ALPACA_API_SECRET_KEY", "ALPACA_SECRET_KEY"),
}
"""The names Alpaca's own documents and SDKs use, the first one before the others."""


def read_keys() -> Keys:
    return Keys(
        anthropic=SecretStr(os.environ.get("ANTHROPIC_API_KEY", "")),
        openai=SecretStr(os.environ.get("OPENAI_API_KEY", "")),
        alpaca=SecretStr(_any_of(ALPACA_NAMES["alpaca"])),
        alpaca_secret=SecretStr(_any_of(ALPACA_NAMES["alpaca_secret"])),
        fmp=SecretStr(os.environ.get("FMP_API_KEY", "")),
        **{name: SecretStr(os.environ.get(variable, "")) for name, variable in SLACK_NAMES.items()},
    )


def check_alpaca_keys() -> None:
    """`ConfigError` where the names of one key say different things: nobody guesses which account is meant."""
    for names in ALPACA_NAMES.values():
        said = {os.environ[name] for name in names if os.environ.get(name)}
        if len(said) > 1:
            told = " and ".join(name for name in names if os.environ.get(name))
            raise ConfigError(f"{told} name different keys; unset all but one of them.")


def _any_of(names: tuple[str, ...]) -> str:
    return next((os.environ[name] for name in names if os.environ.get(name)), "")


def database_url() -> str:
    """Where ledger and threads are instead of in the home; empty for files there."""
    return os.environ.get("DATABASE_URL", "")


def has_width() -> bool:
    """Whether the user says how wide output may be, terminal or not."""
    return os.environ.get("COLUMNS", "").isdigit()


def user_name() -> str:
    """Who sits at this console, for the audit trail."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unnamed"


def load_settings(home: Path, overrides: Mapping[str, Any] | None = None) -> Settings:
    """The settings of a home; `ConfigError` names what is wrong and where."""
    path = home / CONFIG_NAME
    text = _read(path)
    try:
        data: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            f"{path} is not valid TOML: {error}. Mend that line, or delete the file and run `init`."
        ) from None
    for dotted, value in (overrides or {}).items():
        section, _, key = dotted.partition(".")
        data[section] = {**data.get(section, {}), key: value} if key else value
    _check_variables()
    try:
        return Settings(**data)
    except ValidationError as error:
        raise ConfigError(_explain(error, path, text)) from None
    except SettingsError as error:
        raise ConfigError(
            f"A THETAGATE_ variable cannot be read: {error}. Lists and tables are written as JSON, "
            """e.g. THETAGATE_BOOKS__ENABLED='["covered_call"]'."""
        ) from None


def _check_variables() -> None:
    """A misspelt variable is an error like a misspelt key: who sets a limit must not believe in it in vain."""
    known = [PREFIX + name.upper() for name in Settings.model_fields]
    nested = [f"{top}__{key.upper()}" for top in known for key in _valid_keys([top.removeprefix(PREFIX).lower()])]
    for name in sorted(os.environ):
        section = name.upper().split("__")[0]
        if not name.upper().startswith(PREFIX) or section in {*known, *NOT_SETTINGS}:
            continue
        near = difflib.get_close_matches(name.upper(), [*nested, *known], n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}?" if near else f"sections: {', '.join(known)}."
        raise ConfigError(f"Unknown setting {name} in the environment; {hint}")


def _read(path: Path) -> str:
    if not path.exists():
        return ""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read ({error}); check the file and its permissions.") from None


def _explain(error: ValidationError, path: Path, text: str) -> str:
    """The first problem as one sentence: where, what, and the nearest valid key."""
    problem = error.errors()[0]
    keys = [str(part) for part in problem["loc"]]
    dotted = ".".join(keys) or "the settings"
    place = _place(path, text, keys)
    if problem["type"] == "extra_forbidden":
        near = difflib.get_close_matches(keys[-1], _valid_keys(keys[:-1]), n=1, cutoff=0.5)
        hint = f"did you mean {near[0]!r}?" if near else f"valid here: {', '.join(_valid_keys(keys[:-1]))}."
        return f"Unknown setting {dotted!r} ({place}); {hint}"
    message = problem["msg"].removeprefix("Value error, ")
    return f"Setting {dotted!r} is wrong ({place}): {message}. It was {problem['input']!r}."


def _valid_keys(path: list[str]) -> list[str]:
    model: type[BaseModel] = Settings
    for key in path:
        field = model.model_fields.get(key)
        if field is None or not (isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)):
            return []
        model = field.annotation
    return sorted(model.model_fields)


def _place(path: Path, text: str, keys: list[str]) -> str:
    """Where a setting was set: its variable, which goes before the file, or its line."""
    variable = PREFIX + "__".join(keys).upper()
    if variable in {name.upper() for name in os.environ}:
        return variable
    line = _line_of(text, keys)
    return f"{path}, line {line}" if line else f"{path} or {variable}"


def _line_of(text: str, keys: list[str]) -> int | None:
    """The line of a dotted key, or of the table written in one line that holds it."""
    lines: dict[tuple[str, ...], int] = {}
    section: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        name, equals, _ = line.partition("=")
        if name.strip().startswith("["):
            section = _parts(name.strip().strip("[").partition("]")[0])
            lines.setdefault(section, number)
        elif equals:
            lines.setdefault((*section, *_parts(name)), number)
    depths = range(len(keys), min(len(keys), 2) - 1, -1)
    return next((lines[tuple(keys[:depth])] for depth in depths if tuple(keys[:depth]) in lines), None)


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))
