//! A loopback port that can be opened, closed and blocked while it keeps its number.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::switches::Port;

/// Serves one connection to its end.
pub(crate) type Serve = Arc<dyn Fn(TcpStream) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// The port.
pub(crate) struct Gate {
    address: SocketAddr,
    port: Port,
    inner: Inner,
}

enum Inner {
    /// On the way from one state to another.
    Closed,
    /// Accepts; ended by aborting it.
    Accepting(JoinHandle<()>),
    /// Bound but not listening: connections are refused, and nobody else gets the number.
    Held { _socket: TcpSocket },
    /// Listening with a full backlog.
    Full { _listener: TcpListener, _waiting: Vec<TcpStream> },
}

impl Gate {
    /// A port of 127.0.0.1 that refuses until it is told otherwise.
    pub(crate) fn new() -> Self {
        let socket = bind(SocketAddr::from(([127, 0, 0, 1], 0))).expect("a port of loopback");
        let address = socket.local_addr().expect("an address");
        Self { address, port: Port::Refused, inner: Inner::Held { _socket: socket } }
    }

    /// Its number.
    pub(crate) fn number(&self) -> u16 {
        self.address.port()
    }

    /// Does so from now on; connections that exist stay.
    pub(crate) async fn turn(&mut self, port: Port, serve: &Serve) {
        if self.port == port {
            return;
        }
        self.port = port;
        self.close().await;
        self.inner = match port {
            Port::Refused => return,
            Port::Open => Inner::Accepting(tokio::spawn(accept(self.listen(1024).await, Arc::clone(serve)))),
            Port::Silent => Inner::Accepting(tokio::spawn(accept(self.listen(1024).await, silence()))),
            Port::Dropped => self.fill().await,
        };
    }

    async fn close(&mut self) {
        if let Inner::Accepting(task) = &mut self.inner {
            task.abort();
            // Only an ended task has closed its listener.
            let _ = task.await;
        }
        // The number is free to be bound again only when whatever held it is gone.
        self.inner = Inner::Closed;
        self.inner = Inner::Held { _socket: bind_again(self.address).await };
    }

    async fn listen(&mut self, backlog: u32) -> TcpListener {
        self.inner = Inner::Closed;
        bind_again(self.address).await.listen(backlog).expect("the port is ours")
    }

    /// Fills the backlog until the kernel takes no more.
    async fn fill(&mut self) -> Inner {
        let listener = self.listen(0).await;
        let mut waiting = Vec::new();
        while let Ok(Ok(stream)) = timeout(Duration::from_millis(150), TcpStream::connect(self.address)).await {
            waiting.push(stream);
        }
        Inner::Full { _listener: listener, _waiting: waiting }
    }
}

fn bind(address: SocketAddr) -> std::io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

/// Binds a port that was ours a moment ago. A child that another test is just starting may still hold a copy of the
/// listener, until it becomes the program it shall run.
async fn bind_again(address: SocketAddr) -> TcpSocket {
    for _ in 0..200 {
        match bind(address) {
            Ok(socket) => return socket,
            Err(_) => sleep(Duration::from_millis(10)).await,
        }
    }
    panic!("{address} cannot be bound again")
}

async fn accept(listener: TcpListener, serve: Serve) {
    while let Ok((stream, _)) = listener.accept().await {
        // Small answers must not wait for more.
        let _ = stream.set_nodelay(true);
        tokio::spawn(serve(stream));
    }
}

fn silence() -> Serve {
    Arc::new(|stream| {
        Box::pin(async move {
            sleep(Duration::from_secs(3600)).await;
            drop(stream);
        })
    })
}
