//! https.
pub mod credential_url;
pub mod exec_path;
pub mod helper;
pub mod url_match;
/// x
#[derive(Debug)]
pub struct HttpsState;
