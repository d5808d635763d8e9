//! CONNECT of an HTTP proxy (RFC 9110, section 9.3.6).

use data_encoding::BASE64;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};

use crate::system::net::{NetError, NetErrorKind, ProxyAnswer, Secret};

use super::USER_AGENT;
use super::fault::{closed, fault, first_line, not_that_protocol, of_io};
use super::proxy::Way;
use super::wire::Wire;

/// Longest line of an answer, and longest head.
const LINE: u64 = 8 * 1024;
const LINES: usize = 100;

/// User and password.
type Login = (String, Secret);

/// Asks for a tunnel, with a login or without. What the host already said behind the proxy's answer stays in the stream.
pub(super) async fn connect(
    mut stream: Wire,
    way: &Way<'_>,
    login: Option<&Login>,
    answer: &mut ProxyAnswer,
) -> Result<Wire, NetError> {
    let request = request(way.host, way.port, login)?;
    stream.write_all(request.as_bytes()).await.map_err(|error| of_io(&error))?;
    stream.flush().await.map_err(|error| of_io(&error))?;
    let mut stream = BufReader::new(stream);
    let first = line(&mut stream).await?;
    let Some(status) = status(&first) else {
        return Err(if first.is_empty() { closed() } else { not_that_protocol(&first) });
    };
    answer.status = Some(status);
    let challenges = challenges(&mut stream).await;
    answer.challenge = (!challenges.is_empty()).then(|| challenges.join(", "));
    if (200..300).contains(&status) {
        Ok(Box::new(stream))
    } else {
        Err(fault(NetErrorKind::Other, first_line(&first)))
    }
}

/// Whether the proxy wants a login and takes Basic. `Negotiate, Basic realm="corp"` are two challenges (RFC 9110, section
/// 11.7.1).
pub(super) fn wants_basic(answer: &ProxyAnswer) -> bool {
    let is_basic = |part: &str| part.split_whitespace().next().is_some_and(|word| word.eq_ignore_ascii_case("basic"));
    answer.status == Some(407) && answer.challenge.iter().any(|challenge| challenge.split(',').any(is_basic))
}

fn request(host: &str, port: u16, login: Option<&Login>) -> Result<String, NetError> {
    if !host.chars().all(|character| character.is_ascii_graphic()) {
        return Err(fault(NetErrorKind::Other, "no proxy can be asked for such a host name"));
    }
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    let login = login.map_or_else(String::new, |(user, password)| {
        let encoded = BASE64.encode(format!("{user}:{}", password.reveal()).as_bytes());
        format!("Proxy-Authorization: Basic {encoded}\r\n")
    });
    Ok(format!(
        "CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n{login}User-Agent: {USER_AGENT}\r\n\
         Proxy-Connection: Keep-Alive\r\n\r\n"
    ))
}

/// One line with its end, or what there is of it.
async fn line(stream: &mut BufReader<Wire>) -> Result<Vec<u8>, NetError> {
    let mut line = Vec::new();
    let read = stream.take(LINE).read_until(b'\n', &mut line).await;
    // What came before the connection broke is still what the proxy said.
    match read {
        Err(error) if line.is_empty() => Err(of_io(&error)),
        _ => Ok(line),
    }
}

/// The status of `HTTP/1.1 407 …`.
fn status(line: &[u8]) -> Option<u16> {
    let line = str::from_utf8(line.get(..line.len().min(64))?).ok()?;
    let rest = line.strip_prefix("HTTP/1.")?;
    rest.split_ascii_whitespace().nth(1)?.parse().ok().filter(|status| (100..600).contains(status))
}

/// The values of `Proxy-Authenticate`; reads to the end of the head.
async fn challenges(stream: &mut BufReader<Wire>) -> Vec<String> {
    let mut found = Vec::new();
    for _ in 0..LINES {
        let Ok(line) = line(stream).await else { break };
        if line.trim_ascii().is_empty() {
            break;
        }
        let line = first_line(&line);
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("proxy-authenticate")
        {
            found.push(value.trim().to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_is_read_from_an_http_answer_only() {
        assert_eq!(status(b"HTTP/1.1 407 Proxy Authentication Required\r\n"), Some(407));
        assert_eq!(status(b"HTTP/1.0 200\r\n"), Some(200));
        assert_eq!(status(b"SSH-2.0-OpenSSH_9.2\r\n"), None);
        assert_eq!(status(b"HTTP/1.1 99999\r\n"), None);
        assert_eq!(status(b""), None);
    }

    #[test]
    fn a_host_name_with_a_line_end_is_not_sent() {
        assert!(request("host\r\nX: y", 443, None).is_err());
        let request = request("::1", 443, None).unwrap();
        assert!(request.starts_with("CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\n"), "{request}");
    }
}
