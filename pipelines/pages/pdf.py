"""A page as a PDF on A4, through WeasyPrint; the same page gives the same bytes."""

import logging

from features.language import Language
from pipelines.errors import ConfigError
from pipelines.fonts import chinese_font


def require(language: Language) -> None:
    """Make sure that pages can be printed here, before work is done for one.

    Args:
        language: The language they are in.

    Raises:
        ConfigError: WeasyPrint or what it draws with is not installed, or no font of this machine
            has Chinese.
    """
    if language == "zh" and chinese_font() is None:
        raise ConfigError(
            "a Chinese PDF needs a font that has Chinese, and none is installed; install one, such "
            "as the package fonts-noto-cjk"
        )
    try:
        import weasyprint  # noqa: F401 - loads Pango
    except ImportError as error:
        raise ConfigError(
            "PDF reports need WeasyPrint; install it with: pip install 'mingjian[pdf]'"
        ) from error
    except OSError as error:
        raise ConfigError(
            "PDF reports need the library Pango, which pip does not install; install it, such as "
            "by the package libpango-1.0-0 with libpangoft2-1.0-0"
        ) from error
    if not _sees_fonts():
        raise ConfigError(
            "a PDF needs fonts, and fontconfig finds none; install some, such as the package "
            "fonts-noto-cjk, or mend FONTCONFIG_FILE"
        )


def pdf(page: str, language: Language) -> bytes:
    """A page, as `pipelines.pages.page.html` made it, for printing.

    Args:
        page: The page, made with `printed`.
        language: The language it is in.

    Raises:
        ConfigError: As `require` does.
    """
    require(language)
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher

    # It tells of every rule of the page that is for browsers alone.
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    nothing = URLFetcher(allowed_protocols=())
    return bytes(HTML(string=page, url_fetcher=nothing).write_pdf())


def _sees_fonts() -> bool:
    """Whether Pango has a font to draw with; without any it ends the whole process."""
    from weasyprint.text.ffi import ffi, fontconfig

    config = fontconfig.FcInitLoadConfigAndFonts()
    found = fontconfig.FcConfigGetFonts(config, fontconfig.FcSetSystem)
    some = found != ffi.NULL and found.nfont > 0
    fontconfig.FcConfigDestroy(config)
    return bool(some)
