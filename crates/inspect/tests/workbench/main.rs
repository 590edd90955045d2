//! The workbench without a browser: what it serves, to whom, and a session.

mod dialling;
mod page;
mod program;
mod session;

use program::Program;

const FILES: [(&str, &str); 4] = [
    ("/", "text/html"),
    ("/theme.css", "text/css"),
    ("/main.js", "text/javascript"),
    ("/icon.svg", "image/svg+xml"),
];

#[test]
fn the_page_may_load_nothing_from_elsewhere() {
    let program = Program::start();
    for (path, kind) in FILES {
        let response = program.get(path, &[]);
        assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{path}: {response}");
        let (head, _) = response.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("content-type: {kind}; charset=utf-8")), "{head}");
        assert!(head.contains("content-security-policy: default-src 'none'; "), "{head}");
        assert!(head.contains("x-content-type-options: nosniff"), "{head}");
        assert!(head.contains("referrer-policy: no-referrer"), "{head}");
    }
    assert!(program.get("/nothing", &[]).starts_with("HTTP/1.1 404 "));
}

#[test]
fn every_module_that_is_imported_is_served() {
    let program = Program::start();
    let page = program.get("/", &[]);
    let mut modules = vec![String::from("/main.js")];
    let mut seen = 0;
    while let Some(module) = modules.get(seen).cloned() {
        let text = program.get(&module, &[]);
        assert!(text.starts_with("HTTP/1.1 200 "), "{module}");
        for import in text.split("from \"./").skip(1) {
            let name = format!("/{}", import.split('"').next().unwrap());
            if !modules.contains(&name) {
                modules.push(name);
            }
        }
        seen += 1;
    }
    assert!(seen > 15, "{modules:?}");
    for style in page.split("rel=\"stylesheet\" href=\"").skip(1) {
        let path = style.split('"').next().unwrap();
        assert!(program.get(path, &[]).starts_with("HTTP/1.1 200 "), "{path}");
    }
}

#[test]
fn other_pages_are_refused() {
    let program = Program::start();
    let upgrade = [
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ];
    let own = format!("Origin: http://{}", program.address);
    for origin in ["Origin: http://example.com", "Origin: null", "Accept: */*"] {
        let headers: Vec<&str> = upgrade.iter().copied().chain([origin]).collect();
        let response = program.get("/session", &headers);
        assert!(response.starts_with("HTTP/1.1 403 "), "{origin}: {response}");
    }
    let headers: Vec<&str> = upgrade.iter().copied().chain([own.as_str()]).collect();
    assert!(program.get("/session", &headers).starts_with("HTTP/1.1 101 "));
    // A name that an attacker has pointed here.
    let host = format!("evil.example:{}", program.address.port());
    assert!(program.request("/", &host, &[]).starts_with("HTTP/1.1 403 "));
}

#[test]
fn an_address_that_is_taken_is_an_error() {
    let program = Program::start();
    let output = program::command(&program.address.to_string()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stderr).unwrap();
    let address = program.address;
    assert!(text.starts_with(&format!("sansocket-inspect: {address}: ")), "{text}");
}
