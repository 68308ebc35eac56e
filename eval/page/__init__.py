"""One page without network: sections of HTML, charts, tables, listings."""
