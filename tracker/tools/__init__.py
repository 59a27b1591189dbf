"""Pages of the documentation, generated from the tables they describe: `python -m tracker.tools.states_page > docs/states.md`."""
