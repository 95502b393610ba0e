"""What a panel kept in the agreement file, as a record again."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import ValidationError

from alliance_analysis.agreement.files import Agreement
from alliance_analysis.errors import BadInput, Fault
from alliance_analysis.records import Record, dotted

R = TypeVar("R", bound=Record)


def choice_in(agreement: Agreement, name: str, model: type[R], **otherwise: Any) -> R | None:
    """Return what stands under `choices` by this name, or None; raises BadInput with every fault of it.

    `otherwise` gives fields that the file may leave out.

    >>> choice_in(Agreement(schema=1, title="Draft"), "pentad", Record) is None
    True
    """
    kept: Any = agreement.choices.get(name)
    if kept is None:
        return None
    try:
        return model.model_validate({**otherwise, **kept} if isinstance(kept, dict) else kept)
    except ValidationError as error:
        remedy = f"mend it, or delete '{name}' under 'choices' and keep it again"
        raise BadInput(
            Fault(
                item["msg"].removeprefix("Value error, "),
                remedy,
                field=dotted(("choices", name, *item["loc"])),
            )
            for item in error.errors(include_url=False)
        ) from None
