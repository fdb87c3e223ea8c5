//! The virus scanner, if there is one: clamd's INSTREAM command (ASVS 5.4.3).

use std::{io, path::PathBuf, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpStream, UnixStream},
    time::timeout,
};

use super::{refusal, spool::Spool};
use crate::platform::base::error::Result;

const MAX_TIME: Duration = Duration::from_secs(60);
const CONNECT_TIME: Duration = Duration::from_secs(5);
const CHUNK: usize = 64 << 10;
const MAX_ANSWER: u64 = 4096;

const EXPECTED: &str =
    "expected a scanner, such as \"tcp://127.0.0.1:3310\" or \"unix:/run/clamav/clamd.ctl\", or nothing";

fn is_address(text: &str) -> bool {
    let parts = text.rsplit_once(':');
    parts.is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0))
}

#[derive(Debug, Default, PartialEq)]
pub enum Clamd {
    #[default]
    Off,
    Tcp(String),
    Unix(PathBuf),
}

impl Clamd {
    /// `tcp://host:port`, `unix:/path`, or nothing.
    pub fn parse(url: &str) -> Result<Self, String> {
        match url.split_once(':') {
            None if url.is_empty() => Ok(Self::Off),
            Some(("unix", path)) if path.starts_with('/') => Ok(Self::Unix(path.into())),
            Some(("tcp", rest)) => match rest.strip_prefix("//") {
                Some(address) if is_address(address) => Ok(Self::Tcp(address.into())),
                _ => Err(EXPECTED.into()),
            },
            _ => Err(EXPECTED.into()),
        }
    }

    /// Fails if the file is infected, or if the scanner does not say that it is clean.
    pub async fn scan(&self, spool: &Spool, name: &str) -> Result<()> {
        if *self == Self::Off {
            return Ok(());
        }
        let answer = match timeout(MAX_TIME, self.ask(spool)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => return Err(refusal::unscanned(error)),
            Err(_) => return Err(refusal::unscanned("no answer in time")),
        };
        if answer.ends_with(" FOUND") {
            tracing::warn!(answer, "refused an infected file");
            return Err(refusal::infected(name));
        }
        if answer == "stream: OK" { Ok(()) } else { Err(refusal::unscanned(answer)) }
    }

    /// Whether it answers at all.
    pub async fn ping(&self) -> io::Result<()> {
        let answer = match self {
            Self::Off => return Ok(()),
            Self::Tcp(address) => greet(TcpStream::connect(address).await?).await?,
            Self::Unix(path) => greet(UnixStream::connect(path).await?).await?,
        };
        if answer == "PONG" { Ok(()) } else { Err(io::Error::other(format!("no scanner, it said {answer:?}"))) }
    }

    async fn ask(&self, spool: &Spool) -> io::Result<String> {
        match self {
            Self::Off => Ok("stream: OK".into()),
            Self::Tcp(address) => talk(timeout(CONNECT_TIME, TcpStream::connect(address)).await??, spool).await,
            Self::Unix(path) => talk(timeout(CONNECT_TIME, UnixStream::connect(path)).await??, spool).await,
        }
    }
}

async fn talk(mut stream: impl AsyncRead + AsyncWrite + Unpin, spool: &Spool) -> io::Result<String> {
    let mut file = spool.reader().await?;
    stream.write_all(b"zINSTREAM\0").await?;
    let mut chunk = vec![0; CHUNK];
    loop {
        let read = file.read(&mut chunk).await?;
        stream.write_all(&u32::try_from(read).unwrap_or(0).to_be_bytes()).await?;
        let Some(part @ [_, ..]) = chunk.get(..read) else { break };
        stream.write_all(part).await?;
    }
    stream.flush().await?;
    answer(stream).await
}

async fn greet(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<String> {
    stream.write_all(b"zPING\0").await?;
    stream.flush().await?;
    answer(stream).await
}

async fn answer(stream: impl AsyncRead + Unpin) -> io::Result<String> {
    let mut answer = Vec::new();
    stream.take(MAX_ANSWER).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).trim_end_matches(['\0', '\n']).to_owned())
}
