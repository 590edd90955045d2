use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

/// Returns the command that serves the workbench.
pub(crate) fn command(listen: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sansocket-inspect"));
    command.args(["workbench", "--listen", listen]);
    command
}

/// The workbench in a process of its own, which ends with this.
#[derive(Debug)]
pub(crate) struct Program {
    process: Child,
    pub(crate) address: SocketAddr,
}

impl Program {
    pub(crate) fn start() -> Self {
        Self::spawn(&mut command("127.0.0.1:0"))
    }

    /// Starts it with the roots of TLS in this file, in place of the machine's.
    pub(crate) fn start_with_roots(file: &Path) -> Self {
        Self::spawn(command("127.0.0.1:0").env("SSL_CERT_FILE", file).env_remove("SSL_CERT_DIR"))
    }

    fn spawn(command: &mut Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address = line.split("http://").nth(1).unwrap().split('/').next().unwrap();
        Self { process, address: address.parse().unwrap() }
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream
    }

    pub(crate) fn get(&self, path: &str, headers: &[&str]) -> String {
        self.request(path, &self.address.to_string(), headers)
    }

    /// Returns the response to a request; of an upgrade its head.
    pub(crate) fn request(&self, path: &str, host: &str, headers: &[&str]) -> String {
        let mut stream = self.connect();
        let mut request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n");
        for header in headers {
            request.push_str(header);
            request.push_str("\r\n");
        }
        if headers.is_empty() {
            request.push_str("Connection: close\r\n");
        }
        request.push_str("\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut response = Vec::new();
        if headers.is_empty() {
            stream.read_to_end(&mut response).unwrap();
        } else {
            let mut piece = [0; 4096];
            let len = stream.read(&mut piece).unwrap();
            response.extend_from_slice(&piece[..len]);
        }
        String::from_utf8(response).unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
