//! The body of an upload as its parser may see it: not too long, not too slow.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::body::{Body, BodyDataStream, Bytes};
use futures_util::Stream;
use tokio::time::{Instant, Sleep, sleep};

/// How long a connection may take for each `LEAST` bytes before it is given up.
pub const IDLE: Duration = Duration::from_secs(30);
/// 17 kbit/s: slower than any phone, and a place among all uploads costs whoever drips at least that.
const LEAST: u64 = 64 << 10;

/// Why reading ended early.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    #[error("the body is too long")]
    TooLong,
    #[error("too little came for too long")]
    Stalled,
    #[error("the connection was cut")]
    Cut,
    #[error("the body is no form, or its parts are too many or too long")]
    Malformed,
}

pub struct UploadBody {
    inner: BodyDataStream,
    rest: u64,
    /// Bytes that came since the time began anew.
    came: u64,
    patience: Duration,
    idle: Pin<Box<Sleep>>,
}

impl UploadBody {
    pub fn new(body: Body, max_bytes: u64, patience: Duration) -> Self {
        let idle = Box::pin(sleep(patience));
        Self { inner: body.into_data_stream(), rest: max_bytes, came: 0, patience, idle }
    }
}

impl Stream for UploadBody {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match Pin::new(&mut self.inner).poll_next(context) {
            Poll::Ready(Some(Ok(chunk))) => {
                let Some(rest) = self.rest.checked_sub(chunk.len() as u64) else {
                    return Poll::Ready(Some(Err(BodyError::TooLong)));
                };
                self.rest = rest;
                self.came += chunk.len() as u64;
                if self.came >= LEAST {
                    self.came = 0;
                    let until = Instant::now() + self.patience;
                    self.idle.as_mut().reset(until);
                } else if Instant::now() >= self.idle.deadline() {
                    return Poll::Ready(Some(Err(BodyError::Stalled)));
                }
                Poll::Ready(Some(Ok(chunk)))
            }
            Poll::Ready(Some(Err(_))) => Poll::Ready(Some(Err(BodyError::Cut))),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => self.idle.as_mut().poll(context).map(|()| Some(Err(BodyError::Stalled))),
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{StreamExt, stream};

    use super::*;

    const PIECE: Bytes = Bytes::from_static(&[b'x'; 1000]);

    fn read(pieces: impl Stream<Item = Result<Bytes, std::io::Error>> + Send + 'static, max: u64) -> UploadBody {
        UploadBody::new(Body::from_stream(pieces), max, Duration::from_millis(200))
    }

    #[tokio::test]
    async fn a_body_that_stands_still_is_given_up_and_a_slow_one_is_not() {
        let stalls = read(stream::iter([Ok(PIECE)]).chain(stream::pending()), 9000);
        let got: Vec<_> = stalls.take(2).collect().await;
        assert_eq!(got, [Ok(PIECE), Err(BodyError::Stalled)]);
        let slowly = |bytes: usize| {
            stream::iter(0..6).then(move |_| async move {
                // The patience with pauses is what is tested.
                tokio::time::sleep(Duration::from_millis(80)).await;
                Ok(Bytes::from(vec![b'x'; bytes]))
            })
        };
        assert!(read(slowly(LEAST as usize), 6 * LEAST).all(async |piece| piece.is_ok()).await);
        let drips: Vec<_> = read(slowly(1000), 9000).collect().await;
        assert!(drips.contains(&Err(BodyError::Stalled)), "{} pieces", drips.len());
    }

    #[tokio::test]
    async fn a_body_that_is_too_long_or_cut_says_so() {
        let long: Vec<_> = read(stream::iter((0..3).map(|_| Ok(PIECE))), 2999).collect().await;
        assert_eq!(long[2], Err(BodyError::TooLong));
        let cut = stream::iter([Ok(PIECE), Err(std::io::ErrorKind::ConnectionReset.into())]);
        assert_eq!(read(cut, 9000).collect::<Vec<_>>().await[1], Err(BodyError::Cut));
    }
}
