//! The few DER structures that unencrypted RSA and DSA private keys are made of, read for their public numbers.

/// One DER element taken off `input`: its tag and content. Long form lengths up to four bytes.
fn take<'a>(input: &mut &'a [u8]) -> Option<(u8, &'a [u8])> {
    let (&tag, rest) = input.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let count = usize::from(first & 0x7F);
        if count == 0 || count > 4 {
            return None;
        }
        let length = rest.get(..count)?.iter().fold(0_usize, |sum, &byte| (sum << 8) | usize::from(byte));
        (length, rest.get(count..)?)
    };
    *input = rest.get(length..)?;
    Some((tag, rest.get(..length)?))
}

const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const OBJECT_ID: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
/// 1.2.840.113549.1.1.1 (RFC 8017).
const RSA_ENCRYPTION: [u8; 9] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01];

fn expect<'a>(input: &mut &'a [u8], tag: u8) -> Option<&'a [u8]> {
    take(input).filter(|(found, _)| *found == tag).map(|(_, content)| content)
}

/// Whether the bytes are exactly one whole SEQUENCE.
pub(super) fn is_whole(der: &[u8]) -> bool {
    let mut rest = der;
    expect(&mut rest, SEQUENCE).is_some() && rest.is_empty()
}

/// The public key blob of an `RSAPrivateKey` (PKCS #1).
pub(super) fn rsa_blob(der: &[u8]) -> Option<Vec<u8>> {
    let mut body = expect(&mut &*der, SEQUENCE)?;
    expect(&mut body, INTEGER)?;
    let modulus = expect(&mut body, INTEGER)?;
    let exponent = expect(&mut body, INTEGER)?;
    Some(wire(&[b"ssh-rsa", exponent, modulus]))
}

/// The public key blob of a PKCS #8 `PrivateKeyInfo` around an RSA key.
pub(super) fn pkcs8_rsa_blob(der: &[u8]) -> Option<Vec<u8>> {
    let mut body = expect(&mut &*der, SEQUENCE)?;
    expect(&mut body, INTEGER)?;
    let mut algorithm = expect(&mut body, SEQUENCE)?;
    if expect(&mut algorithm, OBJECT_ID)? != RSA_ENCRYPTION {
        return None;
    }
    rsa_blob(expect(&mut body, OCTET_STRING)?)
}

/// The public key blob of OpenSSL's `DSAPrivateKey`: version, p, q, g, y, x.
pub(super) fn dsa_blob(der: &[u8]) -> Option<Vec<u8>> {
    let mut body = expect(&mut &*der, SEQUENCE)?;
    expect(&mut body, INTEGER)?;
    let numbers: Option<Vec<_>> = (0..4).map(|_| expect(&mut body, INTEGER)).collect();
    let mut fields: Vec<&[u8]> = vec![b"ssh-dss"];
    fields.extend(numbers?);
    Some(wire(&fields))
}

/// Length-prefixed strings; DER integers and SSH mpints are encoded alike.
fn wire(fields: &[&[u8]]) -> Vec<u8> {
    let mut blob = Vec::new();
    for field in fields {
        blob.extend_from_slice(&u32::try_from(field.len()).unwrap_or(0).to_be_bytes());
        blob.extend_from_slice(field);
    }
    blob
}
