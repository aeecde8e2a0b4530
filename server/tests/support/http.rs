//! A plain HTTP client: HTTP/1.0, so that a response ends where the connection does and nothing is chunked.

use super::PATIENCE;
use opencmp_domain::live::LiveUpdate;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::{
    io::{Cursor, Read, Write},
    net::SocketAddr,
    process::{Command, Stdio},
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

/// Requests to one server with the cookies of one browser.
#[derive(Clone, Debug)]
pub struct Http {
    server: SocketAddr,
    cookies: String,
    /// `Origin`; the server's own by default.
    origin: String,
    /// More header lines.
    more: String,
}

#[derive(Clone, Debug)]
pub struct Response {
    pub status: u16,
    /// Names in lower case.
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Response {
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(held, _)| held == name).map_or("", |(_, value)| value)
    }

    /// What a cookie is set to.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let set = self.headers.iter().filter(|(held, _)| held == "set-cookie");
        let mut values = set.filter_map(|(_, value)| value.strip_prefix(name)?.strip_prefix('='));
        values.next()?.split(';').next()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// All that somebody learns from it: what its headers say, and its text; of a workbook that of every part, of a PDF what
    /// one can select.
    pub fn learned(&self) -> String {
        let headers: String = self.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
        let text = match self.body.as_slice() {
            workbook if workbook.starts_with(b"PK") => unzipped(workbook),
            pdf if pdf.starts_with(b"%PDF-") => pdf_text(pdf),
            _ => self.text(),
        };
        format!("{headers}\n{text}")
    }
}

