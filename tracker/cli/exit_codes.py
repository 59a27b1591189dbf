"""What the process returns; scripts rely on it. Always raised (`sys.exit`, click's exceptions), never returned."""

from typing import Final

DONE: Final = 0
FINDINGS: Final = 1  # --fail-on was met
USAGE: Final = 2  # click's own number for a wrong command line
UNREADABLE: Final = 3  # a capture could not be read at all
DAMAGED: Final = 4  # a capture ended early or was damaged; what came before is shown
NOT_PERMITTED: Final = 5  # no permission for live capture
UNWRITABLE: Final = 74  # standard output cannot be written, as on a full disk (EX_IOERR of sysexits.h)
INTERRUPTED: Final = 130  # Ctrl-C; what was seen is shown
