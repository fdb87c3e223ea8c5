//! The program under measurement, as a process of its own.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{Result, data::Database};

/// The binary that was built for this benchmark, or the one that `OSPABHOST_BENCH_BINARY` names.
pub fn binary() -> String {
    std::env::var("OSPABHOST_BENCH_BINARY").unwrap_or_else(|_| env!("CARGO_BIN_EXE_ospabhost").to_owned())
}

const PASSWORD: &str = "кот ест рыбу на крыше";
/// Signs tokens in benchmarks only: nodes of p13 share it.
const KEYS: &str = "bench:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

/// What to start: settings of one node.
pub struct Stopped {
    settings: Vec<(String, String)>,
}

/// A node that serves; it is killed when this is dropped.
pub struct Server {
    child: Child,
    address: String,
    /// Milliseconds from the start of the process to its first answer.
    pub started_in: f64,
    _output: BufReader<ChildStdout>,
}

impl Server {
    #[allow(clippy::new_ret_no_self)]
    pub fn new(database: &Database) -> Stopped {
        let settings = [
            ("OSPABHOST_LISTEN", "127.0.0.1:0".to_owned()),
            ("OSPABHOST_DATA_DIR", database.folder().display().to_string()),
            ("OSPABHOST_DATABASE_URL", database.url()),
            ("OSPABHOST_SIGNING_KEYS", KEYS.to_owned()),
            ("OSPABHOST_RATE_LIMITS", "off".to_owned()),
            ("OSPABHOST_LOG", "error".to_owned()),
        ];
        Stopped { settings: settings.map(|(name, value)| (name.to_owned(), value)).into() }
    }

    /// The same with the database brought up to date, so that it can be filled before the start.
    pub fn prepare(database: &Database) -> Result<Stopped> {
        let stopped = Self::new(database);
        stopped.run(&["migrate"], "")?;
        Ok(stopped)
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    /// What the process has used of all cores so far (utime and stime, in ticks of 10 ms).
    pub fn cpu_seconds(&self) -> Result<f64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let fields = stat.rsplit_once(") ").ok_or("no stat")?.1.split(' ').collect::<Vec<_>>();
        Ok((fields[11].parse::<f64>()? + fields[12].parse::<f64>()?) / 100.0)
    }

    /// Memory that the process holds (VmRSS).
    pub fn resident_mib(&self) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
        Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? / 1024.0)
    }
}

impl Stopped {
    /// With a setting more.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    fn command(&self) -> Command {
        let mut command = Command::new(binary());
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("OSPABHOST_")) {
            command.env_remove(name);
        }
        command.envs(self.settings.iter().cloned());
        command
    }

    fn run(&self, arguments: &[&str], input: &str) -> Result<()> {
        let mut child = self.command().args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
        child.stdin.take().ok_or("no standard input")?.write_all(input.as_bytes())?;
        if !child.wait()?.success() {
            return Err(format!("ospabhost {} failed", arguments.join(" ")).into());
        }
        Ok(())
    }

    pub fn add_user(&self, email: &str) -> Result<()> {
        self.run(
            &["user", "add", "--email", email, "--username", "bench", "--role", "admin", "--password-stdin"],
            PASSWORD,
        )
    }

    /// Starts it and waits for its first answer.
    pub async fn start(self) -> Result<Server> {
        let begun = Instant::now();
        let mut child = self.command().arg("serve").stdout(Stdio::piped()).spawn()?;
        let mut output = BufReader::new(child.stdout.take().ok_or("no standard output")?);
        let mut line = String::new();
        output.read_line(&mut line)?;
        let address = line.trim().rsplit_once("http://").map(|(_, address)| address.to_owned());
        let mut server = Server { child, address: address.unwrap_or_default(), started_in: 0.0, _output: output };
        while !answers(&server.address) {
            if begun.elapsed() > Duration::from_secs(10) {
                return Err(format!("the server does not answer: {line}").into());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        server.started_in = begun.elapsed().as_secs_f64() * 1000.0;
        // The event bus and the pools come up.
        tokio::time::sleep(Duration::from_millis(500)).await;
        Ok(server)
    }
}

fn answers(address: &str) -> bool {
    let Ok(mut stream) = TcpStream::connect(address) else { return false };
    let asked = stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n");
    let mut answer = String::new();
    asked.is_ok() && stream.read_to_string(&mut answer).is_ok() && answer.starts_with("HTTP/1.1 200")
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn client() -> Result<reqwest::Client> {
    // It wants to be told by what it would speak TLS; it fails when that is chosen already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Ok(reqwest::Client::builder().timeout(Duration::from_secs(10)).no_proxy().build()?)
}

/// Signs in and returns the access token.
pub async fn sign_in(client: &reqwest::Client, url: &str, email: &str) -> Result<String> {
    let body = json!({ "email": email, "password": PASSWORD });
    let answer = client.post(format!("{url}/api/auth/login")).json(&body).send().await?.error_for_status()?;
    let answer: Value = answer.json().await?;
    Ok(answer["token"].as_str().ok_or("no token")?.to_owned())
}

/// The status that this token gets.
pub async fn me(client: &reqwest::Client, url: &str, token: &str) -> Result<u16> {
    let answer = client.get(format!("{url}/api/auth/me")).bearer_auth(token).send().await?;
    let status = answer.status().as_u16();
    answer.bytes().await?;
    Ok(status)
}
