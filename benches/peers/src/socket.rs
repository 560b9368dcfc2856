//! The limit: bytes that were made before, over a blocking socket.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::{CODE, Failure};

/// One connection.
#[derive(Debug)]
pub struct Socket {
    stream: TcpStream,
    get: Vec<u8>,
    revoke: Vec<u8>,
}

#[allow(missing_docs, clippy::missing_errors_doc)]
impl Socket {
    pub fn new(base_url: &str) -> Result<Self, Failure> {
        let address = base_url.trim_start_matches("http://");
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        let headers = format!("host: {address}\r\ntoken: secret\r\nkey: secret\r\n");
        let form = format!("cdk={CODE}");
        Ok(Self {
            stream,
            get: format!("GET /api/cdk/info?cdk={CODE} HTTP/1.1\r\n{headers}\r\n").into_bytes(),
            revoke: format!(
                "POST /api/cdk/revoke HTTP/1.1\r\n{headers}content-length: {}\r\n\r\n{form}",
                form.len()
            )
            .into_bytes(),
        })
    }

    fn call(stream: &mut TcpStream, request: &[u8]) -> Result<(), Failure> {
        stream.write_all(request)?;
        let mut reply = [0; 2048];
        let length = stream.read(&mut reply)?;
        let last = length.checked_sub(1).and_then(|last| reply.get(last));
        if last != Some(&b'}') {
            return Err("no whole reply".into());
        }
        Ok(())
    }

    pub fn get(&mut self) -> Result<(), Failure> {
        Self::call(&mut self.stream, &self.get)
    }

    pub fn revoke(&mut self) -> Result<(), Failure> {
        Self::call(&mut self.stream, &self.revoke)
    }
}
