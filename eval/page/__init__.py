"""HTML pages that load nothing: sections, charts, tables and program listings."""
