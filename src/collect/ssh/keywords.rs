//! The keywords of ssh_config, as far as reading needs to know them (readconf.c of OpenSSH up to 10.0).

/// How many arguments a keyword takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Exactly one.
    One,
    /// `yes` or `no`.
    Flag,
    /// A number.
    Number,
    /// One or more.
    Many,
    /// The rest of the line, quotes and all.
    Command,
    /// Known, but its arguments are not looked at.
    Free,
}

use Shape::{Command, Flag, Free, Many, Number, One};

/// Keyword in lower case, spelling of the manual page, shape.
const KEYWORDS: [(&str, &str, Shape); 112] = [
    ("addkeystoagent", "AddKeysToAgent", Free),
    ("addressfamily", "AddressFamily", One),
    ("batchmode", "BatchMode", Flag),
    ("bindaddress", "BindAddress", One),
    ("bindinterface", "BindInterface", One),
    ("canonicaldomains", "CanonicalDomains", Many),
    ("canonicalizefallbacklocal", "CanonicalizeFallbackLocal", Flag),
    ("canonicalizehostname", "CanonicalizeHostname", One),
    ("canonicalizemaxdots", "CanonicalizeMaxDots", Number),
    ("canonicalizepermittedcnames", "CanonicalizePermittedCNAMEs", Many),
    ("casignaturealgorithms", "CASignatureAlgorithms", One),
    ("certificatefile", "CertificateFile", One),
    ("challengeresponseauthentication", "ChallengeResponseAuthentication", Flag),
    ("channeltimeout", "ChannelTimeout", Many),
    ("checkhostip", "CheckHostIP", Flag),
    ("cipher", "Cipher", Free),
    ("ciphers", "Ciphers", One),
    ("clearallforwardings", "ClearAllForwardings", Flag),
    ("compression", "Compression", Flag),
    ("compressionlevel", "CompressionLevel", Free),
    ("connectionattempts", "ConnectionAttempts", Number),
    ("connecttimeout", "ConnectTimeout", One),
    ("controlmaster", "ControlMaster", One),
    ("controlpath", "ControlPath", One),
    ("controlpersist", "ControlPersist", One),
    ("dsaauthentication", "DSAAuthentication", Free),
    ("dynamicforward", "DynamicForward", Free),
    ("enableescapecommandline", "EnableEscapeCommandline", Flag),
    ("enablesshkeysign", "EnableSSHKeysign", Flag),
    ("escapechar", "EscapeChar", One),
    ("exitonforwardfailure", "ExitOnForwardFailure", Flag),
    ("fallbacktorsh", "FallBackToRsh", Free),
    ("fingerprinthash", "FingerprintHash", One),
    ("forkafterauthentication", "ForkAfterAuthentication", Flag),
    ("forwardagent", "ForwardAgent", One),
    ("forwardx11", "ForwardX11", Flag),
    ("forwardx11timeout", "ForwardX11Timeout", One),
    ("forwardx11trusted", "ForwardX11Trusted", Flag),
    ("gatewayports", "GatewayPorts", Flag),
    ("globalknownhostsfile", "GlobalKnownHostsFile", Many),
    ("globalknownhostsfile2", "GlobalKnownHostsFile2", Free),
    ("gssapiauthentication", "GSSAPIAuthentication", Flag),
    ("gssapiclientidentity", "GSSAPIClientIdentity", One),
    ("gssapidelegatecredentials", "GSSAPIDelegateCredentials", Flag),
    ("gssapikexalgorithms", "GSSAPIKexAlgorithms", One),
    ("gssapikeyexchange", "GSSAPIKeyExchange", Flag),
    ("gssapirenewalforcesrekey", "GSSAPIRenewalForcesRekey", Flag),
    ("gssapiserveridentity", "GSSAPIServerIdentity", One),
    ("gssapitrustdns", "GSSAPITrustDns", Flag),
    ("hashknownhosts", "HashKnownHosts", Flag),
    ("host", "Host", Many),
    ("hostbasedacceptedalgorithms", "HostbasedAcceptedAlgorithms", One),
    ("hostbasedauthentication", "HostbasedAuthentication", Flag),
    ("hostbasedkeytypes", "HostbasedKeyTypes", One),
    ("hostkeyalgorithms", "HostKeyAlgorithms", One),
    ("hostkeyalias", "HostKeyAlias", One),
    ("hostname", "HostName", One),
    ("identitiesonly", "IdentitiesOnly", Flag),
    ("identityagent", "IdentityAgent", One),
    ("identityfile", "IdentityFile", One),
    ("identityfile2", "IdentityFile2", One),
    ("ignoreunknown", "IgnoreUnknown", One),
    ("include", "Include", Many),
    ("ipqos", "IPQoS", Many),
    ("kbdinteractiveauthentication", "KbdInteractiveAuthentication", Flag),
    ("kbdinteractivedevices", "KbdInteractiveDevices", One),
    ("keepalive", "KeepAlive", Flag),
    ("kexalgorithms", "KexAlgorithms", One),
    ("knownhostscommand", "KnownHostsCommand", Command),
    ("localcommand", "LocalCommand", Command),
    ("localforward", "LocalForward", Free),
    ("loglevel", "LogLevel", One),
    ("logverbose", "LogVerbose", Many),
    ("macs", "MACs", One),
    ("match", "Match", Free),
    ("nohostauthenticationforlocalhost", "NoHostAuthenticationForLocalhost", Flag),
    ("numberofpasswordprompts", "NumberOfPasswordPrompts", Number),
    ("obscurekeystroketiming", "ObscureKeystrokeTiming", Free),
    ("passwordauthentication", "PasswordAuthentication", Flag),
    ("permitlocalcommand", "PermitLocalCommand", Flag),
    ("permitremoteopen", "PermitRemoteOpen", Many),
    ("pkcs11provider", "PKCS11Provider", One),
    ("port", "Port", Number),
    ("preferredauthentications", "PreferredAuthentications", One),
    ("protocol", "Protocol", Free),
    ("proxycommand", "ProxyCommand", Command),
    ("proxyjump", "ProxyJump", Command),
    ("proxyusefdpass", "ProxyUseFdpass", Flag),
    ("pubkeyacceptedalgorithms", "PubkeyAcceptedAlgorithms", One),
    ("pubkeyacceptedkeytypes", "PubkeyAcceptedKeyTypes", One),
    ("pubkeyauthentication", "PubkeyAuthentication", One),
    ("rekeylimit", "RekeyLimit", Free),
    ("remotecommand", "RemoteCommand", Command),
    ("remoteforward", "RemoteForward", Free),
    ("requesttty", "RequestTTY", One),
    ("requiredrsasize", "RequiredRSASize", Number),
    ("revokedhostkeys", "RevokedHostKeys", One),
    ("rsaauthentication", "RSAAuthentication", Free),
    ("securitykeyprovider", "SecurityKeyProvider", One),
    ("sendenv", "SendEnv", Many),
    ("serveralivecountmax", "ServerAliveCountMax", Number),
    ("serveraliveinterval", "ServerAliveInterval", One),
    ("sessiontype", "SessionType", One),
    ("setenv", "SetEnv", Many),
    ("stdinnull", "StdinNull", Flag),
    ("streamlocalbindmask", "StreamLocalBindMask", One),
    ("streamlocalbindunlink", "StreamLocalBindUnlink", Flag),
    ("stricthostkeychecking", "StrictHostKeyChecking", One),
    ("syslogfacility", "SyslogFacility", One),
    ("tag", "Tag", One),
    ("user", "User", One),
    ("userknownhostsfile", "UserKnownHostsFile", Many),
];

