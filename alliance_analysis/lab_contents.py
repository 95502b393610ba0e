"""Notebooks as JupyterLab opens them: a form whose kernel is gone gives way to what the page says in its place."""

from __future__ import annotations

from typing import Any

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager

from alliance_analysis.reports.outputs import WIDGET


class Contents(AsyncLargeFileManager):
    """JupyterLab's own files, read so that no saved page says "Error displaying widget: model not found".

    A saved form is shown again only by the kernel that made it: the one that ran when the page was last saved, if it
    still runs. Otherwise the output's HTML is shown. The file itself stays as it is.
    """

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self._saved_with: dict[str, str] = {}

    async def save(self, model: dict[str, Any], path: str = "") -> Any:
        """Save as usual, and remember the kernel that the page had."""
        self._saved_with[path.strip("/")] = await self._kernel(path)
        return await super().save(model, path)  # type: ignore[no-untyped-call]

    async def get(self, path: str, *arguments: Any, **settings: Any) -> Any:
        """Read as usual, without the forms that no kernel knows any more."""
        model = await super().get(path, *arguments, **settings)  # type: ignore[no-untyped-call]
        if model["type"] == "notebook" and model["content"]:
            kernel = await self._kernel(path)
            if not kernel or self._saved_with.get(path.strip("/")) != kernel:
                without_forms(model["content"])
        return model

    async def _kernel(self, path: str) -> str:
        sessions = await self.parent.session_manager.list_sessions() if self.parent else []
        return next((s["kernel"]["id"] for s in sessions if s["path"] == path.strip("/")), "")


def without_forms(notebook: dict[str, Any]) -> None:
    """Take the form out of each output that has something else to show.

    >>> data = {WIDGET: {}, "text/html": "Run the page."}
    >>> without_forms({"cells": [{"outputs": [{"data": data}]}]})
    >>> data
    {'text/html': 'Run the page.'}
    """
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            if "text/html" in output.get("data", {}):
                output["data"].pop(WIDGET, None)