/// The text of every part of a ZIP file.
fn unzipped(file: &[u8]) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(file)).unwrap();
    let mut text = Vec::new();
    for at in 0..archive.len() {
        archive.by_index(at).unwrap().read_to_end(&mut text).unwrap();
        text.push(b'\n');
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// What one can select and copy.
pub fn pdf_text(pdf: &[u8]) -> String {
    assert!(pdf.starts_with(b"%PDF-"), "{}", String::from_utf8_lossy(&pdf[..pdf.len().min(300)]));
    let mut child = Command::new("pdftotext")
        .args(["-layout", "-", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("pdftotext is installed (make test installs poppler-utils)");
    let mut stdin = child.stdin.take().unwrap();
    let pdf = pdf.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&pdf));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

impl Http {
    pub fn new(server: SocketAddr) -> Self {
        Self { server, cookies: String::new(), origin: format!("http://{server}"), more: String::new() }
    }

    #[must_use]
    pub fn with_cookies(&self, cookies: &str) -> Self {
        Self { cookies: cookies.to_owned(), ..self.clone() }
    }

    /// As a page of this origin would ask.
    #[must_use]
    pub fn with_origin(&self, origin: &str) -> Self {
        Self { origin: origin.to_owned(), ..self.clone() }
    }

    #[must_use]
    pub fn with_header(&self, line: &str) -> Self {
        Self { more: format!("{line}\r\n"), ..self.clone() }
    }

    /// One more cookie.
    #[must_use]
    pub fn and_cookie(&self, name: &str, value: &str) -> Self {
        let cookies = format!("{}; {name}={value}", self.cookies);
        Self { cookies: cookies.trim_start_matches("; ").to_owned(), ..self.clone() }
    }

    /// The browser of somebody who has this token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        self.and_cookie("opencmp", token)
    }

    pub async fn get(&self, path: &str) -> Response {
        self.try_get(path).await.unwrap_or_else(|| panic!("no answer to GET {path}"))
    }

    /// `None`: nobody answers there.
    pub async fn try_get(&self, path: &str) -> Option<Response> {
        tokio::time::timeout(PATIENCE, self.exchange("GET", path, "")).await.ok().flatten()
    }

    /// Calls a server function, as the pages do. `Err`: what it refused with.
    pub async fn call<T: DeserializeOwned>(&self, function: &str, arguments: Value) -> Result<T, Value> {
        let (path, body) = (format!("/fn/{function}"), arguments.to_string());
        let work = self.exchange("POST", &path, &body);
        let answer = tokio::time::timeout(PATIENCE, work).await.ok().flatten();
        let answer = answer.unwrap_or_else(|| panic!("no answer to {function}"));
        let text = answer.text();
        let read = |_| Value::String(text.clone());
        match answer.status {
            200 => Ok(serde_json::from_str(&text).unwrap_or_else(|e| panic!("{function}: {e}: {text}"))),
            _ => Err(serde_json::from_str(&text).unwrap_or_else(read)),
        }
    }

    pub async fn post(&self, path: &str, body: &str) -> Response {
        let work = self.exchange("POST", path, body);
        let answer = tokio::time::timeout(PATIENCE, work).await.ok().flatten();
        answer.unwrap_or_else(|| panic!("no answer to POST {path}"))
    }

    pub async fn post_owned(&self, path: String, arguments: Value) -> Response {
        self.post(&path, &arguments.to_string()).await
    }

    /// The first message of a live stream, as text; or the status with which it is refused.
    pub async fn first_of_stream(&self, path: &str) -> Result<String, u16> {
        let work = async {
            let mut connection = self.send("GET", path, "").await?;
            let (status, _) = head(&mut connection).await?;
            if status != 200 {
                return Some(Err(status));
            }
            let mut line = String::new();
            connection.read_line(&mut line).await.ok()?;
            Some(Ok(line))
        };
        let answer = tokio::time::timeout(PATIENCE, work).await.ok().flatten();
        answer.unwrap_or_else(|| panic!("no answer to GET {path}"))
    }

    async fn exchange(&self, method: &str, path: &str, body: &str) -> Option<Response> {
        let mut connection = self.send(method, path, body).await?;
        let (status, headers) = head(&mut connection).await?;
        let mut body = Vec::new();
        connection.read_to_end(&mut body).await.ok()?;
        Some(Response { status, headers, body })
    }

    /// Opens a live stream.
    pub async fn stream(&self, path: &str) -> Stream {
        let work = async {
            let mut connection = self.send("GET", path, "").await?;
            let (status, headers) = head(&mut connection).await?;
            let kind = headers.into_iter().find(|(name, _)| name == "content-type")?.1;
            assert_eq!((status, kind.as_str()), (200, "text/event-stream"), "GET {path}");
            Some(Stream { connection })
        };
        work.await.unwrap_or_else(|| panic!("no answer to GET {path}"))
    }

    async fn send(&self, method: &str, path: &str, body: &str) -> Option<BufReader<TcpStream>> {
        let mut connection = TcpStream::connect(self.server).await.ok()?;
        let Self { server, cookies, origin, more } = self;
        let length = body.len();
        let accept = if method == "GET" { "text/html,*/*" } else { "application/json" };
        let request = format!(
            "{method} {path} HTTP/1.0\r\nHost: {server}\r\nOrigin: {origin}\r\nCookie: {cookies}\r\n{more}\
             Content-Type: application/json\r\nAccept: {accept}\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        connection.write_all(request.as_bytes()).await.ok()?;
        Some(BufReader::new(connection))
    }
}

async fn head(connection: &mut BufReader<TcpStream>) -> Option<(u16, Vec<(String, String)>)> {
    let mut line = String::new();
    connection.read_line(&mut line).await.ok()?;
    let status = line.split(' ').nth(1)?.parse().ok()?;
    let mut headers = Vec::new();
    loop {
        line.clear();
        connection.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { return Some((status, headers)) };
        headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
}

/// An open live stream.
pub struct Stream {
    connection: BufReader<TcpStream>,
}

impl Stream {
    /// The next message.
    pub async fn next(&mut self) -> LiveUpdate {
        let message = tokio::time::timeout(PATIENCE, self.message()).await;
        message.expect("a message comes in time").expect("the stream goes on")
    }

    /// The next message that is there within `time`.
    pub async fn next_within(&mut self, time: Duration) -> Option<LiveUpdate> {
        tokio::time::timeout(time, self.message()).await.ok().flatten()
    }

    /// Waits until the server ends it.
    pub async fn ended(&mut self) {
        while self.message().await.is_some() {}
    }

    /// Reads on until a message says what is looked for.
    pub async fn until<T>(&mut self, look: impl Fn(&LiveUpdate) -> Option<T>) -> T {
        loop {
            if let Some(found) = look(&self.next().await) {
                return found;
            }
        }
    }

    /// Lines that begin with a colon only keep the connection alive.
    async fn message(&mut self) -> Option<LiveUpdate> {
        let mut line = String::new();
        loop {
            line.clear();
            if self.connection.read_line(&mut line).await.ok()? == 0 {
                return None;
            }
            if let Some(json) = line.strip_prefix("data:") {
                return Some(serde_json::from_str(json.trim()).unwrap_or_else(|e| panic!("{e}: {json}")));
            }
        }
    }
}
