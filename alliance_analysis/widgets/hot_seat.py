"""The panel for two people at one table: each plays on an own computer, and they send each other the table file."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path

import ipywidgets as w
from pydantic import ValidationError

from alliance_analysis.agreement.files import Part
from alliance_analysis.errors import AllianceError
from alliance_analysis.figures import Exhibit
from alliance_analysis.figures import negotiation as show
from alliance_analysis.negotiation import (
    LABELS,
    Negotiation,
    Setup,
    Transcript,
    debrief,
    hot_seat,
    setup_from,
)
from alliance_analysis.negotiation import setups as kept_as
from alliance_analysis.negotiation.hot_seat import NAME, NAMES, Private, Table
from alliance_analysis.negotiation.offers import recorded
from alliance_analysis.negotiation.setups import ACCEPT, WALK_AWAY, Importance, Move
from alliance_analysis.negotiation.utility import Package
from alliance_analysis.records import as_plain
from alliance_analysis.widgets import negotiation_view as view
from alliance_analysis.widgets.panel import Panel, Shown, field, help_text, styled

BUTTONS = {"sit": "Sit down", "read": "Read the file", "offer": "Offer", "accept": "Accept theirs",
           "walk_away": "Walk away", "reveal": "Reveal"}  # fmt: skip


class HotSeatPanel(Panel):
    """Sit down, move when it is your turn, reveal at the end; Keep takes the finished negotiation into your file."""

    name = NAME
    recalls = False

    def __init__(self, path: Path | None = None) -> None:
        super().__init__(path)
        setup = setup_from(self.opened.agreement)
        chosen = {
            "file": "table.yaml",
            "side": "customer",
            "alternative": "tender_again",
            "word": "",
            **self.chosen,
        }
        mine = view.choices(setup, setup.you, setup.them)
        self.choice = {name: mine[name] for name in ("side", *LABELS, "alternative")}
        for name in LABELS:
            mine[name].value = dict(chosen.get("importance", {})).get(name, mine[name].value)
        self.choice["side"].value, self.choice["alternative"].value = chosen["side"], chosen["alternative"]
        self.word = field(w.Password, "Secret word", "Any word of your own; without it others could guess your side",
                          value=chosen["word"])  # fmt: skip
        self.file = field(
            w.Text, "Table file", "The file that you send each other, in this folder", value=chosen["file"]
        )
        self.terms = view.terms()
        self.buttons = {n: w.Button(description=label, tooltip=label) for n, label in BUTTONS.items()}
        self.says, self.worth = w.HTML(), w.HTML()
        self.shown = [Shown(height="0px") for _ in range(4)]
        self.table: Table | None = None
        self._laid: Setup | None = None
        for name, button in self.buttons.items():
            button.add_class(f"cb-hot-{name.replace('_', '-')}")
        self.says.add_class("cb-says")
        self.buttons["offer"].button_style = "primary"
        acts = {"sit": self.sit, "read": self.read, "reveal": lambda: self.act(hot_seat.reveal),
                "offer": lambda: self.move(self._setup().offer(self.package)), "accept": lambda: self.move(ACCEPT),
                "walk_away": lambda: self.move(WALK_AWAY)}  # fmt: skip
        for name, act in acts.items():
            self.buttons[name].on_click(lambda _, act=act: act())
        for control in (*self.terms.values(), *self.choice.values()):
            control.observe(self._weigh, "value")
        if self.chosen and self.place.exists():
            self.read()
        self._update()

    def body(self) -> list[w.Widget]:
        """Return your private side beside the table, and below them the transcript and the debrief."""
        left = [w.HTML("<h4>1. Your private side</h4>"), *self.choice.values(), self.word, self.file]
        right = [w.HTML("<h4>2. The table</h4>"), self.says, *self.terms.values(), self.worth]
        rows = [w.HBox([self.buttons[n] for n in names]) for names in (("sit", "read"), ("offer", "accept"),
                ("walk_away", "reveal"))]  # fmt: skip
        sides = w.HBox([
            w.VBox([*left, rows[0]], layout=w.Layout(flex="1 1 370px", max_width="100%")),
            w.VBox([*right, *rows[1:], self.keep_button(self.keep)], layout=w.Layout(flex="1 1 370px", max_width="100%")),
        ])  # fmt: skip
        sides.add_class("cb-columns")
        intro = help_text(
            "The first to sit down makes the table file; the other puts it into this folder, reads it and sits down too. "
            "After each move, send the file. It holds no one’s interests until both reveal them."
        )
        box = w.VBox([styled(view.CSS), intro, sides, *self.shown])
        box.add_class("cb-negotiation")
        return [box]

    def still(self) -> Exhibit:
        """Return the negotiation that stands in the file."""
        return show.transcript(recorded(self.opened.agreement))

    @property
    def place(self) -> Path:
        """Where the table file is: beside the agreement file."""
        return self.opened.path.parent / (Path(self.file.value).name or "table.yaml")

    @property
    def package(self) -> Package:
        """The terms as set in the offer."""
        return tuple(self.terms[issue.id].value for issue in self._setup().issues)

    def mine(self) -> Private:
        """Return your private side; raises ValidationError if the secret word is too short."""
        ranks = {name: self.choice[name].value for name in LABELS}
        side, alternative = self.choice["side"].value, self.choice["alternative"].value
        return Private(
            side=side, importance=Importance(**ranks), alternative=alternative, word=self.word.value
        )

    def sit(self) -> None:
        """Sit down at the table file, or lay a new table; your private side goes into your own file."""

        def seated(table: Table | None) -> Table:
            return hot_seat.sit(table or hot_seat.laid(setup_from(self.opened.agreement)), self.mine())

        self._do(seated)

    def read(self) -> None:
        """Read the table file as the other side sent it."""
        seen = self.chosen.get("seen")

        def checked(table: Table | None) -> Table:
            if table is None:
                raise FileNotFoundError
            if table.of(self.choice["side"].value, "sit"):
                hot_seat.known(table, self.mine(), seen)
            return table

        self._do(checked, write=False)

    def move(self, made: Move) -> None:
        """Make a move and write it into the table file."""
        self.act(lambda table, mine: hot_seat.move(table, mine, made))

    def act(self, change: Callable[[Table, Private], Table]) -> None:
        """Change the table by one entry of yours, on the file as it is now."""

        def changed(table: Table | None) -> Table:
            if table is None:
                raise FileNotFoundError
            hot_seat.known(table, self.mine(), self.chosen.get("seen"))
            return change(table, self.mine())

        self._do(changed)

    def _do(self, change: Callable[[Table | None], Table], *, write: bool = True) -> None:
        try:
            table = hot_seat.read_table(self.place) if self.place.exists() else None
            self.table = change(table)
            if write:
                hot_seat.write_table(self.place, self.table)
            sits = self.table.of(self.choice["side"].value, "sit")
            private = (
                {**as_plain(self.mine()), "file": self.place.name, "seen": self.table.last} if sits else None
            )
            if private and private != self.chosen and not self.save(("choices", {self.name: private})):
                return
            told = (
                f"Written to {self.place.name}. Send it to the other side."
                if write
                else f"Read {self.place.name}."
            )
            self.say(told, good=True)
        except FileNotFoundError:
            self.say(
                f"There is no {self.place.name} in this folder: put it there, or sit down first.", good=False
            )
        except ValidationError:
            self.say("The secret word needs at least four letters.", good=False)
        except AllianceError as error:
            self.say("; ".join(str(fault) for fault in error.faults), good=False)
        self._update()

    def keep(self) -> bool:
        """Take the finished and revealed negotiation into the agreement file, and its terms onto the card."""
        run = self._run()
        if run is None or not run.ended:
            self.say("Nothing to keep yet: play to the end, and both reveal.", good=None)
            return False
        agreed = run.setup.terms(run.agreed) if run.agreed else None
        kept = Negotiation(setup=run.setup, moves=list(run.moves), agreed=agreed)
        card = next((c for c in self.opened.agreement.kpis if c.id == run.setup.card), None)
        parts: list[Part] = [("choices", {kept_as.NAME: as_plain(kept)})]
        if card and agreed:
            parts.append(("kpis", card.model_copy(update=agreed.model_dump(exclude_none=True))))
        return self.save(*parts)

    def _run(self) -> Transcript | None:
        """Return the negotiation as this side may see it, once it sits at the table."""
        if self.table is None or not self.table.of(self.choice["side"].value, "sit"):
            return None
        return hot_seat.seen_by(self.table, self.mine())

    def _setup(self) -> Setup:
        """Return the terms on the table with your own side's interests."""
        base = self.table.setup if self.table else hot_seat.laid(setup_from(self.opened.agreement)).setup
        ranks = {name: self.choice[name].value for name in LABELS}
        own = {
            "side": self.choice["side"].value,
            "importance": ranks,
            "alternative": self.choice["alternative"].value,
        }
        return Setup.model_validate({**base.model_dump(), **own})

    def _weigh(self, _: object = None) -> None:
        setup = self._setup()
        if all(self.terms[issue.id].value in issue.options for issue in setup.issues):
            self.worth.value = view.worth(setup, self.package)

    def _update(self) -> None:
        """Bring the options, the buttons, the words and the debrief to the state of the table."""
        setup, side = self._setup(), self.choice["side"].value
        if self._laid is None or self._laid.issues != setup.issues:
            self._laid = setup
            for issue in setup.issues:
                control = self.terms[issue.id]
                view.lay(control, setup, issue)
                control.value = issue.options[len(issue.options) // 2]
        self._weigh()
        run = self._run()
        turn = self.table.turn if self.table else None
        for name in ("offer", "walk_away"):
            self.buttons[name].disabled = run is None or turn != side
        self.buttons["accept"].disabled = run is None or turn != side or not run.offers("them")
        over = self.table is not None and run is not None and turn is None
        self.buttons["reveal"].disabled = not over or bool(self.table and self.table.of(side, "reveal"))
        for control in (*self.choice.values(), self.word, self.buttons["sit"]):
            control.disabled = run is not None
        self.says.value = f'<div aria-live="polite">{self._said(run)}</div>'
        ended = run is not None and run.ended
        for area, visible in zip(
            self.shown, (run is not None and bool(run.turns), ended, ended, ended), strict=True
        ):
            area.layout.display = None if visible else "none"
        if run is None or not run.turns:
            return
        self.shown[0].show(show.transcript(run))
        if run.ended:
            for area, exhibit in zip(self.shown[1:], (show.debrief, show.terms, show.barriers), strict=True):
                area.show(exhibit(run))

    def _said(self, run: Transcript | None) -> str:
        if self.table is None or run is None:
            return "Set your side, think of a secret word, and press <strong>Sit down</strong>."
        side: str = self.choice["side"].value
        turn = self.table.turn
        offers = run.offers("them")
        theirs = (
            f"Their offer: {escape(run.setup.told(offers[-1].terms or ()), quote=False)}. " if offers else ""
        )
        if run.ended:
            return f"<strong>{escape(debrief(run).in_a_sentence(), quote=False)}</strong>"
        if turn is None:
            return f"{theirs}It is over. Both press <strong>Reveal</strong> and send the file once more."
        return f"{theirs}<strong>{'It is your move' if turn == side else f'It is for {NAMES[turn]} to move'}.</strong>"
