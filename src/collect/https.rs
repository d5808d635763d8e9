//! https.
/// x
#[derive(Debug)]
pub struct HttpsState;
