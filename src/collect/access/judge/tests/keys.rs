//! What OpenSSH tells of the keys that it offers.

use super::{HANDSHAKE, SSH_URL, TAIL, run};

#[test]
fn keys_are_read_in_the_order_of_their_offers() {
    let offers = "\
debug1: Offering public key: dev@laptop.example ED25519 SHA256:PlVeWvjvivg4wrxorfc4aTtPa0DYZVSA6tPsQzfJ9xw agent\r
debug1: Authentications that can continue: publickey\r
debug1: Offering public key: /home/dev/my keys/rsa RSA SHA256:AuwvZfI00nPs+ZTGsMnLEaX2vn2zhp7rei29CO54J2s explicit\r
debug1: Server accepts key: /home/dev/my keys/rsa RSA SHA256:AuwvZfI00nPs+ZTGsMnLEaX2vn2zhp7rei29CO54J2s explicit\r
";
    let signed = format!("{HANDSHAKE}{offers}Authenticated to h ([127.0.0.1]:22) using \"publickey\".\r\n");
    let login = run(SSH_URL, &signed, false).1.unwrap();
    let seen: Vec<_> =
        login.offered.iter().map(|key| (&*key.name.0, &*key.key_type, key.from_agent, &*key.outcome)).collect();
    assert_eq!(
        seen,
        [("dev@laptop.example", "ed25519", true, "refused"), ("/home/dev/my keys/rsa", "rsa", false, "accepted")]
    );
    assert_eq!(&*login.offered[1].sha256, "AuwvZfI00nPs+ZTGsMnLEaX2vn2zhp7rei29CO54J2s");
    assert!(login.connected && login.host_key_accepted && login.authenticated);
    assert_eq!(login.server_version.as_deref(), Some("SSH-2.0-AWSCodeCommit"));
    assert_eq!(login.user.as_deref(), Some("APKAQ3EGRJ5XKT7NZ2WL"));
    assert_eq!((login.accepted_key.as_deref(), login.offered_count), (Some("/home/dev/my keys/rsa"), 2));
}

#[test]
fn keys_that_cannot_be_used_say_why() {
    let offer = "\
Warning: Identity file /home/dev/gone not accessible: No such file or directory.\r
debug1: Offering public key: /home/dev/open RSA SHA256:AuwvZfI00nPs+ZTGsMnLEaX2vn2zhp7rei29CO54J2s explicit\r
debug1: Server accepts key: /home/dev/open RSA SHA256:AuwvZfI00nPs+ZTGsMnLEaX2vn2zhp7rei29CO54J2s explicit\r
Permissions 0644 for '/home/dev/open' are too open.\r
Load key \"/home/dev/open\": bad permissions\r
debug1: Trying private key: /home/dev/crlf\r
Load key \"/home/dev/crlf\": error in libcrypto\r
Load key \"/home/dev/locked\": incorrect passphrase supplied to decrypt private key\r
debug1: No more authentication methods to try.\r
x@h: Permission denied (publickey).\r
";
    let (judge, login) = run(SSH_URL, &format!("{HANDSHAKE}{offer}{TAIL}"), false);
    let login = login.unwrap();
    let seen: Vec<_> = login.unusable.iter().map(|key| (&*key.path.0, &*key.reason)).collect();
    assert_eq!(
        seen,
        [
            ("/home/dev/gone", "missing"),
            ("/home/dev/open", "bad-permissions"),
            ("/home/dev/crlf", "invalid-format"),
            ("/home/dev/locked", "passphrase"),
        ]
    );
    assert_eq!((&*login.offered[0].outcome, &login.accepted_key), ("not-signed", &None));
    assert_eq!(login.methods_left.as_deref(), Some("publickey"));
    assert_eq!(judge.failure.as_deref(), Some("key-refused"));
}

#[test]
fn a_public_key_without_its_private_one_is_not_signed_with() {
    let accepted = "\
debug1: Offering public key: /home/dev/id RSA SHA256:vuGQUSk3vgpgIsX4XfzH9QhSC/wU2XrL+IS7bXwzyUM explicit\r
debug1: Server accepts key: /home/dev/id RSA SHA256:vuGQUSk3vgpgIsX4XfzH9QhSC/wU2XrL+IS7bXwzyUM explicit\r
";
    // Of a default key ssh says nothing.
    for silent in [false, true] {
        let said = if silent { "" } else { "no such identity: /home/dev/id: No such file or directory\r\n" };
        let end = "debug1: Trying private key: /home/dev/other\r\nx@h: Permission denied (publickey).\r\n";
        let login = run(SSH_URL, &format!("{HANDSHAKE}{accepted}{said}{end}{TAIL}"), false).1.unwrap();
        assert_eq!((&*login.offered[0].outcome, &login.accepted_key), ("not-signed", &None));
        let unusable: Vec<_> = login.unusable.iter().map(|key| (&*key.path.0, &*key.reason)).collect();
        let wanted: &[_] = if silent { &[] } else { &[("/home/dev/id", "missing")] };
        assert_eq!(unusable, wanted);
    }
    // Signed, and refused for another reason.
    let refused =
        "debug1: Authentications that can continue: publickey\r\ndebug1: No more authentication methods to try.\r\n";
    let login = run(SSH_URL, &format!("{HANDSHAKE}{accepted}{refused}{TAIL}"), false).1.unwrap();
    assert_eq!(&*login.offered[0].outcome, "accepted");
}
