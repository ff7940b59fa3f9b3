"""The processes that look at pictures, apart from those that serve pages (docs/decisions/0102.md)."""
