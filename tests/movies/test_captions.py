"""Captions of any kind and encoding into WebVTT, without a server: formats, encodings, marks, refusals."""

import contextlib
import time

import pytest

from movies.captions.cues import MAX_CUES, Unreadable, webvtt
from movies.captions.decoding import decode
from movies.captions.reading import read, read_packets

SRT = "1\n00:00:01,000 --> 00:00:02,500\nHello <i>there</i>\n\n2\n00:00:03,000 --> 00:00:04,000\nGood\nbye\n"
VTT = "WEBVTT\n\n00:00:01.000 --> 00:00:02.500\nHello <i>there</i>\n\n00:00:03.000 --> 00:00:04.000\nGood\nbye\n"
ASS = r"""[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic
Style: Default,Arial,20,&H00FFFFFF,&H000000FF,&H00000000,&H00000000,0,0
Style: Thought,Arial,20,&H00FFFFFF,&H000000FF,&H00000000,&H00000000,0,-1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:03.00,0:00:04.00,Default,,0,0,0,,{\pos(10,10)}Good\Nbye
Comment: 0,0:00:00.00,0:00:09.00,Default,,0,0,0,,not for the audience
Dialogue: 0,0:00:05.00,0:00:06.00,Default,,0,0,0,,{\p1}m 0 0 l 100 0 100 100{\p0}
Dialogue: 0,0:00:01.00,0:00:02.50,Default,,0,0,0,,Hello {\i1}there{\i0}
"""

# Characters, for which quadratic time would be minutes at the least; and seconds that no processor needs otherwise.
MANY = 300_000
ENOUGH = 20


def converted(content: str | bytes, language: str = "en") -> str:
    data = content.encode() if isinstance(content, str) else content
    return webvtt(read(decode(data, language)))


def cue(text: str) -> str:
    return f"1\n00:00:01,000 --> 00:00:02,000\n{text}\n"


@pytest.mark.parametrize(
    "content",
    [
        SRT,
        SRT.replace("\n", "\r\n"),
        SRT.replace(",", "."),
        SRT.replace("00:00:0", "0:0:"),
        SRT.replace("\nGood", "\nGood\n"),
        SRT.replace("Hello", r"{\an8}Hello"),
        SRT.replace("there", '<font color="red">there</font>'),
        VTT,
        VTT.replace("00:00:0", "00:0"),
        VTT.replace("WEBVTT", "\ufeffWEBVTT - title\nKind: captions\n\nNOTE\nnothing\n\nSTYLE\n::cue { color: red }\n"),
        VTT.replace("00:00:03", "a name\n00:00:03").replace("2.500", "2.500 line:0 align:start"),
        VTT.replace("Hello", "<v Roger><c.loud>Hello</c>").replace("there", "<00:00:02.000>there"),
        ASS,
        ASS.replace("\n", "\r\n"),
        ASS.replace("Hello {\\i1}", "Hello {\\rThought}").replace("{\\i0}", ""),
        ASS.replace("Default,,0,0,0,,Hello", "Thought,,0,0,0,,{\\i0}Hello").replace("there{\\i0}", "there"),
    ],
)
def test_srt_webvtt_and_ass_become_webvtt(content: str) -> None:
    assert converted(content) == VTT


@pytest.mark.parametrize(
    ("text", "encoding", "language"),
    [
        ("Grüße, 🎬", "utf-8", "de"),
        ("Grüße, 🎬", "utf-8-sig", "de"),
        ("Grüße, 🎬", "utf-16", "de"),
        ("Grüße, 🎬", "utf-16-be", "de"),
        ("Grüße, 🎬", "utf-16-le", "de"),
        ("Ça où ? L’été – œuvre", "cp1252", "fr"),
        ("Zażółć gęślą jaźń, proszę", "cp1250", "pl"),
        ("Привет, как дела? Хорошо.", "cp1251", "ru"),
        ("Привет, как дела? Хорошо.", "koi8_r", "ru"),
        ("Γειά σου, τι κάνεις;", "cp1253", "el"),
        ("Şimdi İstanbul'a gidiyoruz", "cp1254", "tr"),
        ("שלום, מה שלומך?", "cp1255", "he"),
        ("مرحبا، كيف حالك؟", "cp1256", "ar"),
        ("こんにちは、元気ですか。", "cp932", "ja"),
        ("你好，你今天怎么样？", "gb18030", "zh-Hans"),
        ("안녕하세요, 잘 지내세요?", "cp949", "ko"),
        # Said to be in another language than it is.
        ("Привет, как дела? Хорошо, спасибо, а у тебя?", "cp1251", "und"),
    ],
)
def test_encodings_are_found_out(text: str, encoding: str, language: str) -> None:
    assert text in converted(cue(text).encode(encoding), language=language)


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("<script>alert(1)</script>", "alert(1)"),
        ('<img src=x onerror="alert(1)">Hi', "Hi"),
        ("<b onclick=alert(1)>Hi", "<b>Hi</b>"),
        ("<b>one<i>two</b>three", "<b>one<i>two</i></b><i>three</i>"),
        ("</i></b>Hi", "Hi"),
        ("1 < 2 & 3 > 2", "1 &lt; 2 &amp; 3 &gt; 2"),
        ("<<script>script>Hi", "&lt;script&gt;Hi"),
        ("a --> b", "a --&gt; b"),
        ("Hi\x01\x1b[31m", "Hi[31m"),
        ("&lt;i&gt;", "&amp;lt;i&amp;gt;"),
    ],
)
def test_nothing_but_i_b_and_u_gets_through(sent: str, shown: str) -> None:
    assert converted(cue(sent)) == f"WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n{shown}\n"


