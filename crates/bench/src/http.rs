//! As much of HTTP/1.1 as it takes to ask our own server: GET over one connection, kept open.

use anyhow::{Context, Result, bail, ensure};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

pub struct Client {
    address: SocketAddr,
    /// Sent with each request, each ended by CR LF.
    headers: String,
    connection: Option<BufReader<TcpStream>>,
}

pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// From the request's first octet to the answer's last.
    pub took: Duration,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(held, _)| held == name).map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }
}

impl Client {
    pub fn new(address: SocketAddr) -> Self {
        Self { address, headers: String::new(), connection: None }
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push_str(&format!("{name}: {value}\r\n"));
        self
    }

    /// The answer, whatever its status.
    pub fn get(&mut self, path: &str) -> Result<Answer> {
        self.ask(path, &mut |_| {})
    }

    /// The answer if its status is 200.
    pub fn fetch(&mut self, path: &str) -> Result<Answer> {
        let answer = self.get(path)?;
        ensure!(answer.status == 200, "GET {path}: {} {}", answer.status, first_line(&answer.text()));
        Ok(answer)
    }

    /// Reads a large answer and keeps nothing of it; returns its size.
    pub fn download(&mut self, path: &str) -> Result<(u64, Duration)> {
        let mut octets = 0;
        let answer = self.ask(path, &mut |part| octets += part.len() as u64)?;
        ensure!(answer.status == 200, "GET {path}: {} {}", answer.status, first_line(&answer.text()));
        Ok((octets, answer.took))
    }

    fn ask(&mut self, path: &str, sink: &mut dyn FnMut(&[u8])) -> Result<Answer> {
        // A connection that was kept may have been closed meanwhile: once more on a new one.
        let kept = self.connection.is_some();
        match self.try_ask(path, sink) {
            Err(_) if kept => {
                self.connection = None;
                self.try_ask(path, sink)
            }
            result => result,
        }
        .with_context(|| format!("GET {path}"))
    }

    fn try_ask(&mut self, path: &str, sink: &mut dyn FnMut(&[u8])) -> Result<Answer> {
        let begun = Instant::now();
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => {
                let stream = TcpStream::connect(self.address)?;
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(Duration::from_secs(120)))?;
                BufReader::with_capacity(64 * 1024, stream)
            }
        };
        let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\n{}\r\n", self.address, self.headers);
        connection.get_mut().write_all(request.as_bytes())?;
        let (status, headers) = read_head(&mut connection)?;
        let mut answer = Answer { status, headers, body: Vec::new(), took: Duration::ZERO };
        let keep = |body: &mut Vec<u8>, part: &[u8], sink: &mut dyn FnMut(&[u8])| {
            sink(part);
            if body.len() + part.len() <= 8 << 20 {
                body.extend_from_slice(part);
            }
        };
        if answer.header("transfer-encoding").is_some_and(|coding| coding.contains("chunked")) {
            loop {
                let line = read_line(&mut connection)?;
                let size = u64::from_str_radix(line.split(';').next().unwrap_or_default().trim(), 16)?;
                read_exactly(&mut connection, size, |part| keep(&mut answer.body, part, sink))?;
                read_line(&mut connection)?;
                if size == 0 {
                    break;
                }
            }
        } else {
            let length = answer.header("content-length").context("an answer of unknown length")?.parse()?;
            read_exactly(&mut connection, length, |part| keep(&mut answer.body, part, sink))?;
        }
        answer.took = begun.elapsed();
        self.connection = Some(connection);
        Ok(answer)
    }
}

fn read_head(connection: &mut impl BufRead) -> Result<(u16, Vec<(String, String)>)> {
    let (line, headers) = read_start(connection)?;
    let status = line.split(' ').nth(1).and_then(|code| code.parse().ok()).context("not an HTTP answer")?;
    Ok((status, headers))
}

/// The first line of a request or an answer, and the headers, their names in lower case.
pub fn read_start(connection: &mut impl BufRead) -> Result<(String, Vec<(String, String)>)> {
    let line = read_line(connection)?;
    let mut headers = Vec::new();
    loop {
        let header = read_line(connection)?;
        if header.is_empty() {
            return Ok((line, headers));
        }
        if let Some((name, value)) = header.split_once(':') {
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
}

fn read_line(connection: &mut impl BufRead) -> Result<String> {
    let mut line = String::new();
    if connection.read_line(&mut line)? == 0 {
        bail!("the connection was closed");
    }
    Ok(line.trim_end().to_owned())
}

fn read_exactly(connection: &mut impl Read, mut length: u64, mut take: impl FnMut(&[u8])) -> Result<()> {
    let mut buffer = [0; 32 * 1024];
    while length > 0 {
        let wanted = buffer.len().min(usize::try_from(length).unwrap_or(buffer.len()));
        let Some(room) = buffer.get_mut(..wanted) else { break };
        let got = connection.read(room)?;
        ensure!(got > 0, "the connection was closed");
        take(room.get(..got).unwrap_or_default());
        length -= got as u64;
    }
    Ok(())
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    /// Answers a request each with what is given, then closes.
    fn server(answers: &'static [&'static str]) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for answer in answers {
                let (stream, _) = listener.accept().unwrap();
                let mut stream = BufReader::new(stream);
                while !read_line(&mut stream).unwrap().is_empty() {}
                stream.get_mut().write_all(answer.as_bytes()).unwrap();
            }
        });
        address
    }

    #[test]
    fn reads_both_kinds_of_body_and_connects_again() {
        let address = server(&[
            "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
            "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n4\r\nsuch\r\n0\r\n\r\n",
        ]);
        let mut client = Client::new(address);
        assert_eq!(client.fetch("/").unwrap().text(), "abc");
        let answer = client.get("/").unwrap();
        assert_eq!((answer.status, &*answer.text()), (404, "nosuch"));
    }
}
