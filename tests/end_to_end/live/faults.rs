//! What can be wrong on the way and on the far side: the first cause, beside the failure of the real git.
