//! Each example's client against each example's server.

use crate::program::{SERVERS, Server, example};

#[test]
fn every_client_talks_to_every_server() {
    let long = "long ".repeat(20_000);
    for server in SERVERS {
        let server_name = server.0;
        let server = Server::echo(server, "20");
        for client in ["embed_smol", "embed_compio"] {
            let mut command = example(client);
            let output =
                command.args(["client", &server.url, "one", "two", &long]).output().unwrap();
            let printed = String::from_utf8(output.stdout).unwrap();
            let expected = format!(
                "Text(\"one\")\nText(\"two\")\nText(\"{long}\")\nCloseCode(1000), clean: true\n"
            );
            assert!(printed == expected, "{client} with {server_name}: {printed}");
        }
    }
}
