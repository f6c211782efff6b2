"""Reports: one model, `scanproof.results.Results`, and one renderer per format."""

from scanproof.report.files import write_reports

__all__ = ["write_reports"]
