//! TLS and HTTP of the Git and API endpoints, up to the point where the endpoint itself answers.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full, channel};
use hyper::body::Incoming;
use hyper::header::{CONTENT_LENGTH, DATE, HOST, HeaderMap, LOCATION};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::sleep;
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::rustls::server::Acceptor;

use super::records::Record;
use super::shared::Shared;
use super::switches::{Faults, Http, Tls};
use super::{api, clock, git_http};

/// A body in one piece, or one that breaks off.
pub(crate) type Body = BoxBody<Bytes, std::io::Error>;

/// What a port serves.
#[derive(Clone)]
pub(crate) enum Site {
    /// The Git endpoint of a region.
    Git(String),
    /// The API.
    Api,
}

/// A request, read to its end.
pub(crate) struct Asked {
    /// Without the port.
    pub(crate) host: String,
    pub(crate) method: String,
    /// Path without the query.
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Asked {
    /// A header as text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Serves one TLS connection.
pub(crate) async fn serve(shared: Arc<Shared>, site: Site, stream: TcpStream) {
    let tls = faults(&shared, &site).tls;
    let Ok(start) = LazyConfigAcceptor::new(Acceptor::default(), stream).await else { return };
    let name = start.client_hello().server_name().map(str::to_owned);
    if tls == Tls::ClosesInHandshake {
        return shared.note(Record::Tls { name, completed: false });
    }
    let stream = start.into_stream(shared.pki.server(tls)).await;
    shared.note(Record::Tls { name, completed: stream.is_ok() });
    match stream {
        Ok(stream) if tls != Tls::ClosesAfterHandshake => serve_http(shared, site, stream).await,
        _ => {}
    }
}

/// Serves one connection, plain or inside of TLS.
pub(crate) async fn serve_http(
    shared: Arc<Shared>,
    site: Site,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
) {
    let answer = service_fn(move |request| {
        let (shared, site) = (Arc::clone(&shared), site.clone());
        async move { Ok::<_, Infallible>(answer(&shared, &site, request).await) }
    });
    // A client that goes away is none of our business.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
}

fn faults(shared: &Shared, site: &Site) -> Faults {
    match site {
        Site::Git(region) => shared.switches().of(region),
        Site::Api => shared.switches().api,
    }
}

async fn answer(shared: &Arc<Shared>, site: &Site, request: Request<Incoming>) -> Response<Body> {
    let asked = read(request).await;
    let faults = faults(shared, site);
    sleep(faults.delay).await;
    let mut response = match elsewhere(&faults.http) {
        Some(response) => {
            note(shared, site, &asked, response.status());
            response
        }
        None => match site {
            Site::Git(region) => git_http::answer(shared, region, &faults, &asked).await,
            Site::Api => api::answer(shared, &faults, &asked),
        },
    };
    let date = clock::date_header(clock::now(faults.clock_ahead));
    response.headers_mut().insert(DATE, date.parse().expect("a header"));
    if faults.http == Http::ClosesInTheMiddle { break_off(response).await } else { response }
}

async fn read(request: Request<Incoming>) -> Asked {
    let (head, body) = request.into_parts();
    let host = head.headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    Asked {
        host: host.split(':').next().unwrap_or_default().to_owned(),
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head.headers,
        body: body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default(),
    }
}

/// The answer of something that is not CodeCommit.
fn elsewhere(http: &Http) -> Option<Response<Body>> {
    match http {
        Http::Good | Http::ClosesInTheMiddle => None,
        Http::Status(status) => Some(plain(*status, "", "")),
        Http::Portal => Some(plain(200, "text/html", "<html><title>Welcome to Example Wi-Fi</title>Log in</html>\n")),
        Http::Redirect(to) => {
            let mut response = plain(302, "", "");
            response.headers_mut().insert(LOCATION, to.parse().expect("a URL"));
            Some(response)
        }
    }
}

fn note(shared: &Shared, site: &Site, asked: &Asked, status: StatusCode) {
    match site {
        Site::Git(_) => git_http::note(shared, asked, status.as_u16()),
        Site::Api => api::note(shared, asked, status.as_u16(), None),
    }
}

/// An answer in one piece.
pub(crate) fn plain(status: u16, kind: &str, body: impl Into<Bytes>) -> Response<Body> {
    let body = Full::new(body.into()).map_err(|never| match never {}).boxed();
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).expect("a status");
    if !kind.is_empty() {
        response.headers_mut().insert("content-type", kind.parse().expect("a header"));
    }
    response
}

/// The same answer, ended after half of its body.
async fn break_off(response: Response<Body>) -> Response<Body> {
    let (mut head, body) = response.into_parts();
    let whole = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    head.headers.insert(CONTENT_LENGTH, (whole.len() + 1).into());
    let (mut sender, body) = channel::Channel::new(1);
    tokio::spawn(async move {
        let _ = sender.send_data(whole.slice(..whole.len() / 2)).await;
        // Time for the half to be sent.
        sleep(Duration::from_millis(50)).await;
        sender.abort(std::io::Error::other("broken off"));
    });
    Response::from_parts(head, body.boxed())
}
