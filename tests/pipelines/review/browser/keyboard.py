"""A person at the keyboard, without a mouse; every key pressed is counted."""

from playwright.sync_api import Page

from tests.pipelines.review.conftest import PASSWORD

MOST_TABS = 60


class Keyboard:
    """The keys of one page."""

    def __init__(self, page: Page) -> None:
        self.page, self.pressed = page, 0

    def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        for key in keys:
            self.page.keyboard.press(key)
            self.pressed += 1

    def go(self, *keys: str) -> None:
        """Press keys, the last of which leads to another page."""
        self.press(*keys[:-1])
        with self.page.expect_navigation(wait_until="load"):
            self.press(keys[-1])

    def write(self, text: str) -> None:
        """Write into the field that has the focus."""
        self.page.keyboard.insert_text(text)

    def tab_to(self, selector: str) -> None:
        """Press Tab until an element has the focus."""
        for _ in range(MOST_TABS):
            if self.page.evaluate("s => document.activeElement.matches(s)", selector):
                return
            self.press("Tab")
        raise AssertionError(f"Tab does not lead to {selector} on {self.page.url}")

    def log_in(self, name: str) -> None:
        """From the log-in page to where it leads."""
        self.knock(name)
        assert "/login" not in self.page.url, self.page.inner_text("main")

    def knock(self, name: str) -> None:
        """Try to log in, whether or not there is such a user."""
        self.page.goto("/login")
        # A busy browser gives the first field the focus some time after the page has loaded.
        self.page.wait_for_selector("input[name=name]:focus")
        self.write(name)
        self.press("Tab")
        self.write(PASSWORD)
        self.go("Enter")

    def log_out(self) -> None:
        """Over the menu of the user."""
        self.tab_to(".user > summary")
        self.press("Enter")
        self.tab_to("form[action$='/logout'] button")
        self.go("Enter")
