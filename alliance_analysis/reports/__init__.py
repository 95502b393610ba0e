"""From a notebook to a report: parameters, execution and the one export route."""
