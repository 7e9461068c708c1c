//! A page for who comes by with a browser: what this is, and a place to try a query.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use actix_web::{HttpResponse, web};

use super::State;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const PAGE: &str = r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{name}</title>
<link rel="stylesheet" href="landing.css">
<h1>{name}</h1>
<p>This is copydesk, the back end of a newsroom: draft, review, publish over GraphQL.</p>
<p>The API is at <code>{url}graphql</code>. Send it a document:</p>
<form>
<label for="query">Query</label>
<textarea id="query" rows="12" spellcheck="false">{
  articles(first: 5) {
    nodes { headline slug publishedAt }
  }
}</textarea>
<button>Run</button>
</form>
<pre id="answer" role="status"></pre>
<noscript><p>The form needs JavaScript; <code>curl</code> works as well.</p></noscript>
<script src="landing.js"></script>
</html>
"#;

const SCRIPT: &str = r#"document.querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const answer = document.getElementById("answer");
  answer.textContent = "…";
  try {
    const response = await fetch("graphql", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: document.getElementById("query").value }),
    });
    answer.textContent = JSON.stringify(await response.json(), null, 2);
  } catch (error) {
    answer.textContent = `The server does not answer: ${error.message}`;
  }
});
"#;

const STYLE: &str = "body { font: 1rem/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem }
label { display: block } textarea { width: 100%; box-sizing: border-box; font: 0.9rem/1.4 ui-monospace, monospace }
pre { white-space: pre-wrap; overflow-wrap: anywhere }
";

pub(super) async fn page(state: web::Data<State>) -> HttpResponse {
    let site = &state.desk.site;
    // The address first: a name may hold what looks like a place for it.
    let page = PAGE.replace("{url}", &escape(site.url.as_str())).replace("{name}", &escape(&site.name));
    asset("text/html; charset=utf-8", page)
}

/// None: browsers ask for it with every page, and would complain of a 404.
pub(super) async fn icon() -> HttpResponse {
    HttpResponse::NoContent().insert_header((CACHE_CONTROL, "public, max-age=86400")).finish()
}

pub(super) async fn script() -> HttpResponse {
    asset("text/javascript; charset=utf-8", SCRIPT.into())
}

pub(super) async fn style() -> HttpResponse {
    asset("text/css; charset=utf-8", STYLE.into())
}

fn asset(kind: &'static str, body: String) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, kind))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .body(body)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
