//! Why an edit is not planned.

/// Why an edit is not planned. The text is a sentence for a person and holds no value of a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The definition hands over a parameter that makes no sense.
    #[error("{0}")]
    Invalid(String),
    /// A path, key or value that cc-doctor does not change by itself.
    #[error("{0}")]
    NotAllowed(String),
    /// The machine is not as the finding says: a file or line is gone or reads differently.
    #[error("{0}")]
    Stale(String),
    /// Something cannot be read or found.
    #[error("{0}")]
    Unavailable(String),
    /// Another edit of the same plan changes the same lines.
    #[error("{0}")]
    Conflict(String),
    /// Only the user can tell which SSH key ID belongs to the key.
    #[error("which SSH key ID IAM gave to the key is not known here; say it with --ssh-key-id APKA…")]
    KeyIdNeeded,
    /// The definition wants the edits on other machines only.
    #[error("what cc-doctor can change about this is not for this machine; it is to be mended by hand")]
    NotHere,
    /// It would change what holds for something else than CodeCommit.
    #[error("{0}")]
    SideEffect(String),
}

impl Refusal {
    /// [`Refusal::Invalid`].
    pub fn invalid(text: impl Into<String>) -> Self {
        Self::Invalid(text.into())
    }

    /// [`Refusal::NotAllowed`].
    pub fn not_allowed(text: impl Into<String>) -> Self {
        Self::NotAllowed(text.into())
    }

    /// [`Refusal::Stale`].
    pub fn stale(text: impl Into<String>) -> Self {
        Self::Stale(text.into())
    }

    /// [`Refusal::Unavailable`].
    pub fn unavailable(text: impl Into<String>) -> Self {
        Self::Unavailable(text.into())
    }

    /// [`Refusal::SideEffect`].
    pub fn side_effect(text: impl Into<String>) -> Self {
        Self::SideEffect(text.into())
    }
}
