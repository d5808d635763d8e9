//! Short random IDs, to be quoted in a ticket.

use std::hash::{BuildHasher, Hasher, RandomState};

/// Digits and capitals without those that are mistaken for each other (0 O, 1 I L, 5 S, 8 B, U V).
const ALPHABET: &[u8; 25] = b"234679ACDEFGHJKMNPQRTVWXY";
const LENGTH: usize = 8;

/// Eight characters; 1.5 × 10¹¹ possibilities. Not a secret: the seed is the one of the standard library's hash maps.
pub fn random() -> String {
    let mut number = RandomState::new().build_hasher().finish();
    let mut id = String::with_capacity(LENGTH);
    for _ in 0..LENGTH {
        let digit = usize::try_from(number % 25).unwrap_or_default();
        id.push(char::from(ALPHABET[digit]));
        number /= 25;
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_short_unambiguous_and_different() {
        let ids: std::collections::BTreeSet<String> = (0..1000).map(|_| random()).collect();
        assert_eq!(ids.len(), 1000);
        assert!(ids.iter().all(|id| id.len() == 8 && !id.contains(['0', 'O', '1', 'I', 'L'])));
    }
}
