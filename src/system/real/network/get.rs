//! One GET on a connection whose other end nobody has vouched for: without credentials.

use std::time::{Duration, Instant};

use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Request, header};
use hyper_util::rt::TokioIo;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;

use crate::system::net::{HttpResponse, NetError, NetErrorKind};

use super::fault::{closed, fault, innermost, io_in, of_io, timed_out};
use super::wire::Wire;
use super::{USER_AGENT, body};

/// Bytes of a body that are kept: enough for the words of an error page.
const BODY: usize = 16 * 1024;

/// Asks for `path` and reads the answer, both within `limit`.
pub(super) async fn get(
    stream: TlsStream<Wire>,
    host: &str,
    port: u16,
    path: &str,
    limit: Duration,
) -> Result<HttpResponse, NetError> {
    let begun = Instant::now();
    let request = request(host, port, path)?;
    // Dropping the set ends what drives the connection.
    let mut driver = JoinSet::new();
    let asked = async {
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        driver.spawn(connection);
        sender.send_request(request).await
    };
    let response = timeout(limit, asked).await.map_err(|_| timed_out(limit))?.map_err(|error| of_hyper(&error))?;
    Ok(body::collect(response, BODY, limit.saturating_sub(begun.elapsed())).await)
}

fn request(host: &str, port: u16, path: &str) -> Result<Request<Empty<Bytes>>, NetError> {
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    let host = if port == 443 { host } else { format!("{host}:{port}") };
    let request = Request::get(path)
        .header(header::HOST, host)
        .header(header::USER_AGENT, USER_AGENT)
        .header(header::ACCEPT, "*/*")
        .header(header::CONNECTION, "close");
    request.body(Empty::new()).map_err(|error| fault(NetErrorKind::Other, error.to_string()))
}

fn of_hyper(error: &hyper::Error) -> NetError {
    if error.is_parse() {
        return fault(NetErrorKind::NotThatProtocol, innermost(error));
    }
    match io_in(error) {
        Some(error) => of_io(error),
        None if error.is_incomplete_message() || error.is_closed() || error.is_canceled() => closed(),
        None => fault(NetErrorKind::Other, innermost(error)),
    }
}
