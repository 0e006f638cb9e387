"""What only people know of a model: the `[card]` table of `risk.toml`."""

from pydantic import BaseModel, ConfigDict

from features.language import Text

UNSTATED = Text(zh="", en="")


class CardSettings(BaseModel):
    """Free texts, one for both languages or each its own; what is left out is said to be unstated.

    Attributes:
        purpose: What the model is there for.
        intended_use: Which decisions it serves, on which product and applicants.
        out_of_scope: What it must not be used for.
        owner: Who answers for it.
        contact: Where a question about it goes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    purpose: Text = UNSTATED
    intended_use: Text = UNSTATED
    out_of_scope: Text = UNSTATED
    owner: Text = UNSTATED
    contact: Text = UNSTATED
