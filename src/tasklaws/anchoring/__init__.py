"""The anchors of a study: made, read from its folder, and held against its log."""
