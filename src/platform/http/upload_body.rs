//! The body of an upload as its parser may see it: a chunk at a time, not too long, not too slow.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::body::{Body, BodyDataStream, Bytes};
use futures_util::Stream;
use tokio::time::{Instant, Sleep, sleep};

/// A connection that brings nothing for so long is given up.
const IDLE: Duration = Duration::from_secs(30);

/// Why reading ended early.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    #[error("the body is too long")]
    TooLong,
    #[error("nothing came for too long")]
    Stalled,
    #[error("the connection was cut")]
    Cut,
}

pub struct UploadBody {
    inner: BodyDataStream,
    rest: u64,
    idle: Pin<Box<Sleep>>,
    gave: bool,
}

impl UploadBody {
    pub fn new(body: Body, max_bytes: u64) -> Self {
        Self { inner: body.into_data_stream(), rest: max_bytes, idle: Box::pin(sleep(IDLE)), gave: false }
    }
}

impl Stream for UploadBody {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        // The parser takes in all that is ready before it hands anything on. So never more than one
        // chunk is ready: else a quick sender's whole file would be in memory.
        if std::mem::take(&mut self.gave) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        match Pin::new(&mut self.inner).poll_next(context) {
            Poll::Ready(Some(Ok(chunk))) => {
                let Some(rest) = self.rest.checked_sub(chunk.len() as u64) else {
                    return Poll::Ready(Some(Err(BodyError::TooLong)));
                };
                self.rest = rest;
                self.gave = true;
                self.idle.as_mut().reset(Instant::now() + IDLE);
                Poll::Ready(Some(Ok(chunk)))
            }
            Poll::Ready(Some(Err(_))) => Poll::Ready(Some(Err(BodyError::Cut))),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => self.idle.as_mut().poll(context).map(|()| Some(Err(BodyError::Stalled))),
        }
    }
}
