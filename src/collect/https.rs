//! https.
pub mod credential_url;
pub mod url_match;
/// x
#[derive(Debug)]
pub struct HttpsState;
