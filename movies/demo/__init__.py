"""The clip of the demo room with its captions: ours, CC0 (LICENSE beside this file), by scripts/make_demo_clip."""

from pathlib import Path

from movies.services import SubtitleFile

FOLDER = Path(__file__).parent
CLIP = FOLDER / "demo.mp4"
TITLE = "Demo clip"
SUBTITLES = (
    SubtitleFile(FOLDER / "demo.en.vtt", language="en", label="English"),
    SubtitleFile(FOLDER / "demo.de.vtt", language="de", label="Deutsch"),
)
