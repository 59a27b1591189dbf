"""Questions asked of a finished replay: pure functions from its tables to rows. They never step a state."""
