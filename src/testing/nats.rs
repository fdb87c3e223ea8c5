//! A NATS server of a test's own.

use std::process::{Child, Command, Stdio};

use super::{skipped, until};

/// A running server; it is killed when this is dropped.
pub struct NatsServer {
    child: Child,
    pub port: u16,
}

impl NatsServer {
    /// Where it is; `None`, said aloud, where there is none.
    pub fn program() -> Option<String> {
        let program = std::env::var("OSPABHOST_TEST_NATS").ok();
        if program.is_none() {
            skipped("tests with NATS: set OSPABHOST_TEST_NATS to the nats-server program");
        }
        program
    }

    pub fn start(program: &str, port: u16) -> Self {
        let mut command = Command::new(program);
        command.args(["-a", "127.0.0.1", "-p", &port.to_string()]).stdout(Stdio::null()).stderr(Stdio::null());
        Self { child: command.spawn().unwrap(), port }
    }

    /// On a port that was free a moment ago; waits until it answers.
    pub async fn on_a_free_port(program: &str) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = Self::start(program, port);
        until(async || tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok()).await;
        server
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