def test_webvtts_escapes_stay_what_they_are() -> None:
    assert "a &lt;b&gt; &amp; c" in converted("WEBVTT\n\n00:01.000 --> 00:02.000\na &lt;b&gt; &amp; c\n")
    assert "&lt;b&gt; &amp;amp;" in converted(ASS.replace("Hello", "<b> &amp;"))


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "not_captions"),
        (b"\xff\xfe", "not_captions"),
        (b"\xff\xfea", "not_captions"),
        (b"\n\n", "not_captions"),
        (b"\x1a\x45\xdf\xa3" + b"\xff\x00" * 2000, "not_captions"),
        (bytes(range(128, 256)) * 50, "not_captions"),
        (cue("a\x00b"), "not_captions"),
        ("<!doctype html><script>alert(1)</script>", "not_captions"),
        ("#EXTM3U\nhttp://127.0.0.1/\n", "not_captions"),
        ("WEBVTT\n\nno times\n", "no_captions"),
        (cue(""), "no_captions"),
        (cue("<i> </i>"), "no_captions"),
        ("1\n00:00:02,000 --> 00:00:01,000\nbackwards\n", "no_captions"),
        (ASS.replace("0:00:01.00", "soon"), "not_captions"),
        ("1\n00:00:01,000 --> 9999:00:00,000\nendless\n", "caption_too_late"),
        (cue("x" * 5000), "caption_too_long"),
        ("00:01.0 --> 00:02.0\nx\n" * (MAX_CUES + 1), "too_many_captions"),
    ],
)
def test_what_is_none_is_refused(content: str | bytes, fault: str) -> None:
    with pytest.raises(Unreadable) as refused:
        converted(content)
    assert refused.value.fault == fault


@pytest.mark.parametrize(
    "hostile",
    [
        cue("a" + "\n" * MANY + "b"),
        cue("a" + "\n" * MANY),
        cue("<a" * MANY),
        cue("<" + "a" * MANY),
        cue("<a " + "b" * MANY),
        cue("<i>" * (MANY // 3)),
        cue("{\\" * MANY),
        cue("&" * MANY),
        "0" * MANY,
        "0:" * MANY,
        "[Script Info]\n[V4+ Styles]\n[Events]\n" + "[" * MANY,
    ],
    ids=[
        *("empty lines", "empty lines at the end", "open tags", "an open tag", "an open tag with a class", "tags"),
        *("overrides", "ampersands", "digits", "times", "brackets"),
    ],
)
def test_reading_takes_linear_time(hostile: str) -> None:
    before = time.process_time()
    with contextlib.suppress(Unreadable):
        converted(hostile)
    assert time.process_time() - before < ENOUGH


def test_the_captions_come_in_order() -> None:
    text = converted("WEBVTT\n\n00:09.000 --> 00:10.000\nlate\n\n00:01.000 --> 00:02.000\nearly\n")
    assert text.index("early") < text.index("late")


def test_embedded_captions() -> None:
    header = ASS.partition("Dialogue:")[0]
    packets = [
        (1000, 2500, r"0,0,Default,,0,0,0,,Hello {\i1}there{\i0}"),
        (3000, 4000, r"1,0,Default,,0,0,0,,Good\Nbye"),
        (5000, 6000, "cut off"),
    ]
    assert webvtt(read_packets(header, packets)) == VTT
