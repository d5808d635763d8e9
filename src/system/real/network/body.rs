//! HTTP answers, whoever received them.

use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::{Body, Bytes};
use hyper::{HeaderMap, Response};
use tokio::time::{Instant, timeout_at};

use crate::system::net::{BODY_LIMIT, HttpResponse};

use super::fault::{innermost, timed_out};

/// Reads an answer up to `limit` bytes of its body. A body that breaks off or does not end within `time` is kept as far
/// as it came.
pub(super) async fn collect<B>(response: Response<B>, limit: usize, time: Duration) -> HttpResponse
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: std::error::Error + 'static,
{
    let (limit, end) = (limit.min(BODY_LIMIT), Instant::now() + time);
    let (head, mut rest) = response.into_parts();
    let mut answer =
        HttpResponse { status: head.status.as_u16(), headers: headers(&head.headers), ..HttpResponse::default() };
    while answer.body.len() < limit {
        match timeout_at(end, rest.frame()).await {
            Ok(Some(Ok(frame))) => {
                let data = frame.into_data().unwrap_or_default();
                let room = limit - answer.body.len();
                answer.body.extend_from_slice(data.get(..room).unwrap_or(&data));
            }
            Ok(Some(Err(error))) => {
                answer.broken_off = Some(innermost(&error));
                break;
            }
            Ok(None) => break,
            Err(_) => {
                answer.broken_off = Some(timed_out(time).text);
                break;
            }
        }
    }
    answer
}

fn headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &hyper::header::HeaderValue| value.to_str().ok().map(ToOwned::to_owned);
    headers.iter().filter_map(|(name, value)| Some((name.as_str().to_owned(), text(value)?))).collect()
}
