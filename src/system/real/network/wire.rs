//! A connection, whatever it goes through.

use tokio::io::{AsyncRead, AsyncWrite};

/// What bytes can be sent and received on.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// A connection to the host, direct or through a proxy.
pub(super) type Wire = Box<dyn Stream>;
