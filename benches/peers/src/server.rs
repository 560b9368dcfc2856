//! A server that answers at once with what it has made before, in a process of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;

use crate::Failure;

/// The argument that makes a program of this package the server.
pub const SERVE: &str = "--serve";

const INFO: &str = r#"{"code":200,"data":{"cdk":"uJQJFnycHOpSEw5N","status":1,"create_time":1748253271,"traffic":2,"traffic_duration":7776000,"use_username":"","use_time":0},"msg":"ok"}"#;
const REVOKED: &str = r#"{"code":200,"data":{},"msg":"ok"}"#;
const LIST_HEAD: &str = r#"{"code":200,"data":["#;
const LIST_END: &str = r#"],"msg":"ok"}"#;
/// Rows that are made once and sent again and again.
const BLOCK: usize = 1000;

/// The server's process, which ends with this value.
#[derive(Debug)]
pub struct Server {
    process: Child,
    /// Where it listens.
    pub base_url: String,
}

impl Server {
    /// Starts this very program as a server whose lists have `rows` rows, in the vendor's form.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start(rows: usize) -> Result<Self, Failure> {
        let mut process = Command::new(std::env::current_exe()?)
            .args([SERVE, &rows.to_string()])
            .stdout(Stdio::piped())
            .spawn()?;
        let out = process.stdout.take().ok_or("no standard output")?;
        let mut base_url = String::new();
        BufReader::new(out).read_line(&mut base_url)?;
        let base_url = base_url.trim().to_owned();
        Ok(Self { process, base_url })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Serves, if the program's arguments say so; to be called first.
///
/// # Errors
/// If no port can be had.
pub fn serve_if_asked() -> Result<bool, Failure> {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() != Some(SERVE) {
        return Ok(false);
    }
    let rows = arguments.next().and_then(|rows| rows.parse().ok());
    let rows: usize = rows.unwrap_or(0);
    let mut out = std::io::stdout();
    let (base_url, serving) = serve(rows)?;
    writeln!(out, "{base_url}")?;
    out.flush()?;
    let _ = serving.join();
    Ok(true)
}

/// Serves in threads of this process, and tells where.
///
/// # Errors
/// If no port can be had.
pub fn serve(rows: usize) -> Result<(String, JoinHandle<()>), Failure> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let base_url = format!("http://{}", listener.local_addr()?);
    let serving = std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || answer(stream, rows));
        }
    });
    Ok((base_url, serving))
}

/// The rows number 0 to `count`, each followed by a comma.
#[must_use]
fn rows(count: usize) -> String {
    use std::fmt::Write as _;
    let mut rows = String::new();
    for number in 0..count {
        let status = number.checked_rem(3).unwrap_or(0);
        let status = ["1", "2", "3"].get(status).unwrap_or(&"1");
        let _ = write!(
            rows,
            r#"{{"cdk":"uJQJFnyc{number:08}","create_time":1748332399,"status":{status},"traffic":3,"traffic_duration":7776000}},"#
        );
    }
    rows
}

fn answer(mut stream: TcpStream, count: usize) -> Result<(), Failure> {
    stream.set_nodelay(true)?;
    // As many as `calls` orders: the client compares the two numbers.
    let codes: Vec<String> = (0..10)
        .map(|number| format!("\"uJQJFnyc{number:08}\""))
        .collect();
    let created = format!(
        r#"{{"code":200,"data":{{"cdk":[{}]}},"msg":"ok"}}"#,
        codes.join(",")
    );
    let block = rows(BLOCK);
    let mut request = Vec::with_capacity(4096);
    loop {
        let Some(path) = read_request(&mut stream, &mut request)? else {
            return Ok(());
        };
        match path.as_str() {
            "info" => send(&mut stream, INFO)?,
            "revoke" => send(&mut stream, REVOKED)?,
            "create" => send(&mut stream, &created)?,
            _ => send_list(&mut stream, &block, count)?,
        }
    }
}

/// The operation that is asked for, once the whole request is there.
fn read_request(stream: &mut TcpStream, request: &mut Vec<u8>) -> Result<Option<String>, Failure> {
    request.clear();
    let mut piece = [0; 4096];
    loop {
        let read = stream.read(&mut piece)?;
        if read == 0 {
            return Ok(None);
        }
        request.extend_from_slice(piece.get(..read).unwrap_or_default());
        let text = std::str::from_utf8(request)?;
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length")
                .then(|| value.trim().parse::<usize>().ok())?
        });
        if body.len() >= length.unwrap_or(0) {
            let target = head.split(' ').nth(1).unwrap_or_default();
            let path = target.split('?').next().unwrap_or_default();
            let operation = path.rsplit('/').next().unwrap_or_default();
            return Ok(Some(operation.to_owned()));
        }
    }
}

fn head(length: usize) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n")
}

fn send(stream: &mut TcpStream, body: &str) -> Result<(), Failure> {
    let reply = format!("{}{body}", head(body.len()));
    stream.write_all(reply.as_bytes())?;
    Ok(())
}

fn send_list(stream: &mut TcpStream, block: &str, count: usize) -> Result<(), Failure> {
    let per_row = block.len().checked_div(BLOCK).unwrap_or(0);
    // The last row has no comma.
    let rows = per_row.saturating_mul(count).saturating_sub(1);
    let length = rows
        .saturating_add(LIST_HEAD.len())
        .saturating_add(LIST_END.len());
    let start = format!("{}{LIST_HEAD}", head(length));
    stream.write_all(start.as_bytes())?;
    let mut left = rows;
    while left > 0 {
        let piece = block.as_bytes().get(..left).unwrap_or(block.as_bytes());
        stream.write_all(piece)?;
        left = left.saturating_sub(piece.len());
    }
    stream.write_all(LIST_END.as_bytes())?;
    Ok(())
}
