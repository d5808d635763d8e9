//! Servers on loopback. Their threads end with the tests.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// A server that treats every connection alike.
pub(in super::super) fn raw(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let serve = Arc::new(serve);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let serve = Arc::clone(&serve);
            thread::spawn(move || serve(stream));
        }
    });
    address
}

/// One that also counts its connections.
pub(in super::super) fn counted(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> (SocketAddr, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let own = Arc::clone(&count);
    let address = raw(move |stream| {
        own.fetch_add(1, Ordering::SeqCst);
        serve(stream);
    });
    (address, count)
}

/// Accepts connections and never says a word.
pub(in super::super) fn silent() -> SocketAddr {
    raw(|_stream| thread::sleep(Duration::from_secs(120)))
}

/// Says something at once and waits for the client to go.
pub(in super::super) fn says(text: &'static [u8]) -> SocketAddr {
    raw(move |mut stream| {
        let _ = stream.write_all(text);
        linger(stream);
    })
}

/// Nobody listens there.
pub(in super::super) fn nobody() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// Reads a request up to the empty line: a client takes an answer that comes before its question for an error.
pub(in super::super) fn hear_head(stream: &mut TcpStream) {
    let mut heard = Vec::new();
    let mut byte = [0];
    while !heard.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|count| count > 0) {
        heard.push(byte[0]);
    }
}

/// Reads what the client still sends, so that closing is no reset.
pub(in super::super) fn linger(mut stream: TcpStream) {
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
    let _ = stream.read_to_end(&mut Vec::new());
}

/// Everything up to the empty line.
pub(in super::super) fn head(stream: &mut impl Read) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read_exact(&mut byte).is_ok() {
        head.extend(byte);
    }
    String::from_utf8_lossy(&head).into_owned()
}

/// What a server was told.
pub(in super::super) type Heard = Arc<Mutex<Vec<String>>>;

/// An HTTPS server with one answer to everything; it closes afterwards.
pub(in super::super) fn https(config: Arc<ServerConfig>, answer: &'static str) -> (SocketAddr, Heard) {
    let heard = Heard::default();
    let own = Arc::clone(&heard);
    let address = raw(move |stream| {
        let mut tls = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream);
        let request = head(&mut tls);
        if request.is_empty() {
            return;
        }
        own.lock().unwrap().push(request);
        let _ = tls.write_all(answer.as_bytes());
        tls.conn.send_close_notify();
        let _ = tls.flush();
        linger(tls.sock);
    });
    (address, heard)
}

/// The answer of CodeCommit to a request without credentials.
pub(in super::super) const UNAUTHORIZED: &str = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"us-east-1\"\r\n\
    x-amzn-RequestId: 1b2c\r\nContent-Length: 0\r\n\r\n";

/// An HTTP proxy that opens tunnels where its answer says so, and what it heard.
pub(in super::super) fn http_proxy(answer: &'static str) -> (SocketAddr, Heard) {
    let heard = Heard::default();
    let own = Arc::clone(&heard);
    let address = raw(move |mut stream| {
        let request = head(&mut stream);
        let target = request.split(' ').nth(1).unwrap_or_default().to_owned();
        own.lock().unwrap().push(request);
        let _ = stream.write_all(answer.as_bytes());
        if answer.starts_with("HTTP/1.1 2") {
            join(stream, TcpStream::connect(target).unwrap());
        } else {
            linger(stream);
        }
    });
    (address, heard)
}

/// Copies both ways until both have ended.
pub(in super::super) fn join(mut one: TcpStream, mut other: TcpStream) {
    let (mut back_to, mut back_from) = (one.try_clone().unwrap(), other.try_clone().unwrap());
    let back = thread::spawn(move || {
        let _ = std::io::copy(&mut back_from, &mut back_to);
        let _ = back_to.shutdown(std::net::Shutdown::Write);
    });
    let _ = std::io::copy(&mut one, &mut other);
    let _ = other.shutdown(std::net::Shutdown::Write);
    let _ = back.join();
}