/// Further keywords that are accepted and whose arguments are not looked at here.
const OTHERS: [&str; 25] = [
    "afstokenpassing",
    "kerberosauthentication",
    "kerberostgtpassing",
    "protocolkeepalives",
    "refuseconnection",
    "rhostsauthentication",
    "rhostsrsaauthentication",
    "setuptimeout",
    "skeyauthentication",
    "smartcarddevice",
    "tcpkeepalive",
    "tisauthentication",
    "tunnel",
    "tunneldevice",
    "updatehostkeys",
    "useblacklistedkeys",
    "userknownhostsfile2",
    "useprivilegedport",
    "useroaming",
    "usersh",
    "verifyhostkeydns",
    "versionaddendum",
    "visualhostkey",
    "warnweakcrypto",
    "xauthlocation",
];

/// The shape of a keyword; null when OpenSSH does not know it.
pub(crate) fn shape(keyword: &str) -> Option<Shape> {
    entry(keyword).map(|(_, _, shape)| *shape).or_else(|| OTHERS.contains(&keyword).then_some(Free))
}

/// The spelling of the manual page; the keyword itself when it is not in the table.
pub(crate) fn documented(keyword: &str) -> &str {
    entry(keyword).map_or(keyword, |(_, spelling, _)| spelling)
}

fn entry(keyword: &str) -> Option<&'static (&'static str, &'static str, Shape)> {
    KEYWORDS.binary_search_by_key(&keyword, |(name, _, _)| name).ok().and_then(|index| KEYWORDS.get(index))
}

/// The present name of a keyword that has an older one, else the keyword itself.
pub(crate) fn canonical(keyword: &str) -> &str {
    match keyword {
        "pubkeyacceptedkeytypes" => "pubkeyacceptedalgorithms",
        "hostbasedkeytypes" => "hostbasedacceptedalgorithms",
        "challengeresponseauthentication" => "kbdinteractiveauthentication",
        "identityfile2" => "identityfile",
        other => other,
    }
}

/// Whether all values count and not only the first.
pub(crate) fn is_cumulative(keyword: &str) -> bool {
    matches!(
        keyword,
        "identityfile" | "certificatefile" | "sendenv" | "localforward" | "remoteforward" | "dynamicforward"
    )
}

/// Whether the value is a path, so that several arguments are probably one path with spaces.
pub(crate) fn is_path(keyword: &str) -> bool {
    matches!(
        keyword,
        "identityfile"
            | "certificatefile"
            | "controlpath"
            | "identityagent"
            | "userknownhostsfile"
            | "globalknownhostsfile"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_spelled_like_its_keys() {
        assert!(KEYWORDS.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(KEYWORDS.iter().all(|(key, spelling, _)| spelling.to_ascii_lowercase() == *key));
    }

    #[test]
    fn keywords_are_known_by_any_name() {
        assert_eq!(shape("identityfile"), Some(One));
        assert_eq!(shape("usekeychain"), None);
        assert_eq!(documented("user"), "User");
        assert_eq!(canonical("pubkeyacceptedkeytypes"), "pubkeyacceptedalgorithms");
    }
}
