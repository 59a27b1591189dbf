"""docs/labels.md from the labels: `python -m tracker.tools.labels_page > docs/labels.md`. A test holds the page to them."""

import sys
from collections.abc import Iterator

from tracker.views.labels import KINDS, labels


def page() -> Iterator[str]:
    """The page, line by line."""
    yield "# What the words mean"
    yield ""
    yield (
        "Every word that tracker prints; `tracker explain WORD` says the same in a terminal. Generated from"
        " `tracker/views/label_texts.py` by `python -m tracker.tools.labels_page > docs/labels.md`; do not edit it here."
    )
    for kind, title in KINDS.items():
        yield ""
        yield f"## {title}"
        for label in labels():
            if label.kind == kind:
                yield ""
                also = f" (also {', '.join(f'`{name}`' for name in label.also)})" if label.also else ""
                yield f"**`{label.name}`**{also}: {label.meaning}"
                for name, text in (("Next", label.next), ("Check", label.check), ("Source", label.source)):
                    if text:
                        yield f"<br>*{name}:* {text}"


if __name__ == "__main__":
    sys.stdout.write("\n".join(page()).rstrip() + "\n")
