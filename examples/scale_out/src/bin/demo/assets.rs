/// The files of the page: path, content type and text.
pub(crate) const FILES: [(&str, &str, &str); 5] = [
    ("/", "text/html; charset=utf-8", include_str!("page/index.html")),
    ("/page.css", "text/css; charset=utf-8", include_str!("page/page.css")),
    ("/main.js", "text/javascript; charset=utf-8", include_str!("page/main.js")),
    ("/panel.js", "text/javascript; charset=utf-8", include_str!("page/panel.js")),
    ("/client.js", "text/javascript; charset=utf-8", include_str!("page/client.js")),
];

/// Everything is from here, and the sockets are on this machine.
pub(crate) const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src data:; connect-src 'self' ws://127.0.0.1:*; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";
