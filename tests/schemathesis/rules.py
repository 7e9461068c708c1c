"""Values of the schema's own scalars, mostly such as it takes, and what no answer may be: a fault."""

import schemathesis
from hypothesis import strategies as st
from schemathesis.graphql import nodes

texts = st.text(max_size=60).map(nodes.String)
schemathesis.graphql.scalar("Markdown", texts)
schemathesis.graphql.scalar("HTML", texts)
schemathesis.graphql.scalar("JSON", texts)
schemathesis.graphql.scalar(
    "DateTime",
    st.one_of(st.datetimes().map(lambda at: at.isoformat() + "Z"), st.text(max_size=30)).map(nodes.String),
)
schemathesis.graphql.scalar(
    "URL",
    st.one_of(st.sampled_from(["https://plain.example/", "http://[::1]/a?b#c"]), st.text(max_size=60)).map(nodes.String),
)


@schemathesis.check
def no_fault(ctx, response, case):
    """A refusal is an answer; what is broken here is not."""
    assert response.status_code < 500, f"answered with {response.status_code}"
    codes = [error.get("extensions", {}).get("code") for error in response.json().get("errors", [])]
    assert all(codes), f"an error without a code among {codes}"
    assert "INTERNAL_SERVER_ERROR" not in codes, "answered with a fault"
