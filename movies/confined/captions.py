"""``python -m movies.confined.captions LIMITS PATH OUT LANGUAGE``: captions of any kind, made into WebVTT."""

from pathlib import Path

from movies.captions.cues import Unreadable, webvtt
from movies.captions.decoding import decode
from movies.captions.reading import read
from movies.confined.answers import Made
from movies.confined.child import Refuse, main


def captions(path: str, out: str, language: str) -> Made:
    try:
        made = webvtt(read(decode(Path(path).read_bytes(), language)))
    except Unreadable as unreadable:
        raise Refuse(unreadable.fault) from None
    return Made(size=Path(out).write_bytes(made.encode()))


if __name__ == "__main__":
    main(captions)
