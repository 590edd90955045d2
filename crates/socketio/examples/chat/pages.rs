use axum::{
    Router,
    http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS},
    response::IntoResponse,
    routing::get,
};

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// The files of the page, with the client of Socket.IO, and the address of the server beside.
pub(crate) fn routes(client: String, beside: Option<String>) -> Router {
    // If something were not escaped, no script in it would run.
    let other = beside.as_deref().unwrap_or_default();
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
         base-uri 'none'; form-action 'none'; frame-src 'self' {other}; frame-ancestors 'self' {other}"
    );
    let beside = serde_json::json!(beside).to_string();
    let files = [
        ("/", HTML, include_str!("page/page.html").to_owned()),
        ("/page.js", SCRIPT, include_str!("page/page.js").to_owned()),
        ("/both", HTML, include_str!("page/both.html").to_owned()),
        ("/both.js", SCRIPT, include_str!("page/both.js").to_owned()),
        ("/style.css", "text/css; charset=utf-8", include_str!("page/style.css").to_owned()),
        ("/beside.json", "application/json", beside),
        ("/socket.io.min.js", SCRIPT, client),
    ];
    files.into_iter().fold(Router::new(), |routes, (path, kind, content)| {
        let policy = policy.clone();
        let respond = async move || {
            let headers = [
                (CONTENT_TYPE, kind),
                (CONTENT_SECURITY_POLICY, &*policy),
                (X_CONTENT_TYPE_OPTIONS, "nosniff"),
                (CACHE_CONTROL, "no-cache"),
            ];
            (headers, content.clone()).into_response()
        };
        routes.route(path, get(respond))
    })
}
