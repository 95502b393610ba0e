"""The short test on a page: questions, one answer each, and a score that stays on this machine."""

from __future__ import annotations

from html import escape
from pathlib import Path

import ipywidgets as w

from alliance_analysis.agreement import Agreement
from alliance_analysis.errors import AllianceError
from alliance_analysis.figures import Exhibit
from alliance_analysis.figures.quiz import quiz_result
from alliance_analysis.review.quiz import Form, form, taken
from alliance_analysis.widgets.panel import Panel, Shown, help_text


class QuizPanel(Panel):
    """Answer the short test; Keep writes the answers, and shows the score."""

    def __init__(self, which: Form, path: Path | None = None) -> None:
        self.name = which
        super().__init__(path)
        try:
            taken(self.opened.agreement, which)
            kept = self.chosen
        except AllianceError as error:
            kept = {}
            self.say(f"{error}. The test starts anew.", good=False)
        self.answers: dict[str, w.RadioButtons] = {}
        self.rows: list[w.Widget] = []
        for number, (item, order) in enumerate(form(which), start=1):
            buttons = w.RadioButtons(
                options=[(item.options[at], at) for at in order],
                value=kept.get(item.id),
                layout=w.Layout(width="98%"),
            )
            buttons.add_class(f"cb-question-{number}")
            buttons.observe(self.changed, "value")
            self.answers[item.id] = buttons
            self.rows += [w.HTML(f"<strong>{number}. {escape(item.question)}</strong>"), buttons]
        self.result = Shown(height="0px")
        self.result.layout.display = None if kept else "none"
        self._draw()

    def body(self) -> list[w.Widget]:
        """Return the questions, Keep and the result."""
        intro = help_text(
            "One answer each; leave open what you do not know. The answers stay in your own file."
        )
        return [intro, *self.rows, self.keep_button(self.keep), self.result]

    def still(self) -> Exhibit:
        """Return the result as it stands in the file."""
        return result(self.opened.agreement)

    def _draw(self) -> None:
        try:
            self.result.show(self.still())
        except AllianceError as error:
            self.say(str(error), good=False)

    def keep(self) -> bool:
        """Write the answers given so far."""
        given = {name: buttons.value for name, buttons in self.answers.items() if buttons.value is not None}
        if not given:
            self.say("There is nothing to keep yet: answer a question.", good=None)
            return False
        if not self.save(("choices", {self.name: given})):
            return False
        self.result.layout.display = None
        self._draw()
        return True


def result(agreement: Agreement) -> Exhibit:
    """Return the results of both tests as they stand in the agreement file."""
    return quiz_result(taken(agreement, "pretest"), taken(agreement, "posttest"))
