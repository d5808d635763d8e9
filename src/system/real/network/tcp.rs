//! Connecting to all addresses of a host at the same time.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::system::net::{Attempt, NetError, NetErrorKind};

use super::fault::{fault, of_io, timed_out};

/// Most addresses of one host that are tried.
const ADDRESSES: usize = 8;
/// How much longer the others may take when one address has answered.
const GRACE: Duration = Duration::from_millis(300);

/// One attempt that ended: its place, what came of it, how long it took.
type Ended = (usize, Result<TcpStream, NetError>, Duration);

/// Attempts to connect to the addresses of one host.
pub(super) struct Race {
    addresses: Vec<SocketAddr>,
    running: JoinSet<Ended>,
    ended: Vec<Option<Attempt>>,
    begun: Instant,
}

impl Race {
    /// Begins all attempts; each ends within `limit`.
    pub(super) fn start(addresses: &[IpAddr], port: u16, limit: Duration) -> Self {
        let addresses: Vec<_> = addresses.iter().take(ADDRESSES).map(|ip| SocketAddr::new(*ip, port)).collect();
        let mut running = JoinSet::new();
        for (place, address) in addresses.iter().copied().enumerate() {
            running.spawn(async move {
                let begun = Instant::now();
                let result = match timeout(limit, TcpStream::connect(address)).await {
                    Ok(result) => result.map_err(|error| of_io(&error)),
                    Err(_) => Err(timed_out(limit)),
                };
                (place, result, begun.elapsed())
            });
        }
        Self { ended: vec![None; addresses.len()], addresses, running, begun: Instant::now() }
    }

    /// The first connection that stands, and how long that or the last failure took.
    pub(super) async fn first(&mut self) -> (Option<TcpStream>, Duration) {
        while let Some(ended) = self.running.join_next().await {
            if let Some(stream) = ended.ok().and_then(|ended| self.note(ended)) {
                // A handshake is a handful of small messages.
                let _ = stream.set_nodelay(true);
                return (Some(stream), self.begun.elapsed());
            }
        }
        (None, self.begun.elapsed())
    }

    /// What came of every address. After the first connection the others get little time: one that lets others wait
    /// is as good as dead, and a healthy host must not be held up.
    pub(super) async fn finish(mut self) -> Vec<Attempt> {
        let rest = async {
            while let Some(ended) = self.running.join_next().await {
                let _ = ended.map(|ended| self.note(ended));
            }
        };
        let _ = timeout(GRACE, rest).await;
        let waited = self.begun.elapsed();
        let late = |address| Attempt { address, result: Err(timed_out(waited)), took: waited };
        self.ended
            .into_iter()
            .zip(self.addresses)
            .map(|(ended, address)| ended.unwrap_or_else(|| late(address)))
            .collect()
    }

    fn note(&mut self, (place, result, took): Ended) -> Option<TcpStream> {
        let address = *self.addresses.get(place)?;
        let (result, stream) = match result {
            Ok(stream) => (Ok(()), Some(stream)),
            Err(error) => (Err(error), None),
        };
        *self.ended.get_mut(place)? = Some(Attempt { address, result, took });
        stream
    }
}

/// A connection to any of these addresses; else why the first of them failed.
pub(super) async fn connect(addresses: &[IpAddr], port: u16, limit: Duration) -> Result<TcpStream, NetError> {
    let mut race = Race::start(addresses, port, limit);
    if let (Some(stream), _) = race.first().await {
        return Ok(stream);
    }
    let failed = race.finish().await.into_iter().find_map(|attempt| attempt.result.err());
    Err(failed.unwrap_or_else(|| fault(NetErrorKind::Other, "no address")))
}
