"""Getting runs into a study: importing, removing, scoring."""
